"""The tables of one snapshot, by name; what stands in several files counts once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import field

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document
from dovetool.map_sources.ovn.links import is_links, macs
from dovetool.map_sources.ovn.ovsdb import Row, Table
from dovetool.map_sources.ovn.tables import KINDS, VSWITCH, tables_of
from dovetool.values import dataclass


@dataclass(slots=True)
class Snapshot:
    """What was read at one time.

    Attributes:
        tables: those of OVN's two databases, by name.
        switches: those of the Open vSwitch of each host, by host, then by name; a file that has several of them is a
            host of its own.
        links: MAC addresses by the names of links, by host.
    """

    tables: defaultdict[str, list[Table]] = field(default_factory=lambda: defaultdict(list))
    switches: defaultdict[str, defaultdict[str, list[Table]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    links: defaultdict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Snapshot:
        """Sort the tables of documents.

        Raises:
            MapSourceError: one does not have the columns that it should.
        """
        snapshot = cls()
        for document in documents:
            if is_links(document):
                snapshot.links[document.origin.host] |= macs(document)
                continue
            tables = list(tables_of(document))
            names = {table.name for table in tables}
            is_whole = {"Open_vSwitch", "Interface"} <= names
            owner = document.origin.file if is_whole else f"host {document.origin.host}"
            for table in tables:
                is_switch = KINDS[table.name].database == VSWITCH
                (snapshot.switches[owner] if is_switch else snapshot.tables)[table.name].append(table)
        return snapshot

    def has(self, name: str) -> bool:
        """Say whether a table of OVN's was read at all."""
        return bool(self.tables.get(name))

    def by_uuid(self, name: str) -> dict[str, Row]:
        """The rows of a table of OVN's, by what others refer to them with."""
        return {row.uuid("_uuid"): row for row in self.rows(name)}

    def lost(self, row: Row, column: str, name: str) -> MapSourceError:
        """Return the error that a row refers to one of a table that does not have it."""
        if not self.has(name):
            return row.error(column, f"refers to the table {name}, which is in none of the files")
        return row.error(column, f"refers to a row that {name} does not have; were the tables read at one time?")

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows of a table of OVN's, each once."""
        return rows_of(self.tables.get(name, ()))


def rows_of(tables: Iterable[Table]) -> Iterator[Row]:
    """Yield the rows of tables of one name, each once: the same row has the same `_uuid`."""
    seen: set[str] = set()
    for table in tables:
        for row in table:
            uuid = row.uuid("_uuid")
            if uuid and uuid in seen:
                continue
            seen.add(uuid)
            yield row
