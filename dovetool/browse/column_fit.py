"""How wide columns are: as wide as what was seen in them needs, and none becomes narrower again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size

from dovetool.browse.row_source import Column, Row

GAP = "  "
_WIDEST = 39  # an IPv6 address
_NO_LIMIT = 10_000
_LEAST_REST = 12


class ColumnFit:
    """Fits columns into a line, behind a mark of one character.

    Attributes:
        columns: all of them.
        leaves_out: those without anything in them are left out, and those that are easily spared where room is short.
        room: characters of a line.
    """

    def __init__(self, columns: Sequence[Column], *, leaves_out: bool, room: int = _NO_LIMIT) -> None:
        self.columns, self.leaves_out, self.room = tuple(columns), leaves_out, room
        self._content = [0] * len(columns)
        self.shown: list[int] = []
        self.widths: list[int] = []
        self.see(())

    def see(self, rows: Iterable[Row]) -> None:
        """Make room for what stands in rows, and choose the columns that are `shown`, by place, and their `widths`."""
        for row in rows:
            for at, text in enumerate(row.cells):
                most = _NO_LIMIT if self.columns[at].takes_rest else _WIDEST
                self._content[at] = max(self._content[at], min(cell_len(text), most))
        self.shown = self._fitting() if self.leaves_out else list(range(len(self.columns)))
        self.widths = [self._width(at) for at in self.shown]
        rest = next((place for place, at in enumerate(self.shown) if self.columns[at].takes_rest), None)
        if self.leaves_out and rest is not None:
            self.widths[rest] = max(self.room - self.width + self.widths[rest], _LEAST_REST)

    @property
    def width(self) -> int:
        """Characters of a line."""
        return sum(self.widths) + len(GAP) * max(len(self.widths) - 1, 0) + 1

    @property
    def left_out(self) -> tuple[str, ...]:
        """Heads of the columns that have something in them, and no room."""
        hidden = (at for at in range(len(self.columns)) if at not in self.shown and self._content[at])
        return tuple(self.columns[at].head for at in hidden)

    def _width(self, at: int) -> int:
        """Characters that a column takes, with its head."""
        return max(self._content[at], self.columns[at].least, cell_len(self.columns[at].head))

    def _least(self, at: int) -> int:
        return min(self._width(at), _LEAST_REST) if self.columns[at].takes_rest else self._width(at)

    def _fitting(self) -> list[int]:
        filled = [at for at in range(len(self.columns)) if self._content[at]]
        while sum(self._least(at) + len(GAP) for at in filled) - len(GAP) + 1 > self.room:
            spare = max((self.columns[at].spare for at in filled), default=0)
            if not spare:
                break
            filled = [at for at in filled if self.columns[at].spare != spare]  # From and To say nothing alone
        return filled

    def cells(self, texts: Sequence[str]) -> list[str]:
        """What stands in the columns that are shown, cut and filled up."""
        return [_cell(texts[at], width, self.columns[at]) for at, width in zip(self.shown, self.widths, strict=True)]


def _cell(text: str, width: int, column: Column) -> str:
    if cell_len(text) > width:
        return f"{set_cell_size(text, width - 1)}…"
    pad = " " * (width - cell_len(text))
    return pad + text if column.is_number else text + pad
