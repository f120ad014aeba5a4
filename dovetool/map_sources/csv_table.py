"""The source `csv`: a table with a head, as an inventory or a spreadsheet gives it.

    switch,port,vlan,vnid,network,vm,mac,ip,tep

Any of these columns, in any order, separated by commas, semicolons or tabs. What a row does not say, other rows may:
the VNID of a network by its name, the network of a port, the TEP of a switch.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import ClassVar, NamedTuple

from dovetool.errors import MapTableError
from dovetool.map_sources.csv_row import COLUMNS, Mistake, Row, read_row
from dovetool.map_sources.documents import Document
from dovetool.map_sources.statements import (
    NameStatement,
    NetworkStatement,
    Origin,
    Place,
    PortStatement,
    Statement,
    TepStatement,
    VmStatement,
)
from dovetool.vnid_map.file.problems import quoted

_DELIMITERS = ",;\t"
_FIRST_LINE = re.compile(r"\S[^\r\n]*")


class _Line(NamedTuple):
    """A row, and where it stands."""

    origin: Origin
    row: Row


class CsvTable:
    """Tables of switches, ports, networks, VMs and TEPs."""

    name: ClassVar[str] = "csv"
    summary: ClassVar[str] = "a table with a head: switch, port, vlan, vnid, network, vm, mac, ip, tep"

    def recognise(self, document: Document) -> str | None:
        """A text whose first line has names of columns: two of them, or one alone."""
        head = _head(document.text)
        known = [name for name in head if name in COLUMNS]
        return "table" if len(known) >= 2 or known == head != [] else None

    def statements(self, documents: Sequence[tuple[str, Document]]) -> Iterator[Statement]:
        """What the rows of all tables say together.

        Raises:
            MapTableError: rows have mistakes; of a table all of them.
        """
        tables = [_lines(document) for _, document in documents]
        known = _Known(chain.from_iterable(tables))
        for table in tables:
            mistakes: list[tuple[Origin, Mistake]] = []
            while table:  # rows are let go of, as there may be very many
                line = table.popleft()
                try:
                    yield from _said(line, known)
                except Mistake as mistake:
                    mistakes.append((line.origin, mistake))
            _refuse(mistakes)

    def live_commands(self) -> Iterator[tuple[str, ...]]:
        """No command prints such a table."""
        yield from ()


class _Known:
    """What rows say for other rows: VNIDs of names, networks of ports, TEPs of switches."""

    def __init__(self, lines: Iterable[_Line]) -> None:
        self.vnids: dict[str, int] = {}
        self.teps: dict[str, str | bytes] = {}
        self._said: set[object] = set()
        self._ports: dict[tuple[str | bytes, str, int | None], int | str] = {}
        for _, row in lines:
            if row.network and row.vnid is not None:
                self.vnids.setdefault(row.network, row.vnid)
            if row.switch and row.tep is not None:
                self.teps.setdefault(row.switch, row.tep)
            network = row.network if row.vnid is None else row.vnid
            if row.port and network and (row.switch or row.tep is not None):
                self._ports.setdefault((row.switch or row.tep or "", row.port, row.vlan), network)

    def vnid(self, row: Row) -> int | None:
        """The VNID of a row's network; None: it says nothing of a network."""
        if row.vnid is not None:
            return row.vnid
        if row.network:
            if row.network not in self.vnids:
                raise Mistake("network", f"found {quoted(row.network)}, whose VNID no row tells; expected such a row")
            return self.vnids[row.network]
        network = self._ports.get((row.switch or row.tep or "", row.port, row.vlan))
        return self.vnids.get(network) if isinstance(network, str) else network

    def is_new(self, *what: object) -> bool:
        """Say whether no row has said something before."""
        if what in self._said:
            return False
        self._said.add(what)
        return True

    def place(self, row: Row) -> Place | None:
        """Where a row is about; None: it does not say so."""
        tep = row.tep if row.tep is not None else self.teps.get(row.switch, row.switch)
        return Place(tep, row.switch, row.port, row.vlan) if tep else None


def _said(line: _Line, known: _Known) -> Iterator[Statement]:
    """What a row says, with the help of others."""
    origin, row = line
    vnid, place = known.vnid(row), known.place(row)
    if row.tep is not None and known.is_new(row.tep, row.tep_ips):
        name = row.tep if isinstance(row.tep, str) else ""
        yield TepStatement(origin, name, row.tep_ips)
    if vnid is not None and (row.network or row.vnid is not None) and known.is_new(vnid, row.network):
        yield NetworkStatement(origin, vnid, row.network)
    if place is None and vnid is not None and row.is_name:
        yield NameStatement(origin, vnid, row.mac, row.vm)
    elif row.names_vm:
        yield _vm(origin, row, vnid, place)
    elif place is not None and vnid is not None:
        yield PortStatement(origin, place, vnid)


def _vm(origin: Origin, row: Row, vnid: int | None, place: Place | None) -> VmStatement:
    if vnid is None:
        raise Mistake("vnid", "found no network of the VM; expected vnid, network, or a port whose network a row tells")
    if place is None:
        raise Mistake("tep", "found no place of the VM; expected tep or switch")
    ips, prefixes = row.ips, row.prefixes
    return VmStatement(origin, vnid, place, row.vm, row.mac, ips, prefixes, is_local=True)


def _lines(document: Document) -> deque[_Line]:
    """The rows of a table.

    Raises:
        MapTableError: cells are not what they should be.
    """
    text = document.text
    head, mistakes = _head(text), _strange_columns(document)
    lines: deque[_Line] = deque()
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text))
    is_head = True
    try:
        for cells in reader:
            if not any(map(str.strip, cells)):
                continue
            if is_head:
                is_head = False
                continue
            origin = document.origin._replace(where=f"line {reader.line_num}")
            try:
                lines.append(_Line(origin, read_row(head, cells)))
            except Mistake as mistake:
                mistakes.append((origin, mistake))
    except csv.Error as error:
        mistakes.append((document.origin._replace(where=f"line {reader.line_num}"), Mistake("", f"no table: {error}")))
    _refuse(mistakes)
    return lines


def _strange_columns(document: Document) -> list[tuple[Origin, Mistake]]:
    """Names of columns that are nearly known ones, or stand twice; what else there is, is none of ours."""
    mistakes = []
    head = _head(document.text)
    origin = document.origin._replace(where="line 1")
    for index, name in enumerate(head):
        close = difflib.get_close_matches(name, COLUMNS, n=1, cutoff=0.75)
        if name in head[:index] and name in COLUMNS:
            mistakes.append((origin, Mistake(name, "found a second time; expected each column once")))
        elif name not in COLUMNS and close:
            what = f"found {quoted(name)}; expected one of {', '.join(COLUMNS)} (did you mean {close[0]!r}?)"
            mistakes.append((origin, Mistake(name, what)))
    return mistakes


def _refuse(mistakes: list[tuple[Origin, Mistake]]) -> None:
    if mistakes:
        lines = [f"{origin.file}: {origin.where}{mistake}" for origin, mistake in mistakes]
        raise MapTableError(mistakes[0][0].file, lines)


def _head(text: str) -> list[str]:
    """The names of the columns, in lower case."""
    first = _first_line(text)
    if len(first) > 4096:
        return []
    cells = next(csv.reader([first], delimiter=_delimiter(text)), [])
    return [cell.strip().lower() for cell in cells]


def _delimiter(text: str) -> str:
    first = _first_line(text)
    return max(_DELIMITERS, key=first.count)


def _first_line(text: str) -> str:
    found = _FIRST_LINE.search(text)
    return "" if found is None else found[0]
