"""A map written to a file, with the comments about what is in it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.capture.target import Target
from dovetool.vnid_map.file.writing import lines_of

if TYPE_CHECKING:
    from dovetool.vnid_map.file.draft import Settled

_LINES = 1000
"""Lines that are written at once."""


def write_map(result: Settled, head: str, output: Path) -> None:
    """Write a map under a heading; the file appears when it is whole."""
    with Target(output) as target:
        lines = lines_of(result.model, result.notes, [head])
        while some := list(islice(lines, _LINES)):
            target.write("".join(f"{line}\n" for line in some).encode())
