"""One `validate`'s work: open everything, hold the capture against the map, show and write what was found."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

from dovetool.analysis.offending_frames import Offenders
from dovetool.analysis.validation import Validation, validate
from dovetool.audit.audit import Audit
from dovetool.audit.form_audit import FormAudit
from dovetool.belonging.finding import KINDS, OF_FORM, Kind
from dovetool.belonging.rule import Severity
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.reader import CaptureReader
from dovetool.capture.roles import IN, MAP, Roles
from dovetool.capture.target import Target
from dovetool.capture.writer import create_pcapng
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.foreign import tell_unread
from dovetool.cli.parsing import decode_as_selectors, did_you_mean, loaded_map, map_selectors, span_named, tpid_number
from dovetool.cli.progress import shown_progress
from dovetool.engine.threads import THREADS
from dovetool.errors import UsageError
from dovetool.values import dataclass
from dovetool.views.report import show_json, show_report
from dovetool.wire.fields import EtherType


@dataclass(frozen=True, slots=True)
class ValidateJob:
    """What `validate` was asked to do.

    Attributes:
        source: the capture.
        map_file: the map; None for the form of frames alone.
        kinds: what to look for.
        as_json: JSON in place of the table.
        sarif: where the SARIF log goes.
        junit: where the XML of JUnit goes.
        rejects: where the offending frames are kept.
        failing: the severities that make the exit code 1.
        has_map: frames are held against a map, be it one that was learnt.
    """

    source: Path
    map_file: Path | None
    kinds: frozenset[Kind]
    as_json: bool = False
    sarif: Path | None = None
    junit: Path | None = None
    rejects: Path | None = None
    failing: frozenset[Severity] = frozenset({Severity.ERROR})
    has_map: bool = False

    def carry_out(self, audit: Audit | FormAudit) -> int:
        """Do it; returns the exit code."""
        self._check()
        began, has_map = time.monotonic(), self.has_map
        with CaptureReader(self.source, ahead=THREADS.count > 1) as reader, ExitStack() as stack:
            sarif_target = stack.enter_context(Target(self.sarif)) if self.sarif is not None else None
            junit_target = stack.enter_context(Target(self.junit)) if self.junit is not None else None
            kept = stack.enter_context(CaptureTarget(self.rejects)) if self.rejects is not None else None
            offenders = Offenders(create_pcapng(kept.write, reader)) if kept is not None else None
            validation = Validation(audit, offenders, self.kinds)
            with shown_progress("validate", reader.size) as progress:
                damage = validate(reader, validation, progress)
            tell_unread(reader.link_types)
            entries, seconds = validation.report.found(), time.monotonic() - began
            if sarif_target is not None:
                from dovetool.views.sarif import sarif

                sarif_target.write(sarif(entries, self.source, has_map=has_map))
            if junit_target is not None:
                from dovetool.views.junit import junit

                junit_target.write(junit(entries, self.source, self.failing, seconds, has_map=has_map))
        (show_json if self.as_json else show_report)(validation.report, entries, seconds, has_map=has_map)
        if damage is not None:
            raise damage
        fails = any(entry.finding.kind.severity in self.failing for entry in entries)
        return ExitCode.FINDINGS if fails else ExitCode.DONE

    def _check(self) -> None:
        """Every file of its own: nothing is written into another, nor over the capture or the map."""
        roles = Roles()
        roles.reads(IN, self.source)
        roles.reads(MAP, self.map_file)
        roles.writes("--sarif", self.sarif)
        roles.writes("--junit", self.junit)
        roles.writes("--rejects", self.rejects)


def audit_of(map_file: Path | None, decode_as: list[str] | None, tpid: str | None, grace: str) -> Audit | FormAudit:
    """What looks at the frames: by a map, or without one at their form alone."""
    grace_ns = span_named("--grace", grace)
    if map_file is None:
        return FormAudit(tpid_number(tpid) if tpid is not None else EtherType.DOVE, decode_as_selectors(decode_as))
    vnid_map = loaded_map(map_file, tpid)
    return Audit(vnid_map, map_selectors(vnid_map, decode_as), grace_ns)


def audit_by_learning(source: Path, span: str, decode_as: list[str] | None, tpid: str | None, grace: str) -> Audit:
    """What looks at the frames by what the first part of the same capture shows."""
    from dovetool.learning.learner import Learner, learn
    from dovetool.learning.learnt import learnt
    from dovetool.vnid_map import VnidMap

    if str(source) == "-":
        raise UsageError("--learn reads the capture twice; IN has to be a file")
    learner = Learner(
        decode_as_selectors(decode_as),
        tpid_number(tpid) if tpid is not None else EtherType.DOVE,
        span_named("--learn", span),
    )
    with CaptureReader(source, ahead=THREADS.count > 1) as reader:
        learn(reader, learner)  # what is wrong with the file shows when all of it is read
    _, result = learnt(learner.ledger, str(source))
    vnid_map = VnidMap.compiled(result.model)
    return Audit(vnid_map, map_selectors(vnid_map, decode_as), span_named("--grace", grace))


def chosen_kinds(only: list[str] | None, ignore: list[str] | None, *, has_map: bool) -> frozenset[Kind]:
    """The kinds of findings that `--only` and `--ignore` leave; without a map those that need none."""
    wanted = _named("--only", only)
    lacking = sorted(kind.reason for kind in wanted if kind.needs_map and not has_map)
    if lacking:
        raise UsageError(f"--only {lacking[0]}: needs a map (-m MAP)")
    known = frozenset(Kind) if has_map else OF_FORM
    return (wanted or known) - _named("--ignore", ignore)


def _named(option: str, words: list[str] | None) -> frozenset[Kind]:
    names = [name.strip() for word in words or () for name in word.split(",") if name.strip()]
    for name in names:
        if name not in KINDS:
            close = did_you_mean(name, KINDS)
            raise UsageError(f"{option} {name}: no such reason; there is {', '.join(KINDS)}{close}")
    return frozenset(KINDS[name] for name in names)
