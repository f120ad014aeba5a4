"""What text is written to: a terminal of some width, or a pipe, which has none."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, TextIO

from dovetool.settings import Colour, read

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

WIDE = 250
"""Columns in a pipe that hold any table with names of a usual length."""
UNFOLDED = 10_000
"""Columns in a pipe in which nothing is ever folded."""


def make_console(pipe_width: int, file: IO[str] | None = None, *, is_terminal: bool | None = None) -> Console:
    """A console that takes text as it is; in a pipe it has `pipe_width` columns, unless COLUMNS says how many.

    It has colours where `dovetool.toml` or the environment say so, else on a terminal.

    Args:
        pipe_width: columns in a pipe.
        file: what it writes to; None: standard output.
        is_terminal: it ends in a terminal, as a pager does; None: as it is.

    Raises:
        SettingsError: dovetool.toml has mistakes.
    """
    from rich.console import Console

    colour = read(os.environ).colour
    console = Console(
        file=file,
        markup=False,
        highlight=False,
        no_color=colour is Colour.NEVER or None,
        force_terminal=colour is Colour.ALWAYS or is_terminal,
    )
    if not console.file.isatty() and "COLUMNS" not in os.environ:  # which may have colours all the same
        console.width = pipe_width
    return console


def rule(width: int, stream: TextIO) -> str:
    """The line below the heads of a list on a stream, as tables have it."""
    return ("─" if is_unicode(stream) else "-") * width


def is_unicode(stream: TextIO) -> bool:
    """A stream takes more than ASCII."""
    return (stream.encoding or "").lower().startswith("utf")


def make_table(title: Text | str | None = None) -> Table:
    """An empty table of the kind that all commands show: a line below the heads, and no more but perhaps a title."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True, show_edge=False
    )
