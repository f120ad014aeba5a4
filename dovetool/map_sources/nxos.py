"""The source `nxos`: Cisco's NX-OS, by the JSON that `show ... | json` prints, or NX-API's answers.

The shapes are those that public scripts, parsers and their dumps have; they were not tried on a device. What does not
fit is an error. Tables of L2 routes tell VLANs (topologies); `show nve vni` says which VNID a VLAN has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from dovetool.map_sources.documents import Document
from dovetool.map_sources.fields import Fields, whole
from dovetool.map_sources.leaf import Heard, Leaf, Leaves
from dovetool.map_sources.statements import Origin, Statement
from dovetool.map_sources.vendor_fields import ip_of, mac_of, optional_mac, table
from dovetool.wire.fields import is_multicast

_LAST_VLAN, _LAST_VNID, _DEPTH = 4094, 0xFFFFFF, 8
_TABLES = {
    "nve_peers": "show nve peers",
    "nve_vni": "show nve vni",
    "nve_if": "show nve interface",
    "l2route_mac_all": "show l2route evpn mac all",
    "l2route_mac_ip_all": "show l2route evpn mac-ip all",
}
_TYPE = re.compile(r"(L[23]) \[(.+)\]")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+")


class Nxos:
    """Outputs of Cisco's NX-OS."""

    name: ClassVar[str] = "nxos"
    summary: ClassVar[str] = (
        "Cisco NX-OS: show nve peers|vni, nve interface nve1 detail, l2route evpn mac|mac-ip all; as JSON"
    )

    def recognise(self, document: Document) -> str | None:
        """Name the command whose output a document is."""
        return next((_TABLES[name] for name, _, _ in _tables(document.data, document.origin)), None)

    def statements(self, documents: Sequence[tuple[str, Document]]) -> Iterator[Statement]:
        """Say what all leaves say together.

        Raises:
            MapSourceError: an output does not have the shape that it should.
        """
        leaves = Leaves()
        for _, document in documents:
            for name, data, origin in _tables(document.data, document.origin):
                fields = Fields(data, origin)
                for row in table(fields, name):
                    _READERS[name](leaves.of(origin), row)
        yield from leaves.statements()

    def live_commands(self) -> Iterator[tuple[str, ...]]:
        """The commands of this host: none, as nobody runs this on a switch."""
        return iter(())


def _tables(data: object, origin: Origin, depth: int = 0) -> Iterator[tuple[str, object, Origin]]:
    """The tables in a document, however NX-API wraps them: `ins_api`, `result`, `body`, one answer or several."""
    if depth > _DEPTH:
        return
    if isinstance(data, dict):
        found = [name for name in _TABLES if f"TABLE_{name}" in data]
        yield from ((name, data, origin) for name in found)
        inner = [] if found else [(f".{key}", each) for key, each in data.items()]
    else:
        inner = [(f"[{index}]", each) for index, each in enumerate(data)] if isinstance(data, list) else []
    for step, each in inner:
        if isinstance(each, dict | list):
            yield from _tables(each, origin._replace(where=f"{origin.where}{step}".removeprefix(".")), depth + 1)


def _peer(leaf: Leaf, row: Fields) -> None:
    ip = ip_of(row, "peer-ip")
    if ip:
        leaf.peers[ip] = (optional_mac(row, "router-mac"), row.origin)


def _vni(leaf: Leaf, row: Fields) -> None:
    vnid = _number(row, "vni", _LAST_VNID)
    match = _TYPE.fullmatch(row.text("type").strip())
    if not vnid or match is None:
        raise row.bad("type", f"expected 'L2 [VLAN]' or 'L3 [VRF]', found {row.text('type')[:40]!r}")
    layer, what = match.groups()
    if layer == "L3":
        leaf.vrfs[what] = vnid
        return
    vlan = whole(what, _LAST_VLAN)
    if not vlan:
        raise row.bad("type", f"expected a VLAN in [], found {what[:40]!r}")
    leaf.vnids[vlan] = vnid
    group = row.text("mcast").strip()
    ip = row.as_ip(group, "mcast") if _ADDRESS.fullmatch(group) and not group.isdecimal() else b""
    if ip and is_multicast(ip):
        leaf.groups[vnid] = ip


def _own(leaf: Leaf, row: Fields) -> None:
    """The address of a pair of leaves (vPC) is what others send to; each has its own besides."""
    pair, own = ip_of(row, "secondary-ip"), ip_of(row, "primary-ip")
    leaf.origin = row.origin
    leaf.ips = tuple(dict.fromkeys(ip for ip in (pair, own) if ip))
    leaf.shared = bool(pair)
    macs = (optional_mac(row, "local-rmac"), optional_mac(row, "vip-rmac"))
    leaf.router_macs = tuple(dict.fromkeys(mac for mac in macs if mac))


def _mac(leaf: Leaf, row: Fields) -> None:
    vlan = _number(row, "topo-id", _LAST_VLAN)
    if vlan:
        leaf.heard.append(Heard(row.origin, vlan, mac_of(row, "mac-addr"), _next_hop(row)))


def _mac_ip(leaf: Leaf, row: Fields) -> None:
    vlan, ip = _number(row, "topo-id", _LAST_VLAN), ip_of(row, "host-ip")
    where = _next_hop(row)
    if vlan and ip:  # a host of its own has no port here: the table of MAC addresses has it
        place = where if isinstance(where, bytes) else ""
        leaf.heard.append(Heard(row.origin, vlan, mac_of(row, "mac-addr"), place, (ip,)))


def _next_hop(row: Fields) -> str | bytes:
    """Where a MAC address is: another TEP, with a label behind it in some versions, or a port of this leaf."""
    text = row.text("next-hop") or row.text("next-hop1")
    if not text and "TABLE_nexthop" in row:
        text = next((each.text("nh") for each in table(row, "nexthop")), "")
    text = text.split(" ")[0].strip(",")
    if _ADDRESS.fullmatch(text) and ("." in text or ":" in text):
        return row.as_ip(text, "next-hop")
    return "" if text.lower() in {"", "local", "n/a"} else text


def _number(row: Fields, key: str, most: int) -> int | None:
    """A number, which is text in some versions."""
    value = row.data.get(key)
    return whole(value.strip(), most) if isinstance(value, str) else row.number(key, most)


_READERS = {
    "nve_peers": _peer,
    "nve_vni": _vni,
    "nve_if": _own,
    "l2route_mac_all": _mac,
    "l2route_mac_ip_all": _mac_ip,
}
