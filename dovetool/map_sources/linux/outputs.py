"""Which command of iproute2 wrote this? By the fields that its rows have, as nobody names files alike."""

from __future__ import annotations

from collections.abc import KeysView

from dovetool.map_sources.documents import Document

LINK, ADDRESS, BRIDGE_LINK = "ip link", "ip addr", "bridge link"
NEIGHBOUR, ROUTE, NEXT_HOP = "ip neigh", "ip route", "ip nexthop"
FDB, VLAN, TUNNEL, VNI = "bridge fdb", "bridge vlan", "bridge vlan tunnelshow", "bridge vni"
EMPTY = "an empty list"


def recognise(document: Document) -> str | None:
    """Name the command whose output this is; None: none of iproute2.

    Rows of the kinds that were not asked for are `{}` in its JSON, and are passed over.
    """
    data = document.data
    if document.values > 1:
        return None
    if isinstance(data, dict) and data:
        return VLAN if all(map(_is_vlans, data.values())) else None  # until iproute2 4.16
    if not isinstance(data, list):
        return None
    row = next((row for row in data if row != {}), None)
    if row is None:
        return EMPTY
    return _by_fields(row.keys()) if isinstance(row, dict) else None


def _by_fields(keys: KeysView[str]) -> str | None:
    """Name the command by the fields of one row."""
    has = keys.__contains__
    if has("mac") and (has("ifname") or has("dev") or has("flags")):
        return FDB
    if has("ifname"):
        for field, name in (("vlans", VLAN), ("tunnels", TUNNEL), ("vnis", VNI), ("addr_info", ADDRESS)):
            if has(field):
                return name
        return LINK if has("link_type") else BRIDGE_LINK if has("ifindex") and has("master") else None
    if has("dst"):
        return NEIGHBOUR if has("state") or has("lladdr") else ROUTE if has("dev") or has("gateway") else None
    return NEXT_HOP if has("id") and (has("gateway") or has("group")) and has("flags") else None


def _is_vlans(value: object) -> bool:
    """Say whether a value is what old versions of `bridge vlan` have behind the name of a port."""
    return isinstance(value, list) and all(isinstance(row, dict) and "vlan" in row for row in value)
