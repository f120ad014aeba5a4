"""What is wrong with a capture, kept beside its output: so who resumes knows that it did not come to its end.

The file is called `.NAME.problem`. It goes when the capture is done anew, and nothing is wrong.
"""

from __future__ import annotations

from pathlib import Path

from dovetool.capture.parts import label_of
from dovetool.capture.remote.location import Location
from dovetool.capture.target import Target
from dovetool.jobs.task import FAILURES, Task, exists, is_there


def kept(task: Task, problem: str) -> str:
    """Keep what is wrong with a capture that has an output, or that nothing is; returns what is to be told of it."""
    place = _place(task)
    if place is None:
        return problem
    try:
        if not problem:
            _remove(place)
        elif is_there(task):
            with Target(place) as file:
                file.write(f"{problem}\n".encode(errors="backslashreplace"))
    except FAILURES as error:
        return problem and f"{problem}; --resume will not know that: {error}"
    return problem


def is_kept(task: Task) -> bool:
    """Say whether something is wrong with the capture of an output."""
    place = _place(task)
    return place is not None and exists(place)


def _place(task: Task) -> Path | None:
    """None where nothing is written, or for a part of a capture."""
    if task.target is None or task.part is not None:
        return None
    return task.target.with_name(f".{label_of(task.target)}.problem")


def _remove(place: Path) -> None:
    if not isinstance(place, Location):
        place.unlink(missing_ok=True)
        return
    from dovetool.capture.remote import listing

    if listing.is_there(place):
        listing.remove(place)
