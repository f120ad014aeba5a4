"""A capture worked on in parts, in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from dovetool.capture.ranges.cutting import ranges_of
from dovetool.jobs.parting import Parting
from dovetool.jobs.task import Damaged, Task

_Result = TypeVar("_Result")


def in_parts(
    parting: Parting[_Result], work: Callable[[Task], Damaged[_Result]], whole: Task, octets: int, lead: int = 0
) -> _Result:
    """What the parts become."""
    parts = [
        Task(task.source, task.target, task.rejects, part)
        for task, part in zip(parting.parts_of(whole, octets), ranges_of(whole.source, octets, lead), strict=True)
    ]
    done = parting.whole(whole, [(part, work(part)[0]) for part in parts])
    parting.clear(whole)
    return done
