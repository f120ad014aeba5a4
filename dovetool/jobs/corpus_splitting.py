"""Captures sorted one by one, each into captures in a directory of its own.

All files of a directory get their names together at the end. Until the last one has its own, a part of it is there
(`dovetool/capture/parts.py`): by that a directory can be told from one that came to its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from dovetool.capture.parts import are_left
from dovetool.capture.ranges.joining import join, refuse_mixed_links
from dovetool.capture.remote.location import Location
from dovetool.capture.roles import Roles
from dovetool.capture.target_pool import TargetPool
from dovetool.engine.file_names import FileNames, make_directory
from dovetool.engine.split_files import Sorted
from dovetool.errors import UsageError
from dovetool.jobs import part_files
from dovetool.jobs.corpus_counting import looking_at
from dovetool.jobs.corpus_rewriting import added_up
from dovetool.jobs.splitting import SplitUp
from dovetool.jobs.task import Outcome, is_there
from dovetool.jobs.watch import Watch
from dovetool.observe.share import Share
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.errors import CorruptCaptureError
    from dovetool.jobs.corpus import Corpus
    from dovetool.jobs.job import Finished
    from dovetool.jobs.splitting import SplitJob
    from dovetool.jobs.task import Task


def split_each(corpus: Corpus, job: SplitJob, directory: Path, *, overwrite: bool) -> Iterator[Outcome[Finished]]:
    """What becomes of each capture; in the directory, each gets one of its own.

    Raises:
        UsageError: files have two roles, or directories are there already.
    """
    tasks = corpus.tasks(job.looking.roles, directory)
    if corpus.resumes and isinstance(directory, Location):
        raise UsageError(f"{directory}: --resume needs a directory here; elsewhere, nothing tells what is whole of one")
    if not (overwrite or corpus.resumes) and any(map(is_there, tasks)):
        raise UsageError(f"{directory}: has such directories already; --overwrite replaces the captures in them")
    each = SplitEach(replace(job, looking=replace(job.looking, watch=Watch())))  # which other processes can be given
    return map(_finished, corpus.outcomes(each, tasks, SplittingParts(each), is_split))


def _finished(outcome: Outcome[SplitUp]) -> Outcome[Finished]:
    result = None if outcome.result is None else outcome.result.finished
    return Outcome(outcome.task, result, outcome.problem, outcome.was_skipped)


def is_split(task: Task) -> bool:
    """Say whether a capture was sorted to its end: its directory has captures, and nothing that becomes one."""
    directory = task.target
    if directory is None or not directory.is_dir():
        return False
    return any(path.suffix in {".pcap", ".pcapng"} for path in directory.iterdir()) and not are_left(directory)


@dataclass(frozen=True, slots=True)
class SplitEach:
    """Sorts the frames of the capture of a task.

    Attributes:
        job: how; its captures are not meant.
    """

    job: SplitJob

    def __call__(self, task: Task) -> tuple[SplitUp, CorruptCaptureError | None]:
        """Do it; what an earlier try has written there is replaced."""
        with _whole_or_gone(_directory(task)) as directory:
            job = replace(self.job, looking=looking_at(self.job.looking, task))
            return job.carry_out(directory, overwrite=True)


@dataclass(frozen=True, slots=True)
class SplittingParts:
    """Sorts large captures in parts, of which each becomes a directory; these become one.

    Attributes:
        each: sorts a capture, or a part of one.
    """

    each: SplitEach

    def allows(self, task: Task) -> bool:
        """Their files need a place."""
        return part_files.can_lie(task)

    def parts_of(self, task: Task, octets: int) -> Iterator[Task]:
        """A task for each range."""
        return part_files.parts_of(task, octets)

    def whole(self, task: Task, done: Sequence[tuple[Task, SplitUp]]) -> SplitUp:
        """Their files joined, those of each share, and named as if they had been met in one capture."""
        files = _joined(done)
        refuse_mixed_links([_directory(part) / came.files[0].name for part, came in done if came.files])
        with _whole_or_gone(_directory(task)) as target, TargetPool() as pool:
            directory, roles = make_directory(target), Roles()
            for file in files:
                path = directory / file.name
                roles.creates("split", path, overwrite=True)
                join(file.parts, partial(pool.write, pool.create(path)), file.anew)
        finished, last = added_up([came.finished for _, came in done]), done[-1][1]
        section = sum(_sections_ended(came) for _, came in done[:-1]) + last.section
        return SplitUp(finished, tuple(file.sorted() for file in files), section)

    def clear(self, task: Task) -> None:
        """Remove the directories of the parts."""
        part_files.clear(task)


@dataclass(slots=True)
class _File:
    """One of the captures, made of those of the parts.

    Attributes:
        share: whose frames they are.
        name: of the file.
        parts: those of the parts that have frames of it.
        anew: which of these begin in another section than the one before has ended in.
        frames: of all.
        began: number of the section that the first of these is in, in the whole.
        ended: that of the last one.
    """

    share: Share
    name: str
    parts: list[Path] = field(default_factory=list)
    anew: set[int] = field(default_factory=set)
    frames: int = 0
    began: int = 0
    ended: int = 0

    def add(self, path: Path, made: Sorted, before: int) -> None:
        """Add a file of the next part, which has so many sections of the whole before its first one."""
        if not self.parts:
            self.began = before + made.began
        elif before + made.began != self.ended:
            self.anew.add(len(self.parts))
        self.parts.append(path)
        self.frames += made.frames
        self.ended = before + made.ended

    def sorted(self) -> Sorted:
        """What has become of it."""
        return Sorted(self.share, self.name, self.frames, self.began, self.ended)


def _joined(done: Sequence[tuple[Task, SplitUp]]) -> list[_File]:
    """The files of all parts, in the order of their first frames."""
    names, files, before = FileNames(), dict[Share, _File](), 0
    for part, came in done:
        for made in came.files:
            path = _directory(part) / made.name
            if made.share not in files:
                files[made.share] = _File(made.share, f"{names.next_for(made.share.name)}{path.suffix}")
            files[made.share].add(path, made, before)
        before += _sections_ended(came)
    return list(files.values())


def _sections_ended(part: SplitUp) -> int:
    """How many sections ended in a part: the next one goes on in the one that it has ended in."""
    return max(part.section - 1, 0)


def _directory(task: Task) -> Path:
    assert task.target is not None  # noqa: S101  (such tasks are made)
    return task.target


@contextmanager
def _whole_or_gone(directory: Path) -> Iterator[Path]:
    """The directory; after an error, nothing is left of it where it was not there."""
    was_there = isinstance(directory, Location) or directory.exists()
    try:
        yield directory
    except BaseException:
        if not was_there:
            rmtree(directory, ignore_errors=True)
        raise
