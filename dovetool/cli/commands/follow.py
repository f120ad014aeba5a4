"""dovetool follow: packets from capture to capture."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dovetool.capture.remote.location import place_of
from dovetool.cli import options, selection
from dovetool.cli.command import add
from dovetool.cli.configured import IN_FORCE

_EXAMPLES = (
    "follow taps/ -m map.yaml",
    "follow vm-a.pcap tep1.pcap tep2.pcap vm-b.pcap -m map.yaml",
    "follow before.pcapng after.pcapng --by flow --top 20",
    "follow tep1.pcap tep2.pcap --rejects lost.pcapng --strict",
    "follow tep1.pcap tep2.pcap --json | jq '.hops[] | [.from, .to, .lost, .delay_ns.p99]'",
)


class By(StrEnum):
    """What packets are summed up by."""

    NETWORK = "network"
    PAIR = "pair"
    FLOW = "flow"


Captures = Annotated[
    list[Path],
    typer.Argument(
        metavar="CAPTURE...",
        help="captures in the order in which packets pass them; a folder holds those of one place, or by itself one"
        " for each place",
        parser=place_of,
        show_default=False,
    ),
]
OptionalMap = Annotated[
    Path | None,
    typer.Option("--map", "-m", metavar="MAP", help="map file: who is behind which TEP, and names of networks"),
]
ByKey = Annotated[By, typer.Option("--by", help="what to sum up by")]
Top = Annotated[
    int | None, typer.Option("--top", metavar="N", min=0, help="rows of that; 0: all; default: 20 in the table")
]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object")]
RejectsPath = Annotated[
    Path | None,
    typer.Option(
        "--rejects",
        metavar="FILE",
        readable=False,
        help="keep the lost frames as pcapng, with the hop as packet comment",
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="exit with 1 when a packet was lost")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    codes = "0 done; 1 --strict, and a packet was lost; 2 and 3 as with all commands."
    add(app, follow, *_EXAMPLES, codes=codes)


def follow(
    captures: Captures,
    map_file: OptionalMap = None,
    by: ByKey = By.NETWORK,
    top: Top = None,
    as_json: AsJson = False,
    rejects: RejectsPath = None,
    strict: Strict = False,
    decode_as: options.DecodeAs = None,
    tpid: selection.OptionalTpid = None,
    depth: options.Depth = 8,
    jobs: options.Jobs = 0,
) -> int:
    """Find packets again from capture to capture: lost, late, changed.

    It takes captures of the same minutes from several places, in the order in which packets pass them: a VM, its
    switch, both TEPs, the other VM. The innermost packets are found again, whatever encapsulates them. Equal packets
    and retransmissions are told apart by time.

    Between each capture and the next, it shows how many packets were lost (seen here, not there), came twice, late
    (after one of their flow that was sent after them) or astray (to another network or TEP than the map says), what was
    changed on the way, and how long it took. Where packets go both ways between two captures, each way is a hop of its
    own, and the difference of the clocks is estimated and corrected; else delays are what the time stamps say.

    Only the time that both captures cover counts. What does not pass a place is not lost there: with a map, what stays
    behind its TEP; without one, networks and tunnels of which that place shows nothing.
    """
    from dovetool.cli.following import carry_out
    from dovetool.cli.watching import WATCH
    from dovetool.engine.threads import use
    from dovetool.jobs.following import FollowJob, places_of
    from dovetool.jobs.looking import Looking

    use(jobs)
    places = places_of(captures)
    looking = Looking.of(places[0], map_file, decode_as, tpid, depth, WATCH, IN_FORCE.roles())
    return carry_out(FollowJob(looking, places, rejects), by, top, as_json=as_json, strict=strict)
