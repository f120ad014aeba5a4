"""Rows about kinds of findings: a table where there is room, else a paragraph a row, as their texts are long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dovetool.belonging.finding import Kind
from dovetool.belonging.rule import Severity
from dovetool.values import dataclass
from dovetool.views.terminal import make_table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_ROOMY = 120
"""Columns from which on a table is readable even if some of its cells are folded."""
_INDENT = 2


@dataclass(frozen=True, slots=True)
class Row:
    """What is to be shown of a kind: plain text, and never markup.

    Attributes:
        kind: the kind.
        cells: what a table has behind severity and reason.
        aside: what a paragraph has there.
        below: its lines below.
    """

    kind: Kind
    cells: tuple[str, ...]
    aside: str
    below: tuple[str, ...]


def show_rows(console: Console, heads: Sequence[str], rows: Sequence[Row], right: Sequence[str] = ()) -> None:
    """Print rows with `heads` over their cells; those in `right` are numbers."""
    from rich.measure import Measurement
    from rich.text import Text

    table = make_table()
    for head in ("Severity", "Reason", *heads):
        table.add_column(head, justify="right" if head in right else "left", overflow="fold")
    for row in rows:
        table.add_row(_severity(row.kind), row.kind.reason, *map(Text, row.cells))
    natural = Measurement.get(console, console.options.update(width=_ROOMY), table).maximum
    if console.width >= _ROOMY or natural <= console.width:
        console.print(table)
        return
    for row in rows:
        _show_paragraph(console, row)


def _show_paragraph(console: Console, row: Row) -> None:
    """The severity, the reason and what is aside on one line; all else below it, set in."""
    from rich.text import Text

    console.print(Text.assemble(_severity(row.kind), f"  {row.kind.reason}", f"  {row.aside}" if row.aside else ""))
    for line in row.below:
        for part in Text(line).wrap(console, max(console.width - _INDENT, 1), overflow="fold"):
            console.print(Text(" " * _INDENT + part.plain.rstrip()))
    console.print()


def _severity(kind: Kind) -> Text:
    from rich.text import Text

    return Text(kind.severity, style=_STYLES[kind.severity])
