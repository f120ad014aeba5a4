"""What a crew is asked to do, a capture or a part of one at a time, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from dovetool.capture.ranges.range import Range
from dovetool.capture.remote.location import Location
from dovetool.engine.file_names import make_directory
from dovetool.errors import CaptureError, DovetoolError
from dovetool.jobs.opening import Source
from dovetool.values import dataclass

_Result = TypeVar("_Result")
FAILURES = (DovetoolError, OSError, MemoryError)
"""What a task fails by while the others go on."""


@dataclass(frozen=True, slots=True)
class Task:
    """A capture to work through.

    Attributes:
        source: the capture.
        target: where what comes of it goes; None: nowhere.
        rejects: where its rejected frames go, likewise.
        part: the records of it that are meant; None: all.
    """

    source: Path
    target: Path | None = None
    rejects: Path | None = None
    part: Range | None = None

    @property
    def given(self) -> Source:
        """What is to be read."""
        return self.part or self.source

    def absolute(self) -> Task:
        """The same for whoever has another working folder."""
        target, rejects = (each and _absolute(each) for each in (self.target, self.rejects))
        part = self.part and self.part.at(_absolute(self.part.path))
        return Task(_absolute(self.source), target, rejects, part)


class Outcome(NamedTuple, Generic[_Result]):
    """What became of a task.

    Attributes:
        task: the task.
        result: what it gave; None where it failed.
        problem: what was wrong, a line; empty for nothing.
        was_skipped: it was done before.
    """

    task: Task
    result: _Result | None = None
    problem: str = ""
    was_skipped: bool = False


Damaged = tuple[_Result, CaptureError | None]
"""What came of a capture, and what is wrong with it from some point on."""


def problem_of(source: Path, error: Exception) -> str:
    """What went wrong with a capture, a line that names it."""
    told = str(error) or "out of memory"
    return told if str(source) in told else f"{source}: {told}"


def make_folder(folder: Path) -> None:
    """Make a folder, and those that it is in."""
    if not isinstance(folder, Location):
        for parent in reversed(folder.parents):
            if not parent.exists():
                make_directory(parent)
    make_directory(folder)


def is_there(task: Task) -> bool:
    """Say whether the output of a task is there."""
    return task.target is not None and exists(task.target)


def exists(place: Path) -> bool:
    """Say whether something is there, wherever that is; raises what looking for it does."""
    if not isinstance(place, Location):
        return place.exists()
    from dovetool.capture.remote import listing

    return listing.is_there(place)


def _absolute(path: Path) -> Path:
    return path if isinstance(path, Location) else path.absolute()
