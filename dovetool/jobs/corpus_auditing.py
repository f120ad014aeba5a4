"""Captures held against a map one by one, or in parts, and what was found in all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dovetool.analysis.findings import Report
from dovetool.analysis.validation import Checked
from dovetool.analysis.watches import Sightings
from dovetool.audit.audit import Audit
from dovetool.audit.form_audit import FormAudit
from dovetool.capture.names import name_of
from dovetool.capture.origin import before_file
from dovetool.capture.roles import Roles
from dovetool.jobs.opening import inputs_of
from dovetool.jobs.parting import OfRanges
from dovetool.jobs.task import Outcome, Task
from dovetool.jobs.validating import ValidateJob
from dovetool.jobs.watch import Watch
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.errors import CorruptCaptureError
    from dovetool.vnid_map import VnidMap


@dataclass(frozen=True, slots=True)
class Auditing:
    """Looks at the capture of a task.

    Attributes:
        job: what to look for; its captures and its file of rejects are not meant.
        audit: looks at frames.
    """

    job: ValidateJob
    audit: Audit | FormAudit

    def __call__(self, task: Task) -> tuple[Checked, CorruptCaptureError | None]:
        """Do it; raises what reading a capture does."""
        job = replace(self.job, source=task.given, rejects=task.rejects, roles=Roles(), watch=Watch())
        return job.checked(self.audit, is_part=True)


@dataclass(frozen=True, slots=True)
class AuditingParts(OfRanges):
    """Looks at large captures in parts.

    Attributes:
        vnid_map: gives names.
    """

    vnid_map: VnidMap

    def allows(self, task: Task) -> bool:
        """Which frames are to be kept, a part does not always know."""
        return task.rejects is None

    def whole(self, task: Task, done: Sequence[tuple[Task, Checked]]) -> Checked:
        """What was found in all, whose frames have their numbers in the capture."""
        (_, whole), *others = done
        for _, checked in others:
            whole.take_in(checked, self.vnid_map, 0)
        return whole


def found_in(outcomes: Iterable[Outcome[Checked]], job: ValidateJob, vnid_map: VnidMap) -> Report:
    """What was found in all captures; their frames have their numbers there."""
    found, files = Checked(Report(job.kinds), Sightings()), inputs_of(job.source).paths
    found.report.files = [*map(name_of, files)] if len(files) > 1 else ()
    places = {path: place for place, path in enumerate(files)}
    for outcome in outcomes:
        if outcome.result is not None:
            found.take_in(outcome.result, vnid_map, before_file(places[outcome.task.source]))
    return found.finish(vnid_map)
