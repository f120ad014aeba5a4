"""Captures held against a map one by one, and what was found in all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from dovetool.analysis.findings import Report
from dovetool.audit.audit import Audit
from dovetool.audit.form_audit import FormAudit
from dovetool.capture.roles import Roles
from dovetool.jobs.task import Outcome, Task
from dovetool.jobs.validating import ValidateJob
from dovetool.jobs.watch import Watch
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.errors import CorruptCaptureError


@dataclass(frozen=True, slots=True)
class Auditing:
    """Looks at the capture of a task.

    Attributes:
        job: what to look for; its captures and its file of rejects are not meant.
        audit: looks at frames.
    """

    job: ValidateJob
    audit: Audit | FormAudit

    def __call__(self, task: Task) -> tuple[Report, CorruptCaptureError | None]:
        """Do it; raises what reading a capture does."""
        job = replace(self.job, source=task.source, rejects=task.rejects, roles=Roles(), watch=Watch())
        return job.carry_out(self.audit)


def found_in(outcomes: Iterable[Outcome[Report]], job: ValidateJob) -> Report:
    """What was found in all captures, whose frames count one behind the other."""
    report = Report(job.kinds)
    for outcome in outcomes:
        if outcome.result is not None:
            report.take_in(outcome.result)
    return report
