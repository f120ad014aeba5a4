"""Tables for terminals of any width: what matters least is left out before anything has to be folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dovetool.values import dataclass
from dovetool.views.plain import printable
from dovetool.views.terminal import make_table

if TYPE_CHECKING:
    from rich.table import Table

_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        head: what stands over it.
        cells: what is in it, row by row: data, and never markup.
        is_number: it is set to the right.
        spare: columns with a higher number are left out first; 0 stays.
    """

    head: str
    cells: Sequence[str]
    is_number: bool = True
    spare: int = 0


def fitted_table(columns: Sequence[Column], width: int) -> Table:
    """A table of the columns that there is room for."""
    from rich.cells import cell_len
    from rich.text import Text

    shown = [(column, [printable(cell) for cell in column.cells]) for column in columns]
    widths = {id(column): max(map(cell_len, (column.head, *cells))) for column, cells in shown}
    while sum(widths[id(column)] + _GAP for column, _ in shown) - _GAP > width:
        least = max(shown, key=lambda pair: pair[0].spare)
        if not least[0].spare:
            break
        shown.remove(least)
    table = make_table()
    for column, _ in shown:
        table.add_column(
            column.head,
            justify="right" if column.is_number else "left",
            overflow="fold",
            no_wrap=column.is_number,
        )
    for row in zip(*(cells for _, cells in shown), strict=True):
        table.add_row(*map(Text, row))
    return table
