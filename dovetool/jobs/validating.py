"""A capture held against a map, or by its form alone: opened, looked at, the offending frames kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.analysis.findings import Report
from dovetool.analysis.offending_frames import Offenders
from dovetool.analysis.validation import Checked, Validation, validate
from dovetool.audit.audit import Audit
from dovetool.audit.form_audit import FormAudit
from dovetool.belonging.finding import KINDS, OF_FORM, Kind
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.roles import MAP, Roles
from dovetool.capture.writer import create_pcapng
from dovetool.errors import CorruptCaptureError, UsageError
from dovetool.jobs.amounts import span_named
from dovetool.jobs.encapsulations import decode_as_selectors, map_selectors
from dovetool.jobs.known_names import did_you_mean
from dovetool.jobs.maps import loaded_map, tpid_number
from dovetool.jobs.opening import Source, claim_inputs, inputs_of, open_capture
from dovetool.jobs.watch import Watch
from dovetool.values import dataclass
from dovetool.wire.fields import EtherType

if TYPE_CHECKING:
    from dovetool.vnid_map import VnidMap


@dataclass(frozen=True, slots=True)
class ValidateJob:
    """What is to be looked at.

    Attributes:
        source: the captures.
        map_file: the map; None for the form of frames alone.
        kinds: what to look for.
        rejects: where the offending frames are kept.
        roles: which files are in use.
        watch: who is told meanwhile.
    """

    source: Source
    map_file: Path | None
    kinds: frozenset[Kind]
    rejects: Path | None = None
    roles: Roles = field(default_factory=Roles)
    watch: Watch = field(default_factory=Watch)

    def claim(self, reports: Mapping[str, Path | None]) -> None:
        """Every file of its own: nothing is written into another, nor over the capture or the map.

        Args:
            reports: what else is written, by its role.

        Raises:
            UsageError: one is two.
        """
        claim_inputs(self.roles, self.source)
        self.roles.reads(MAP, self.map_file)
        for role, path in (*reports.items(), ("--rejects", self.rejects)):
            self.roles.writes(role, path)

    def carry_out(self, audit: Audit | FormAudit) -> tuple[Report, CorruptCaptureError | None]:
        """Do it.

        Returns:
            What was found, and what is wrong with the capture from some point on; all before it was looked at.
        """
        checked, damage = self.checked(audit)
        return checked.finish(audit.vnid_map), damage

    def checked(self, audit: Audit | FormAudit, *, is_part: bool = False) -> tuple[Checked, CorruptCaptureError | None]:
        """Look at the captures, and leave open what other frames may change.

        Args:
            audit: looks at frames.
            is_part: other frames come before.
        """
        with open_capture(self.source) as reader, ExitStack() as stack:
            kept = stack.enter_context(CaptureTarget(self.rejects)) if self.rejects is not None else None
            offenders = Offenders(create_pcapng(kept.write, reader)) if kept else None
            validation = Validation(audit, offenders, self.kinds, is_part=is_part)
            with self.watch.show("validate", reader.size) as progress:
                damage = validate(reader, validation, progress)
            self.watch.tell_links(reader.link_types)
        return validation.checked, damage


def audit_of(
    given: Path | VnidMap | None, decode_as: list[str] | None, tpid: str | None, grace: str
) -> Audit | FormAudit:
    """What looks at the frames: by a map, or without one at their form alone."""
    grace_ns = span_named("--grace", grace)
    if given is None:
        return FormAudit(tpid_number(tpid) if tpid is not None else EtherType.DOVE, decode_as_selectors(decode_as))
    vnid_map = loaded_map(given, tpid)
    return Audit(vnid_map, map_selectors(vnid_map, decode_as), grace_ns)


def audit_by_learning(source: Source, span: str, decode_as: list[str] | None, tpid: str | None, grace: str) -> Audit:
    """What looks at the frames by what the first part of the same capture shows."""
    from dovetool.learning.learner import Learner, learn
    from dovetool.learning.learnt import learnt
    from dovetool.vnid_map import VnidMap

    inputs = inputs_of(source)
    if not inputs.can_be_read_twice:
        raise UsageError("--learn reads the capture twice; IN has to be a file")
    learner = Learner(
        decode_as_selectors(decode_as),
        tpid_number(tpid) if tpid is not None else EtherType.DOVE,
        span_named("--learn", span),
    )
    with open_capture(source) as reader:
        learn(reader, learner)  # what is wrong with the file shows when all of it is read
    _, result = learnt(learner.ledger, ", ".join(map(str, inputs.paths)) or inputs.name)
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
