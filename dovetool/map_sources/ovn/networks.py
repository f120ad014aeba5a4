"""Datapaths: logical switches, which are networks, and logical routers; their names and VNIDs."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from dovetool.map_sources.ovn.ovsdb import Row
from dovetool.map_sources.ovn.snapshot import Snapshot
from dovetool.map_sources.statements import NetworkStatement, Origin

_SWITCH, _ROUTER = "logical-switch", "logical-router"
_LAST_KEY = 0xFFFFFF
PACKED_MASK = 0xFFF
"""The bits of a VNID that tell the network where the egress port is above them: VXLAN has 24 bits for both."""


class Datapath(NamedTuple):
    """A logical switch or router.

    Attributes:
        origin: where its row stands.
        name: its name; empty: none.
        key: the VNID of frames in it.
        is_router: it is a router.
        northbound: what refers to it in the northbound database.
    """

    origin: Origin
    name: str
    key: int
    is_router: bool
    northbound: str

    def statement(self, *, packed: bool, floods: bool | None = None) -> NetworkStatement:
        """Say that it is a network.

        Args:
            packed: tunnels have the egress port in the VNID, too; a key of more bits is that of a transit switch
                between zones, and stays as it is.
            floods: frames for unknown addresses go somewhere.
        """
        mask = PACKED_MASK if packed and self.key <= PACKED_MASK else None
        return NetworkStatement(self.origin, self.key, self.name, mask, floods=floods)


def read(snapshot: Snapshot) -> dict[str, Datapath]:
    """The datapaths, by what others refer to them with.

    Raises:
        MapSourceError: a value is not what it should be, or two have one key.
    """
    rows = snapshot.by_uuid("Datapath_Binding")
    friendly = Counter(row.mapping("external_ids").get("name2", "") for row in rows.values())
    northern = {
        row.uuid("_uuid"): row.text("name")
        for kind in ("Logical_Switch", "Logical_Router")
        for row in snapshot.rows(kind)
    }
    found: dict[str, Datapath] = {}
    keys: dict[int, Row] = {}
    for uuid, row in rows.items():
        found[uuid] = _datapath(row, friendly, northern)
        other = keys.setdefault(found[uuid].key, row)
        if other is not row:
            what = f"found {found[uuid].key}, as in {other.origin.file} {other.origin.where}"
            raise row.error("tunnel_key", f"{what}; expected the tables of one southbound database")
    return found


def _datapath(row: Row, friendly: Counter[str], northern: dict[str, str]) -> Datapath:
    outside = row.mapping("external_ids")
    is_router = row.text("type") == _ROUTER or _ROUTER in outside
    northbound = row.text("nb_uuid") or outside.get(_ROUTER if is_router else _SWITCH, "")
    name = outside.get("name2", "")
    if not name or friendly[name] > 1:
        name = outside.get("name", "") or northern.get(northbound, "")
    return Datapath(row.origin, name, _key(row), is_router, northbound)


def _key(row: Row) -> int:
    key = row.number("tunnel_key")
    if key is None or not 1 <= key <= _LAST_KEY:
        raise row.error("tunnel_key", f"found {key}; expected a number from 1 to {_LAST_KEY}")
    return key
