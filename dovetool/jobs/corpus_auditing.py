"""Captures held against a map one by one, and what was found in all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from dovetool.analysis.findings import Report
from dovetool.audit.audit import Audit
from dovetool.audit.form_audit import FormAudit
from dovetool.capture.origin import before_file
from dovetool.capture.roles import Roles
from dovetool.capture.source import name_of
from dovetool.jobs.opening import inputs_of
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
    """What was found in all captures; their frames have their numbers there."""
    report, files = Report(job.kinds), inputs_of(job.source).paths
    report.files = [*map(name_of, files)] if len(files) > 1 else ()
    for outcome in outcomes:
        if outcome.result is not None:
            report.take_in(outcome.result, before_file(files.index(outcome.task.source)))
    return report
