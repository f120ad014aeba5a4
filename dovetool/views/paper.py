"""What a picture is drawn on: a terminal, or a pipe."""

from __future__ import annotations

import os
import sys
from typing import Self

from dovetool.values import dataclass
from dovetool.views.terminal import is_unicode, make_console

_PIPE_WIDTH, _PIPE_HEIGHT = 80, 24
_LEAST_WIDTH = 30
"""Columns without which there is no picture; a narrower window folds its lines."""
_PROMPT = 1
"""Rows that a terminal needs for what comes next."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The room there is, and what can be shown in it.

    Attributes:
        width: columns.
        height: rows.
        has_colours: it shows colours.
        is_unicode: it takes more than ASCII.
    """

    width: int
    height: int
    has_colours: bool
    is_unicode: bool

    @classmethod
    def of_stdout(cls) -> Self:
        """Standard output as it is, and as COLUMNS, LINES, NO_COLOR and TERM say."""
        console = make_console(_PIPE_WIDTH)
        is_sized = console.is_terminal or "LINES" in os.environ
        return cls(
            max(console.width, _LEAST_WIDTH),
            (console.height if is_sized else _PIPE_HEIGHT) - _PROMPT,
            console.color_system is not None and not console.no_color,
            is_unicode(sys.stdout),
        )
