"""Captures rewritten one by one: each by the same plan, into a file of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.capture.roles import MAP, Roles
from dovetool.jobs.corpus import Corpus, Outcome, Task
from dovetool.jobs.job import Files, Finished, Job
from dovetool.jobs.watch import Watch
from dovetool.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dovetool.errors import CorruptCaptureError


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Rewrites the capture of a task.

    Attributes:
        job: what is done; its files are not meant.
    """

    job: Job

    def __call__(self, task: Task) -> tuple[Finished, CorruptCaptureError | None]:
        """Do it; raises as `Job.carry_out`."""
        assert task.target is not None  # noqa: S101  (such tasks are made below)
        finished = replace(self.job, files=Files(task.source, task.target, task.rejects)).carry_out()
        return replace(finished, damage=None), finished.damage


def rewritten(corpus: Corpus, job: Job) -> Iterator[Outcome[Finished]]:
    """What becomes of each capture; OUT and --rejects of the job are the folders.

    Raises:
        UsageError: files have two roles, or the folders are none.
    """
    roles, files = Roles(), job.files
    roles.reads(MAP, files.map_file)
    assert isinstance(files.target, Path)  # noqa: S101  (a command says where)
    tasks = corpus.tasks(roles, files.target, rejects=files.rejects)
    return corpus.outcomes(Rewrite(replace(job, watch=Watch())), tasks)
