"""A small table that is shown in a terminal, in a notebook, or as plain text.

Whatever stands in it is data: it is never markup, and never controls a terminal.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from dovetool.values import dataclass
from dovetool.views.plain import printable

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

_WIDTH = 120
"""Columns of what is shown outside of a terminal."""
_NORMAL = [
    *((90, 90, 90), (200, 50, 50), (40, 135, 60), (155, 110, 0)),
    *((60, 110, 215), (165, 75, 180), (0, 130, 140), (120, 120, 120)),
]
_BRIGHT = [
    *((120, 120, 120), (215, 70, 70), (70, 145, 30), (165, 120, 20)),
    *((85, 125, 225), (180, 90, 190), (20, 140, 150), (130, 130, 130)),
]
"""Colours that can be read on white as well as on black."""
_PRE = '<pre style="white-space:pre;overflow-x:auto;line-height:1.3">{code}</pre>'


@dataclass(frozen=True, slots=True)
class Sheet:
    """The table.

    Attributes:
        title: what it shows.
        heads: what stands over the columns.
        rows: the cells; numbers are set to the right, with commas between thousands.
        remarks: what is to be said below, a line each.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]
    remarks: Sequence[str] = ()

    def rich(self) -> Group:
        """The table for a terminal."""
        from rich.console import Group
        from rich.text import Text

        from dovetool.views.terminal import make_table

        parts: list[RenderableType] = [Text(printable(self.title), style="bold")]
        if self.rows:
            table = make_table()
            for number, head in enumerate(self.heads):
                table.add_column(Text(head), justify="right" if self._is_number(number) else "left")
            for row in self.rows:
                table.add_row(*(Text(cell_text(cell)) for cell in row))
            parts.append(table)
        return Group(*parts, *(Text(printable(remark)) for remark in self.remarks))

    def html(self) -> str:
        """The table for a notebook."""
        head = "".join(f'<th scope="col"{self._align(number)}>{escape(each)}</th>' for number, each in self._heads())
        lines = [
            "<tr>" + "".join(f"<td{self._align(number)}>{_escaped(cell)}</td>" for number, cell in enumerate(row))
            for row in self.rows
        ]
        body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(f'{line}</tr>' for line in lines)}</tbody>"
        remarks = "".join(f"<div>{_escaped(remark)}</div>" for remark in self.remarks)
        caption = f"<caption>{_escaped(self.title)}</caption>"
        return f"<div><table>{caption}{body if self.rows else ''}</table>{remarks}</div>"

    def _heads(self) -> Iterable[tuple[int, str]]:
        return enumerate(self.heads)

    def _is_number(self, column: int) -> bool:
        return all(isinstance(row[column], int | float | None) for row in self.rows)

    def _align(self, column: int) -> str:
        return f' style="text-align:{"right" if self._is_number(column) else "left"}"'


def cell_text(cell: object) -> str:
    """A value as people read it."""
    if cell is None:
        return ""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}"
    if isinstance(cell, list | tuple):
        return printable(", ".join(map(str, cell)))
    return printable(str(cell))


def _escaped(cell: object) -> str:
    return escape(cell_text(cell))


def plain_text(*parts: RenderableType) -> str:
    """What rich would show, as text without colours."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=_WIDTH, markup=False, highlight=False, color_system=None)
    for part in parts:
        console.print(part)
    assert isinstance(console.file, io.StringIO)  # noqa: S101  (it was made here)
    return "\n".join(line.rstrip() for line in console.file.getvalue().rstrip().splitlines())


def html_text(*parts: RenderableType) -> str:
    """The same with its colours, as HTML for a notebook."""
    from rich.console import Console
    from rich.terminal_theme import TerminalTheme

    console = Console(file=io.StringIO(), width=_WIDTH, markup=False, highlight=False, record=True, force_jupyter=False)
    for part in parts:
        console.print(part)
    return console.export_html(
        theme=TerminalTheme((255, 255, 255), (0, 0, 0), _NORMAL, _BRIGHT), inline_styles=True, code_format=_PRE
    )
