"""Tables of an OVSDB database, as `ovn-sbctl -f json list` and `ovsdb-client -f json dump` print them.

A table is `{"headings": [...], "data": [[...], ...]}`; `dump` adds a caption. Values are those of RFC 7047 section 5.1:
a set of one is the bare value, none is `["set", []]`, a map `["map", [[key, value], ...]]`, a row `["uuid", "..."]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from dovetool.errors import MapSourceError
from dovetool.map_sources.ovn.columns import READ
from dovetool.map_sources.statements import Origin

_CAPTION = " table"


class Table:
    """One table of a document.

    Attributes:
        name: what it is called in its schema.
        origin: the file, its host and time, and where in the file the table is.
        columns: name of each column -> its place in a row.
    """

    __slots__ = ("_rows", "columns", "name", "origin")

    def __init__(self, name: str, origin: Origin, value: Mapping[str, Any]) -> None:
        """Take a JSON value that `headings_of` knows.

        Raises:
            MapSourceError: its rows are no list.
        """
        self.name, self.origin = name, origin
        self.columns = {column: index for index, column in enumerate(value["headings"])}
        rows = value.get("data")
        if not isinstance(rows, list):
            raise MapSourceError(origin.file, f"{name}.data", f"found {_described(rows)}; expected a list of rows")
        self._rows: list[Any] = rows

    def require(self, columns: Sequence[str]) -> None:
        """Have a table that has these columns.

        Raises:
            MapSourceError: one is missing.
        """
        missing = [column for column in columns if column not in self.columns]
        if missing:
            what = f"found no column {', '.join(missing)}; expected the table as list or dump print it"
            raise MapSourceError(self.origin.file, self.name, what)

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows.

        Raises:
            MapSourceError: a row does not have a value for each column.
        """
        width = len(self.columns)
        for index, values in enumerate(self._rows):
            if not isinstance(values, list) or len(values) != width:
                found = f"{len(values):,} values" if isinstance(values, list) else _described(values)
                where = f"{self.name}[{index}]"
                raise MapSourceError(
                    self.origin.file, where, f"found {found}; expected one for each of {width} columns"
                )
            yield Row(self, index, values)


class Row:
    """A row of a table. A column that an older version does not have, or that was not asked for, reads as empty."""

    __slots__ = ("_values", "index", "table")

    def __init__(self, table: Table, index: int, values: list[Any]) -> None:
        self.table, self.index, self._values = table, index, values

    @property
    def origin(self) -> Origin:
        """Where it stands, as table and number."""
        return self.table.origin._replace(where=f"{self.table.name}[{self.index}]")

    def error(self, column: str, what: str) -> MapSourceError:
        """Return the error that a value of the row is not what it should be."""
        return MapSourceError(self.table.origin.file, f"{self.table.name}[{self.index}].{column}", what)

    def text(self, column: str) -> str:
        """The text in a column; empty: none.

        Raises:
            MapSourceError: it is no text, or there are several.
        """
        value = self._value(column)
        if isinstance(value, str):
            return value
        return "" if value is None else self._only(column, self._strings(column, value))

    def texts(self, column: str) -> list[str]:
        """The texts in a column.

        Raises:
            MapSourceError: it has something else.
        """
        value = self._value(column)
        if isinstance(value, str):
            return [value]
        return [] if value is None else self._strings(column, value)

    def uuid(self, column: str) -> str:
        """The row that a column refers to; empty: none.

        Raises:
            MapSourceError: it has something else, or several.
        """
        value = self._value(column)
        if _is_tagged(value, "uuid") and isinstance(value[1], str):
            return value[1]
        return "" if value is None else self._only(column, self.uuids(column))

    def uuids(self, column: str) -> list[str]:
        """The rows that a column refers to.

        Raises:
            MapSourceError: it has something else.
        """
        value = self._value(column)
        if value is None:
            return []
        references = self._atoms(column, value)
        for reference in references:
            if not _is_tagged(reference, "uuid") or not isinstance(reference[1], str):
                raise self.error(column, f"found {_described(reference)}; expected a reference to a row")
        return [reference[1] for reference in references]

    def number(self, column: str) -> int | None:
        """The whole number in a column; None: none.

        Raises:
            MapSourceError: it is no number, or there are several.
        """
        atoms = self._atoms(column, self._value(column))
        for atom in atoms:
            if not isinstance(atom, int) or isinstance(atom, bool):
                raise self.error(column, f"found {_described(atom)}; expected a whole number")
        if len(atoms) > 1:
            raise self.error(column, f"found {len(atoms):,} numbers; expected one")
        return atoms[0] if atoms else None

    def flag(self, column: str) -> bool | None:
        """The truth value in a column; None: none.

        Raises:
            MapSourceError: it has something else.
        """
        atoms = self._atoms(column, self._value(column))
        if len(atoms) > 1 or not all(isinstance(atom, bool) for atom in atoms):
            raise self.error(column, f"found {_described(self._value(column))}; expected true or false")
        return atoms[0] if atoms else None

    def mapping(self, column: str) -> dict[str, str]:
        """The keys and texts in a column.

        Raises:
            MapSourceError: it is no map of texts.
        """
        value = self._value(column)
        if value is None:
            return {}
        if not _is_tagged(value, "map") or not isinstance(value[1], list):
            raise self.error(column, f"found {_described(value)}; expected a map")
        for pair in value[1]:
            if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(each, str) for each in pair):
                raise self.error(column, f"found {_described(pair)}; expected a key and a text")
        return dict(value[1])

    def _value(self, column: str) -> object:
        place = self.table.columns.get(column)
        if place is not None:
            return self._values[place]
        if column not in READ:
            raise AssertionError(f"{column} is no column that is kept")
        return None

    def _atoms(self, column: str, value: object) -> list[Any]:
        if not isinstance(value, list):
            return [] if value is None else [value]
        if _is_tagged(value, "set") and isinstance(value[1], list):
            return list(value[1])
        if _is_tagged(value, "uuid"):
            return [value]
        raise self.error(column, f"found {_described(value)}; expected a value or a set")

    def _strings(self, column: str, value: object) -> list[str]:
        atoms = self._atoms(column, value)
        for atom in atoms:
            if not isinstance(atom, str):
                raise self.error(column, f"found {_described(atom)}; expected text")
        return atoms

    def _only(self, column: str, texts: list[str]) -> str:
        if len(texts) > 1:
            raise self.error(column, f"found {len(texts):,} values; expected one")
        return texts[0] if texts else ""


def headings_of(value: object) -> frozenset[str] | None:
    """The columns of a table; None: the value is no table of an OVSDB database."""
    headings = value.get("headings") if isinstance(value, dict) and "data" in value else None
    if not isinstance(headings, list) or not all(isinstance(column, str) for column in headings):
        return None
    return frozenset(headings)


def caption_of(value: Mapping[str, Any]) -> str:
    """The name of a table as `dump` captions it; empty: `list` prints none."""
    caption = value.get("caption")
    return caption.removesuffix(_CAPTION) if isinstance(caption, str) else ""


def _is_tagged(value: object, tag: str) -> TypeGuard[list[Any]]:
    return isinstance(value, list) and len(value) == 2 and value[0] == tag


def _described(value: object) -> str:
    """Say in a few words what a JSON value is."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."
