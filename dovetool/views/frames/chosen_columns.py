"""Frames in columns that were chosen: separated by commas or tabs, or as JSON objects with these alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import field
from enum import StrEnum
from typing import IO, Protocol

from dovetool.analysis.columns import Cells, FrameTable, LookTable, Value, cells_of
from dovetool.analysis.found_frames import FoundFrames
from dovetool.observe.catalogue import ALL_COLUMNS
from dovetool.observe.names import Names
from dovetool.values import dataclass
from dovetool.views.plain import printable


class Form(StrEnum):
    """How columns are written."""

    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    JSON_LINES = "jsonl"


def column_list() -> str:
    """A line for each column: name, kind and unit, Wireshark's name, and what it says; those of layers come last."""
    rows = [
        (each.name, f"{each.kind}{f' ({each.unit})' if each.unit else ''}", each.wireshark, each.told)
        for each in ALL_COLUMNS.values()
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    return "".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) + "\n"
        for row in [("COLUMN", "KIND", "WIRESHARK", "WHAT IT SAYS"), *rows]
    )


class _Lines(Protocol):
    """Writes rows."""

    def head(self) -> None:
        """Before the first row."""

    def rows(self, cells: Sequence[Cells]) -> None:
        """Some more rows, column by column."""

    def end(self) -> None:
        """There are no more."""


@dataclass(slots=True)
class ColumnsPrinter:
    """Writes the chosen columns of frames.

    Attributes:
        output: where they go.
        names: gives names.
        chosen: names of columns of the catalogue.
        form: how they are written.
        by_layer: a row is an overlay header, not a frame.
    """

    output: IO[str]
    names: Names
    chosen: Sequence[str]
    form: Form
    by_layer: bool = False
    _table: LookTable = field(init=False)
    _lines: _Lines = field(init=False)
    _has_begun: bool = False

    def __post_init__(self) -> None:
        self._table = LookTable(self.names, self.by_layer)
        is_json = self.form in (Form.JSON, Form.JSON_LINES)
        self._lines = _Json(self.output, self.chosen, self.form is Form.JSON) if is_json else self._separated()

    def show(self, found: FoundFrames) -> None:
        """Show some more frames."""
        self._begin()
        frames = FrameTable(found, self._table)
        self._lines.rows([cells_of(name, frames) for name in self.chosen])

    def end(self) -> None:
        """There are no more; a head is written without any, too."""
        self._begin()
        self._lines.end()

    def _begin(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._lines.head()

    def _separated(self) -> _Lines:
        return _Separated(self.output, self.chosen, *((",", "\r\n") if self.form is Form.CSV else ("\t", "\n")))


@dataclass(slots=True)
class _Separated:
    """Comma-separated values (RFC 4180), or the same with tabs and the ends of lines that other tools have."""

    output: IO[str]
    chosen: Sequence[str]
    separator: str
    line_end: str

    def head(self) -> None:
        self._write([self.chosen])

    def rows(self, cells: Sequence[Cells]) -> None:
        columns = [each.mapped(_text_of(name)) for name, each in zip(self.chosen, cells, strict=True)]
        self._write(list(zip(*columns, strict=True)))

    def _write(self, rows: Sequence[Sequence[str]]) -> None:
        csv.writer(self.output, delimiter=self.separator, lineterminator=self.line_end).writerows(rows)

    def end(self) -> None:
        """Nothing is left to say."""


def _text_of(name: str) -> Callable[[Value], str]:
    """Puts values of a column into a cell; names are data, and never control a terminal."""
    nothing = "ok" if name == "verdict" else ""
    separator = "; " if name == "comments" else "/"

    def text(value: Value) -> str:
        if value is None:
            return ""
        if isinstance(value, tuple):
            return printable(separator.join(map(str, value))) or nothing
        return printable(value) if isinstance(value, str) else str(value)

    return text


@dataclass(slots=True)
class _Json:
    """JSON objects: one a line, or all of them in one array."""

    output: IO[str]
    chosen: Sequence[str]
    is_array: bool
    _is_first: bool = True

    def head(self) -> None:
        """An array begins with its first object."""

    def rows(self, cells: Sequence[Cells]) -> None:
        template = "{" + ", ".join(f'"{name}": %s' for name in self.chosen) + "}"
        texts = zip(*(each.mapped(_encoded) for each in cells), strict=True)
        objects = list(map(template.__mod__, texts))
        if self.is_array and objects:
            self.output.write(("[\n" if self._is_first else ",\n") + ",\n".join(objects))
            self._is_first = False
        elif objects:
            self.output.write("\n".join(objects) + "\n")

    def end(self) -> None:
        """Close the array."""
        if self.is_array:
            self.output.write("[]\n" if self._is_first else "\n]\n")


def _encoded(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False)
