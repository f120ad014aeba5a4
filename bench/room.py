"""A folder for the captures: in memory where there is room, and gone at the end, however that comes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bench.captures import RECORD, Shape
from bench.measure import ToolError

_MEMORY = Path("/dev/shm")
_SPARE = 1 << 30  # octets of memory left to the tools
_OVERLAY = 50  # octets that a frame grows by


def needed(shapes: Iterable[Shape], frames: int, longer: int) -> int:
    """Octets for three forms of the largest capture, five of the smallest, or it and its longer form, stripped too."""
    records = [frames * (RECORD.size + _OVERLAY + shape.mean()) for shape in shapes]
    return int(1.05 * max(3 * max(records), 5 * min(records), (1 + 2 * longer) * min(records)))


def _memory_left() -> int:
    """Octets that can be had from the file system in memory; 0 where there is none."""
    with suppress(OSError, ValueError):
        lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        available = int(lines["MemAvailable"].split()[0]) * 1024
        return min(available - _SPARE, shutil.disk_usage(_MEMORY).free)
    return 0


def make_folder(octets: int) -> tuple[tempfile.TemporaryDirectory[str], str]:
    """Make a folder with room for so many octets, and say where it is.

    Raises:
        ToolError: there is no room anywhere.
    """
    prefix = "dovetool-bench-"
    if _memory_left() >= octets and os.access(_MEMORY, os.W_OK):
        return tempfile.TemporaryDirectory(prefix=prefix, dir=_MEMORY), f"in memory ({_MEMORY})"
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if free < octets:
        raise ToolError(
            f"needs {octets / 1e9:.1f} GB of room, and {folder} has {free / 1e9:.1f}; "
            "set TMPDIR, or ask for fewer frames: make bench FRAMES=200000"
        )
    return tempfile.TemporaryDirectory(prefix=prefix), f"in {folder}: on a disk, its speed is measured too"
