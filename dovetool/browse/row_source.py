"""What a list shows: rows by their place, from whoever has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from rich.style import Style


class Column(NamedTuple):
    """A column of a list.

    Attributes:
        head: what stands over it.
        is_number: it is set to the right.
        spare: where room is short, columns with a higher number are left out first; 0 stays.
        takes_rest: it gets the room that is left.
        least: it is never narrower.
    """

    head: str
    is_number: bool = False
    spare: int = 0
    takes_rest: bool = False
    least: int = 0


class Row(NamedTuple):
    """A row of a list.

    Attributes:
        cells: a text for each column.
        mark: what stands before it, one character.
        mark_style: how that looks.
        style: how the rest looks.
    """

    cells: Sequence[str]
    mark: str = " "
    mark_style: Style = Style.null()
    style: Style = Style.null()


class RowSource(Protocol):
    """Where rows come from."""

    def __len__(self) -> int:
        """How many there are."""

    def rows(self, first: int, last: int) -> Sequence[Row]:
        """Those of these places, the last of which is left out."""
