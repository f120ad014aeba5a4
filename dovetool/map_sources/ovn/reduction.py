"""What is kept of a table while its file is read: the columns that say something, each reference in memory once."""

from __future__ import annotations

from typing import Any

from dovetool.map_sources.ovn.columns import READ
from dovetool.map_sources.ovn.ovsdb import headings_of
from dovetool.map_sources.ovn.tables import KINDS

_TELLING = READ.union(*(kind.marks | kind.strange | set(kind.needed) for kind in KINDS.values()))
"""Columns that are read, or by which tables are told apart."""
_ID = "_uuid"
"""No two rows have the same."""


def reduced(value: dict[str, Any]) -> dict[str, Any]:
    """A table as `list` or `dump` print it, without the most of what nobody reads; anything else as it is."""
    headings, rows = headings_of(value), value.get("data")
    if headings is None or not isinstance(rows, list):
        return value
    columns: list[str] = value["headings"]
    if any(not isinstance(row, list) or len(row) != len(columns) for row in rows):
        return value  # that is told when it is read
    known: dict[str, Any] = {}
    kept = [index for index, column in enumerate(columns) if column in _TELLING]
    for number, row in enumerate(rows):
        rows[number] = [_cell(columns[index], row[index], known) for index in kept]
    return {**value, "headings": [columns[index] for index in kept]}


def _cell(column: str, cell: Any, known: dict[str, Any]) -> Any:  # noqa: ANN401  (any JSON)
    """What is kept of a cell; one list stands for all references to a row."""
    if column not in READ:
        return None
    is_reference = isinstance(cell, list) and len(cell) == 2 and cell[0] == "uuid" and isinstance(cell[1], str)
    return known.setdefault(cell[1], cell) if is_reference and column != _ID else cell
