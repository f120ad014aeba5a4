"""What the commands that look at a capture print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dovetool.views.numbers import counted
from dovetool.views.terminal import WIDE, make_console

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dovetool.engine.duplicates import Duplicates


def show(make: Callable[[int], Iterable[RenderableType]]) -> None:
    """Print what `make` makes for a width, on standard output; a pipe is given room for a wide table."""
    console = make_console(WIDE)
    for part in make(console.width):
        console.print(part)


def tell_duplicates(duplicates: Duplicates | None) -> None:
    """Say on standard error how many frames were left out as such, where that was wanted."""
    if duplicates is not None:
        sys.stderr.write(f"{counted(duplicates.found, 'duplicate', 'duplicates')} left out\n")
