"""Which command of vtysh wrote this? By the fields that it has, as nobody names files alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from dovetool.map_sources.documents import Document
from dovetool.map_sources.linux import outputs as linux

VNI_DETAIL, VNI = "show evpn vni detail", "show evpn vni"
MAC, NEIGHBOUR = "show evpn mac vni all", "show evpn arp-cache vni all"
ROUTER_MAC, NEXT_HOP, SEGMENT = "show evpn rmac vni all", "show evpn next-hops vni all", "show evpn es"
ROUTES, ROUTED_VNI = "show bgp l2vpn evpn", "show bgp l2vpn evpn vni"
INTERFACE = "show interface"
EMPTY = "an empty object"

_LAYERS = ("L2", "L3")  # what is asked for may be a list, which no set takes
_RD = re.compile(r"[0-9.]+:[0-9]+")
_TABLES = (("macs", MAC), ("numArpNd", NEIGHBOUR), ("numNextHops", NEXT_HOP), ("numRmacs", ROUTER_MAC))


def recognise(document: Document) -> str | None:
    """Name the command whose output this is; None: none of EVPN's, nor of iproute2's that tell of its devices."""
    data = document.data
    if document.values > 1:
        return None
    if isinstance(data, dict):
        return _object(data)
    if isinstance(data, list) and data and isinstance(data[0], dict):
        first = data[0]
        if _is_detail(first):
            return VNI_DETAIL
        if "esi" in first and "vteps" in first:
            return SEGMENT
    return linux.recognise(document)


def _object(data: dict[str, object]) -> str | None:
    if not data:
        return EMPTY
    if _is_detail(data):
        return VNI_DETAIL
    if "advertiseAllVnis" in data:
        return ROUTED_VNI
    inner = {key: value for key, value in data.items() if isinstance(value, dict)}
    if any(_RD.fullmatch(key) and "rd" in value for key, value in inner.items()) or "bgpLocalRouterId" in data:
        return ROUTES
    if inner and len(inner) == len(data):
        return _table(inner)
    return None


def _is_detail(data: Mapping[str, object]) -> bool:
    return "vni" in data and data.get("type") in _LAYERS


def _table(tables: dict[str, dict[str, object]]) -> str | None:
    """Name the command whose output has a table for each VNI, or interface."""
    values = tables.values()
    if all(key.isdecimal() for key in tables):
        if _all_have("vni", values):
            return VNI
        return next((name for field, name in _TABLES if _all_have(field, values)), None)
    return INTERFACE if _all_have("interfaceType", values) or _all_have("administrativeStatus", values) else None


def _all_have(field: str, tables: Iterable[dict[str, object]]) -> bool:
    return all(field in table for table in tables)
