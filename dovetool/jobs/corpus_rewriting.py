"""Captures rewritten one by one: each by the same plan, into a file of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.ranges.joining import join
from dovetool.capture.roles import MAP
from dovetool.engine.part_work import Seams
from dovetool.engine.tally import sum_of
from dovetool.jobs import part_files
from dovetool.jobs.corpus import Corpus
from dovetool.jobs.corpus_seams import joined_up
from dovetool.jobs.job import Files, Finished, Job
from dovetool.jobs.task import Outcome, Task
from dovetool.jobs.watch import Watch
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.capture.ranges.range import Range
    from dovetool.engine.reassembly import Held
    from dovetool.errors import CorruptCaptureError
    from dovetool.jobs.opening import Source
    from dovetool.jobs.plan import Plan


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Rewrites the capture of a task.

    Attributes:
        job: what is done; its files are not meant.
        knows_pieces: packets in pieces are known beyond the end of what is worked on.
    """

    job: Job
    knows_pieces: bool

    def __call__(self, task: Task) -> tuple[Finished, CorruptCaptureError | None]:
        """Do it; raises as `Job.carry_out`."""
        part = task.part
        if part is None:
            return self._done(task, task.source, Seams(1, goes_on=False) if self.knows_pieces else None)
        return self._done(task, part.lead or part, _seams(part))

    def again(self, task: Task, seams: Seams) -> Finished:
        """Do a task once more, with what is really held of packets where it begins."""
        return self._done(task, task.given, seams)[0]

    def _done(self, task: Task, source: Source, seams: Seams | None) -> tuple[Finished, CorruptCaptureError | None]:
        assert task.target is not None  # noqa: S101  (such tasks are made below)
        finished = replace(self.job, files=Files(source, task.target, task.rejects), seams=seams).carry_out()
        return replace(finished, damage=None), finished.damage


def rewritten(corpus: Corpus, job: Job) -> Iterator[Outcome[Finished]]:
    """What becomes of each capture; OUT and --rejects of the job are the folders.

    Raises:
        UsageError: files have two roles, or the folders are none.
    """
    files = job.files
    files.roles.reads(MAP, files.map_file)
    assert isinstance(files.target, Path)  # noqa: S101  (a command says where)
    tasks = corpus.tasks(files.roles, files.target, rejects=files.rejects)
    rewrite = Rewrite(replace(job, watch=Watch()), has_parts(job.plan))
    return joined_up(corpus.outcomes(rewrite, tasks, Rejoining(rewrite)), rewrite)


@dataclass(frozen=True, slots=True)
class Rejoining:
    """Rewrites large captures in parts, of which each becomes a file; these become one.

    Attributes:
        rewrite: what is done with each.
    """

    rewrite: Rewrite

    def allows(self, task: Task) -> bool:
        """Their files need a place, and what is done has to know packets in pieces."""
        return part_files.can_lie(task) and self.rewrite.knows_pieces

    def parts_of(self, task: Task, octets: int) -> Iterator[Task]:
        """A task for each range."""
        return part_files.parts_of(task, octets)

    def whole(self, task: Task, done: Sequence[tuple[Task, Finished]]) -> Finished:
        """Their files joined, and their counts added up; a part that began with other pieces is done again."""
        results: list[Finished] = []
        for part, finished in done:
            held = results[-1].held[1] if results else ()
            assert part.part is not None  # noqa: S101  (`parts_of` has made it)
            fits = finished.held[0] == held
            results.append(finished if fits else self.rewrite.again(part, _seams(part.part, held)))
        for place in part_files.places_of(task):
            with CaptureTarget(place) as output:
                join(part_files.made_of(place, len(results)), output.write)
        return added_up(results)

    def clear(self, task: Task) -> None:
        """Remove the files of the parts."""
        part_files.clear(task)


def has_parts(plan: Plan) -> bool:
    """Say whether captures can be worked on in parts: some plans know packets over several stages, or files."""
    return plan.reading is None and len(plan.make_stages(True)) == 1


def added_up(results: Sequence[Finished]) -> Finished:
    """How several jobs of one plan ended, as one."""
    return Finished(
        tuple(sum_of(stage) for stage in zip(*(finished.tallies for finished in results), strict=True)),
        sum_of(finished.total for finished in results),
        remarks=tuple(dict.fromkeys(remark for finished in results for remark in finished.remarks)),
    )


def _seams(part: Range, held: Held | None = None) -> Seams:
    return Seams(part.number, part.end is not None, held)
