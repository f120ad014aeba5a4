"""`dovetool validate`: does a capture obey the map?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dovetool.capture.remote.location import place_of
from dovetool.cli import options, selection
from dovetool.cli.command import add
from dovetool.cli.configured import IN_FORCE
from dovetool.errors import UsageError

_EXAMPLES = (
    "validate underlay.pcapng -m map.yaml",
    "validate underlay.pcapng",
    "validate leaf1.pcapng leaf2.pcapng -m map.yaml",
    "validate tagged.pcap -m map.yaml --tpid 0x9100",
    "validate underlay.pcap -m map.yaml --grace 500ms",
    "validate underlay.pcap -m map.yaml --rejects wrong.pcapng --fail-on warning",
    "validate - -m map.yaml --only isolation-violation,policy-denied --json",
    "validate underlay.pcap --learn 1m",
    "validate --list",
)


class FailOn(StrEnum):
    """From which severity on a finding makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"


MapPath = Annotated[
    Path | None,
    typer.Option(
        "--map",
        "-m",
        metavar="MAP",
        help="map file: who belongs where; without one, only the form of frames is checked",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object instead of the table")]
Sarif = Annotated[
    Path | None, typer.Option("--sarif", metavar="FILE", readable=False, help="also write a SARIF 2.1.0 log")
]
Junit = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", readable=False, help="also write a JUnit XML file")
]
RejectsPath = Annotated[
    Path | None,
    typer.Option(
        "--rejects",
        metavar="FILE",
        help="keep offending frames as pcapng, with the findings as packet comment (an info is no offence);"
        " broadcast-incomplete keeps none, as what it misses is not there",
        parser=place_of,
    ),
]
FailOnOption = Annotated[FailOn, typer.Option("--fail-on", help="lowest severity that makes the exit code 1")]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="REASON[,REASON]", help="look only for this; repeatable")
]
Ignore = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="REASON[,REASON]", help="do not look for this; repeatable")
]
Grace = Annotated[
    str,
    typer.Option(
        "--grace",
        metavar="SPAN",
        help="how late frames may be in the underlay after a VM has moved (2s, 500ms): they are in-flight, a warning,"
        " and not late-frame",
    ),
]
Learn = Annotated[
    str | None,
    typer.Option(
        "--learn",
        metavar="SPAN",
        help="instead of a map: learn who belongs where from the first part of IN (30s, 5m), and check all of IN"
        " against that",
    ),
]
ListRules = Annotated[
    bool, typer.Option("--list", help="show every reason: its severity, its source, and whether it needs a map; exit")
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    codes = "0 nothing found that --fail-on asks for; 1 something was; 2 and 3 as with all commands."
    add(app, validate, *_EXAMPLES, codes=codes)


def validate(
    sources: options.OptionalSources = None,
    map_file: MapPath = None,
    as_json: AsJson = False,
    sarif: Sarif = None,
    junit: Junit = None,
    rejects: RejectsPath = None,
    fail_on: FailOnOption = FailOn.ERROR,
    only: Only = None,
    ignore: Ignore = None,
    decode_as: options.DecodeAs = None,
    tpid: selection.OptionalTpid = None,
    grace: Grace = "2s",
    learn: Learn = None,
    recursive: options.Recursive = False,
    no_merge: options.NoMerge = False,
    jobs: options.Jobs = 0,
    range_size: options.RangeSize = options.RANGE_SIZE,
    list_rules: ListRules = False,
    *,
    sharing: options.Sharing,
) -> int:
    """Check a capture against the map and the RFCs.

    Frames of any hop, also mixed. With a map it checks isolation (who may send to whom), placement (who is where) and
    the form of headers; without one only the form: headers, lengths, checksums, reserved bits, first fragments. --learn
    takes the first part of the capture for a map, and finds who moves later, or takes another's address.

    Each finding says what was found and what was expected, in how many frames and which, and the RFC section or entry
    of the map that it rests on. A warning may have an innocent cause that the capture does not show; an info is not a
    fault. Outer fragments are not reassembled, and tunnels inside tunnels are not checked: they are the tenants' own.

    Of several captures, each finding names the files, and the frames' numbers there. With --workers or --scheduler they
    are checked one after the other, as with --no-merge, and --rejects is a folder; it has no frames for what only
    several captures together show (duplicate-address, no-entropy).
    """
    if list_rules:
        from dovetool.views.report import show_rules

        show_rules()
        return 0
    if not sources:
        raise UsageError("validate needs a capture IN")
    from dovetool.belonging.rule import Severity
    from dovetool.cli.validating import Validating
    from dovetool.cli.watching import WATCH
    from dovetool.engine.threads import use
    from dovetool.jobs.validating import ValidateJob, audit_by_learning, audit_of, chosen_kinds

    use(jobs)
    if learn is not None and IN_FORCE.gave_map:
        map_file = None
    if learn is not None and map_file is not None:
        raise UsageError("--learn makes a map, and --map gives one: say one of the two")
    has_map = map_file is not None or learn is not None
    kinds = chosen_kinds(only, ignore, has_map=has_map)
    failing = frozenset({Severity.ERROR} if fail_on is FailOn.ERROR else {Severity.ERROR, Severity.WARNING})
    given = options.Given(sources, recursive, no_merge)
    source = given.inputs()
    job = ValidateJob(source, map_file, kinds, rejects, IN_FORCE.roles(), WATCH)
    corpus = options.corpus_of(given, sharing.crew(), range_size=range_size)
    if corpus is not None and learn is not None:
        raise UsageError("--learn: learns from the first of all frames, which --workers does not look for")
    validating = Validating(job, as_json, sarif, junit, failing, has_map=has_map, corpus=corpus)
    if learn is not None:
        return validating.carry_out(audit_by_learning(source, learn, decode_as, tpid, grace))
    return validating.carry_out(audit_of(map_file, decode_as, tpid, grace))
