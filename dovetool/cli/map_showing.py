"""`map show` but as tables: a map as JSON or as a picture, to standard output or to a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.capture.stdio import STDIO
from dovetool.cli.configured import IN_FORCE

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile

_LINES = 10_000
"""Written at once."""


def check_roles(file: str, output: Path | None) -> None:
    """Make sure that no file is both read and written.

    Raises:
        UsageError: one is.
    """
    roles = IN_FORCE.roles()
    roles.reads("FILE", Path(file))
    roles.writes("-o", None if output == STDIO else output)


def json_of(model: MapFile) -> Iterator[str]:
    """The map as JSON: a map file again."""
    from dovetool.vnid_map.file.writing import data_of

    yield json.dumps(data_of(model), indent=2, ensure_ascii=False) + "\n"


def drawn(model: MapFile, limit: int | None, *, as_mermaid: bool) -> Iterator[str]:
    """The lines of a picture in DOT or Mermaid, with at most `limit` things of a kind in a box; None: all."""
    from dovetool.views.map_drawing.dot import dot_lines
    from dovetool.views.map_drawing.drawn_map import drawing_of
    from dovetool.views.map_drawing.mermaid import mermaid_lines

    drawing = drawing_of(model, limit)
    return mermaid_lines(drawing) if as_mermaid else dot_lines(drawing)


def write(lines: Iterable[str], output: Path | None) -> None:
    """Write lines; a file appears when it is whole."""
    if output is None or output == STDIO:
        sys.stdout.writelines(lines)
        return
    from dovetool.capture.target import Target

    rest = iter(lines)
    with Target(output) as target:
        while some := "".join(islice(rest, _LINES)):
            target.write(some.encode())
