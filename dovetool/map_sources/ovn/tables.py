"""Which tables of OVSDB databases say something of a network, and how they are told apart: by their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dovetool.map_sources.documents import Document
from dovetool.map_sources.ovn.links import KIND, is_links
from dovetool.map_sources.ovn.ovsdb import Table, caption_of, headings_of

SOUTHBOUND, NORTHBOUND, VSWITCH = "OVN_Southbound", "OVN_Northbound", "Open_vSwitch"


class Kind(NamedTuple):
    """A table that is read.

    Attributes:
        name: its name.
        database: whose it is.
        marks: columns that only it has together, of all tables of the three databases that have no column of `strange`.
        needed: columns that it cannot do without; of a table as `list` prints it there are more that are read.
        strange: columns by which it is a table like it, which is not read.
    """

    name: str
    database: str
    marks: frozenset[str]
    needed: tuple[str, ...]
    strange: frozenset[str]


def _kind(name: str, database: str, marks: str, needed: str, strange: str = "") -> Kind:
    return Kind(name, database, frozenset(marks.split()), tuple(needed.split()), frozenset(strange.split()))


KINDS = {
    kind.name: kind
    for kind in (
        _kind("Chassis", SOUTHBOUND, "name encaps", "_uuid name encaps", "availability_zone"),
        _kind("Encap", SOUTHBOUND, "ip type chassis_name", "_uuid ip type", "protocol"),
        _kind(
            "Datapath_Binding",
            SOUTHBOUND,
            "tunnel_key external_ids",
            "_uuid tunnel_key external_ids",
            "logical_port",
        ),
        _kind(
            "Port_Binding",
            SOUTHBOUND,
            "logical_port tunnel_key",
            "_uuid logical_port datapath tunnel_key type mac chassis options",
            "transit_switch",
        ),
        _kind(
            "MAC_Binding",
            SOUTHBOUND,
            "logical_port datapath ip mac",
            "logical_port ip mac",
            "protocol external_ids",
        ),
        _kind("FDB", SOUTHBOUND, "dp_key port_key mac", "dp_key port_key mac"),
        _kind("Logical_Switch_Port", NORTHBOUND, "name addresses dynamic_addresses", "name dynamic_addresses"),
        _kind("Logical_Switch", NORTHBOUND, "name ports qos_rules", "_uuid name"),
        _kind("Logical_Router", NORTHBOUND, "name ports static_routes", "_uuid name enabled"),
        _kind("Logical_Router_Port", NORTHBOUND, "name mac networks", "name mac networks", "tr_uuid"),
        _kind("Open_vSwitch", VSWITCH, "bridges external_ids", "external_ids"),
        _kind("Bridge", VSWITCH, "name ports datapath_type", "name ports"),
        _kind("Port", VSWITCH, "name interfaces", "_uuid interfaces"),
        _kind("Interface", VSWITCH, "name mac_in_use", "_uuid name mac_in_use external_ids status"),
    )
}


def kind_of(value: object) -> Kind | None:
    """Tell which of the tables a JSON value is; None: it is none of them."""
    columns = headings_of(value)
    if columns is None or not isinstance(value, Mapping):
        return None
    caption = caption_of(value)
    if caption:
        return KINDS.get(caption)
    return next((kind for kind in KINDS.values() if kind.marks <= columns and not kind.strange & columns), None)


def described(document: Document) -> str | None:
    """Say what a document has: one table, several of a database, or links; None: nothing that is read."""
    if is_links(document):
        return KIND
    values = _values(document)
    if not values or any(headings_of(value) is None for value in values):
        return None
    kinds = [kind for kind in map(kind_of, values) if kind is not None]
    names = {kind.name for kind in kinds}
    databases = {kind.database for kind in kinds}
    if len(names) > 1:
        return databases.pop() if len(databases) == 1 else "tables"
    return names.pop() if names else None


def tables_of(document: Document) -> Iterator[Table]:
    """Yield the tables of a document that are read.

    Raises:
        MapSourceError: one does not have the columns that it should, or has no rows.
    """
    for value in _values(document):
        kind = kind_of(value)
        if kind is not None:
            table = Table(kind.name, document.origin, value)
            table.require(kind.needed)
            yield table


def _values(document: Document) -> list[Any]:
    return document.data if isinstance(document.data, list) else [document.data]
