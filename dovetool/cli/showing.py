"""What the commands that look at a capture print."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dovetool.views.terminal import WIDE, make_console

if TYPE_CHECKING:
    from rich.console import RenderableType


def show(make: Callable[[int], Iterable[RenderableType]]) -> None:
    """Print what `make` makes for a width, on standard output; a pipe is given room for a wide table."""
    console = make_console(WIDE)
    for part in make(console.width):
        console.print(part)
