"""Captures asked about themselves one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dovetool.analysis.file_facts import About
from dovetool.capture.names import name_of
from dovetool.errors import CaptureError
from dovetool.jobs.informing import Informing
from dovetool.jobs.task import Outcome, Task
from dovetool.jobs.watch import Watch
from dovetool.values import dataclass


@dataclass(frozen=True, slots=True)
class InformingEach:
    """Says what the capture of a task is.

    Attributes:
        job: what is asked; its captures are not meant.
    """

    job: Informing

    def __call__(self, task: Task) -> tuple[About, CaptureError | None]:
        """Do it; raises what reading a capture does."""
        about = replace(self.job, watch=Watch()).about(task.source)
        return replace(about, damage=None), about.damage


def told_of(outcomes: Iterable[Outcome[About]]) -> Iterator[About | CaptureError]:
    """What is to be told about each capture, or why it is none."""
    for outcome in outcomes:
        damage = CaptureError(outcome.problem) if outcome.problem else None
        if outcome.result is not None:
            yield replace(outcome.result, name=name_of(outcome.task.source), damage=damage)
        elif damage is not None:
            yield damage
