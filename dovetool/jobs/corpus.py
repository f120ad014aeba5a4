"""Many captures, each worked through by itself: tasks for a crew, and what became of each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import field
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

from dovetool.capture.remote.location import Location
from dovetool.capture.roles import IN, Roles
from dovetool.capture.stdio import STDIO
from dovetool.cluster.crew import Crew, LostWorkError
from dovetool.errors import CaptureError, DamagedInputsError, UsageError
from dovetool.jobs.parting import Part, Parting, in_parts, left_clear, put_together
from dovetool.jobs.problem_files import is_kept, kept
from dovetool.jobs.task import FAILURES, Damaged, Outcome, Task, is_there, make_folder, problem_of
from dovetool.values import dataclass

_Result = TypeVar("_Result")
_CAPTURES = (".pcap", ".pcapng", ".cap", ".gz", ".zst", ".lz4")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Captures that are worked through one by one.

    Attributes:
        paths: the captures.
        crew: who works.
        resumes: those whose output is there already are skipped, if nothing was wrong with them.
        octets: a larger one is worked on in parts of so many octets, where what is done allows that; 0: none is.
    """

    paths: tuple[Path, ...]
    crew: Crew
    resumes: bool = False
    octets: int = 0

    def tasks(
        self, roles: Roles, folder: Path | None = None, suffix: str = "", rejects: Path | None = None
    ) -> list[Task]:
        """A task for each capture; each output is named as its capture is, below the folder that all captures are in.

        Args:
            roles: gets to know all files.
            folder: where outputs go.
            suffix: what is put behind their names.
            rejects: the folder for rejected frames.

        Raises:
            UsageError: standard input is among the captures, a folder is named like a capture, or files have two roles.
        """
        if STDIO in self.paths:
            raise UsageError("-: standard input is for one process; --workers shares out files")
        for role, place in (("OUT", folder), ("--rejects", rejects)):
            if place == STDIO or (place is not None and place.suffix in _CAPTURES):
                raise UsageError(
                    f"{place}: with --workers, {role} is a folder, in which each capture gets its own file"
                )
        for path in self.paths:
            roles.reads(IN, path)
        root = _root(self.paths)
        return [self._task(roles, path, _below(path, root), folder, suffix, rejects) for path in self.paths]

    def _task(
        self, roles: Roles, path: Path, name: str, folder: Path | None, suffix: str, rejects: Path | None
    ) -> Task:
        target = folder / f"{name}{suffix}" if folder is not None else None
        kept = rejects / f"{name.removesuffix('.pcapng')}.pcapng" if rejects is not None else None
        roles.writes("OUT", target)
        roles.writes("--rejects", kept)
        return Task(path, target, kept)

    def outcomes(
        self,
        work: Callable[[Task], Damaged[_Result]],
        tasks: Sequence[Task],
        parting: Parting[_Result] | None = None,
        is_done: Callable[[Task], bool] = is_there,
    ) -> Iterator[Outcome[_Result]]:
        """What became of each task, in their order.

        Args:
            work: works through one, in another process; it is sent there, so it must be data and functions of modules.
            tasks: the tasks.
            parting: how a large capture becomes parts, and what comes of these one; None: that cannot be.
            is_done: whether the output of one is whole.
        """
        open_tasks = [task for task in tasks if not (self.resumes and _surely(is_done, task))]
        for folder in {
            place.parent for task in open_tasks for place in (task.target, task.rejects) if place is not None
        }:
            make_folder(folder)
        done = self._done(work, open_tasks, parting) if open_tasks else iter(())
        is_open = set(open_tasks)
        for task in tasks:
            yield next(done) if task in is_open else Outcome(task, was_skipped=True)

    def _done(
        self, work: Callable[[Task], Damaged[_Result]], tasks: Sequence[Task], parting: Parting[_Result] | None
    ) -> Iterator[Outcome[_Result]]:
        sent: list[Part] = []

        def batches() -> Iterator[Sequence[Task]]:
            for parts in in_parts(tasks, self.octets, parting):
                sent.extend(parts)
                yield [task.absolute() if self.crew.is_elsewhere else task for _, task in parts]

        with left_clear(tasks, parting), closing(self.crew.results(partial(_attempt, work), batches())) as results:
            came = zip(in_order(results), sent, strict=False)
            outcomes = ((number, _outcome(task, answer)) for answer, (number, task) in came)
            for number, group in groupby(outcomes, key=itemgetter(0)):
                yield put_together(tasks[number], [outcome for _, outcome in group], parting)


_Answer = TypeVar("_Answer")


def refuse_deduplication(duplicates: object | None) -> None:
    """Raise a UsageError where copies of packets are to be found: they may be in different captures."""
    if duplicates is not None:
        raise UsageError("copies of a packet may be in two captures, which --workers does not see together")


def in_order(numbered: Iterator[tuple[int, _Answer]]) -> Iterator[_Answer]:
    """Answers in the order of their numbers; those that come before their turn are kept until then."""
    early: dict[int, _Answer] = {}
    turn = 0
    for number, answer in numbered:
        early[number] = answer
        while turn in early:
            yield early.pop(turn)
            turn += 1


@dataclass(slots=True)
class Failures:
    """What went wrong with captures, seen as outcomes go by.

    Attributes:
        problems: a line each.
        is_any_good: something came of a capture.
        done: captures that were done to their ends.
        skipped: captures that had been done before.
    """

    problems: list[str] = field(default_factory=list)
    is_any_good: bool = False
    done: int = 0
    skipped: int = 0

    def among(self, outcomes: Iterator[Outcome[_Result]]) -> Iterator[Outcome[_Result]]:
        """The same outcomes."""
        for outcome in outcomes:
            self.is_any_good |= outcome.result is not None or outcome.was_skipped
            self.skipped += outcome.was_skipped
            if outcome.problem:
                self.problems.append(outcome.problem)
            elif not outcome.was_skipped:
                self.done += 1
            yield outcome

    @property
    def error(self) -> DamagedInputsError | None:
        """One error about all of them, whose exit code tells whether nothing came of any; None where there are none."""
        if not self.problems:
            return None
        return DamagedInputsError(
            [CaptureError(each) for each in self.problems], exit_code=3 if self.is_any_good else 2
        )


def _surely(is_done: Callable[[Task], bool], task: Task) -> bool:
    """Say whether a task is known to be done, and well; where nobody can look, doing it tells why."""
    try:
        return is_done(task) and not is_kept(task)
    except FAILURES:
        return False


def _attempt(work: Callable[[Task], Damaged[_Result]], task: Task) -> tuple[_Result | None, str]:
    """Do a task; what goes wrong is a line, since not every error can be sent on."""
    try:
        result, damage = work(task)
    except FAILURES as error:
        return None, kept(task, problem_of(task.source, error))
    return result, kept(task, str(damage) if damage is not None else "")


def _outcome(task: Task, answer: tuple[_Result | None, str] | LostWorkError) -> Outcome[_Result]:
    if isinstance(answer, LostWorkError):
        return Outcome(task, problem=kept(task, problem_of(task.source, answer)))
    return Outcome(task, *answer)


def _root(paths: Sequence[Path]) -> str:
    """The deepest folder that all are in, with a slash behind it."""
    folders = [f"{_text(path.parent)}/" for path in paths]
    common = os.path.commonprefix(folders)  # noqa: RUF071  (of URLs, whose slashes count)
    return common[: common.rfind("/") + 1]


def _below(path: Path, root: str) -> str:
    return _text(path).removeprefix(root)


def _text(path: Path) -> str:
    return str(path) if isinstance(path, Location) else Path(os.path.abspath(path)).as_posix()  # noqa: PTH100  (no links)
