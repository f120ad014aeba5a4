"""Large captures worked on in parts: nobody who works on one knows the others, and what comes of all becomes one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Protocol, TypeVar

from dovetool.capture.ranges.cutting import can_be_cut, ranges_of
from dovetool.jobs.problem_files import kept
from dovetool.jobs.task import FAILURES, Outcome, Task, problem_of

_Result = TypeVar("_Result")
Part = tuple[int, Task]
"""The number of a task, and the task or a part of it."""


class Parting(Protocol[_Result]):
    """How a task becomes parts, and their results one."""

    def allows(self, task: Task) -> bool:
        """Say whether it can be done in parts, as far as its capture can."""

    def parts_of(self, task: Task, octets: int) -> Iterator[Task]:
        """The parts, for so many octets of the capture each."""

    def whole(self, task: Task, done: Sequence[tuple[Task, _Result]]) -> _Result:
        """What came of all parts, in their order, as one; raises what reading and writing captures does."""

    def clear(self, task: Task) -> None:
        """Leave nothing of the parts behind."""


class OfRanges:
    """Of a parting whose parts are ranges, and write nothing."""

    __slots__ = ()

    def parts_of(self, task: Task, octets: int) -> Iterator[Task]:
        """A task for each range."""
        return (Task(task.source, part=part) for part in ranges_of(task.source, octets))

    def clear(self, task: Task) -> None:
        """Nothing lies anywhere."""


def in_parts(tasks: Sequence[Task], octets: int, parting: Parting[_Result] | None) -> Iterator[Sequence[Part]]:
    """The tasks in their order, each as it is or in parts, as soon as it is known what they are."""
    as_they_are: list[Part] = []
    for number, task in enumerate(tasks):
        parts = _parts_of(task, octets, parting)
        if parts is None:
            as_they_are.append((number, task))
            continue
        if as_they_are:
            yield as_they_are
            as_they_are = []
        for part in parts:
            yield [(number, part)]
    if as_they_are:
        yield as_they_are


def _parts_of(task: Task, octets: int, parting: Parting[_Result] | None) -> Iterator[Task] | None:
    """The parts; None where it has to stay whole, as it also does where there is no place for them."""
    if parting is None or not octets or not parting.allows(task) or not can_be_cut(task.source, octets):
        return None
    parts = parting.parts_of(task, octets)
    try:
        first = next(parts)
    except FAILURES:
        parting.clear(task)
        return None
    return chain((first,), parts)


@contextmanager
def left_clear(tasks: Sequence[Task], parting: Parting[_Result] | None) -> Iterator[None]:
    """When work on tasks is broken off, nothing of their parts is left."""
    try:
        yield
    except BaseException:
        if parting is not None:
            for task in filter(parting.allows, tasks):
                parting.clear(task)
        raise


def put_together(
    task: Task, outcomes: Sequence[Outcome[_Result]], parting: Parting[_Result] | None
) -> Outcome[_Result]:
    """What became of a task, by what became of its parts; where one failed, all did."""
    if parting is None or outcomes[0].task == task:
        return outcomes[0]
    done = [(outcome.task, outcome.result) for outcome in outcomes if outcome.result is not None]
    problem = next((outcome.problem for outcome in outcomes if outcome.problem), "")
    try:
        whole = parting.whole(task, done) if len(done) == len(outcomes) else None
    except FAILURES as error:
        whole, problem = None, problem_of(task.source, error)
    finally:
        parting.clear(task)
    return Outcome(task, whole, kept(task, problem))
