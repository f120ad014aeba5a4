"""Where what comes of the parts of a large capture lies: in a folder beside what it becomes, until that is there.

The folder is called `.ranges-` and a checksum of the name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from zlib import crc32

from dovetool.capture.ranges.cutting import ranges_of
from dovetool.capture.remote.location import Location
from dovetool.capture.writer import COMPRESSIONS
from dovetool.jobs.task import Task, make_folder


def can_lie(task: Task) -> bool:
    """Say whether there is a place for them: what is written elsewhere is sent once."""
    return not any(isinstance(place, Location) for place in places_of(task))


def parts_of(task: Task, octets: int) -> Iterator[Task]:
    """A task for each range of so many octets; what each writes goes into the folder."""
    clear(task)
    for place in places_of(task):
        make_folder(_folder(place))
    for number, part in enumerate(ranges_of(task.source, octets)):
        target, rejects = (place and _place(place, number) for place in (task.target, task.rejects))
        yield Task(task.source, target, rejects, part)


def made_of(place: Path, count: int) -> list[Path]:
    """What so many parts have written, of which a file is made."""
    return [_place(place, number) for number in range(count)]


def clear(task: Task) -> None:
    """Remove it."""
    for place in places_of(task):
        rmtree(_folder(place), ignore_errors=True)


def places_of(task: Task) -> list[Path]:
    """What a task writes."""
    return [place for place in (task.target, task.rejects) if place is not None]


def _folder(place: Path) -> Path:
    return place.with_name(f".ranges-{crc32(os.fsencode(place.name)):08x}")


def _place(place: Path, number: int) -> Path:
    """Where what comes of a part goes: in the same form, and not compressed, as all is read once more."""
    name = place.stem if place.suffix in COMPRESSIONS else place.name
    return _folder(place) / f"{number}-{name}"
