"""The Open vSwitch of each chassis: the interfaces of logical ports, and the MAC addresses of the tunnel end point.

No table of OVN's has them. A tunnel leaves by the interface that its `status:tunnel_egress_iface` names; where that one
is a port of Open vSwitch too, its `mac_in_use` is the source of what the tunnel sends; else that link's MAC address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from dovetool.map_sources.ovn.addresses import packed, parse_mac
from dovetool.map_sources.ovn.chassis import Chassis
from dovetool.map_sources.ovn.ovsdb import Row, Table
from dovetool.map_sources.ovn.snapshot import Snapshot, rows_of
from dovetool.map_sources.statements import TepStatement

_TUNNELS = frozenset({"geneve", "vxlan", "stt"})
_BRIDGE = "br-int"
_NS_PER_MS = 1_000_000


class Vif(NamedTuple):
    """An interface that a logical port is at.

    Attributes:
        name: its name.
        since_ns: when ovn-controller had set up all for it; None: not told.
    """

    name: str
    since_ns: int | None


class Vswitch(NamedTuple):
    """The Open vSwitch of one chassis.

    Attributes:
        chassis: what other rows refer to the chassis with.
        vifs: logical port -> its interface.
        tep: the MAC addresses of the tunnel end point; None: not told.
    """

    chassis: str
    vifs: Mapping[str, Vif]
    tep: TepStatement | None


def read(snapshot: Snapshot, chassis: Mapping[str, Chassis], bound: Mapping[str, str]) -> list[Vswitch]:
    """What the Open vSwitch of chassis says; of a host that is no chassis, nothing.

    Args:
        snapshot: all tables.
        chassis: the chassis, by what others refer to them with.
        bound: logical port -> the chassis that it is bound to.

    Raises:
        MapSourceError: a value is not what it should be.
    """
    found = []
    for tables in snapshot.switches.values():
        interfaces = list(rows_of(tables.get("Interface", ())))
        own = list(rows_of(tables.get("Open_vSwitch", ())))
        vifs = _vifs(interfaces, _integration_ports(own, tables))
        uuid = _by_id(own, chassis) if own else _by_host(interfaces, chassis) or _by_ports(vifs, bound)
        if uuid is not None and interfaces:
            links = snapshot.links.get(interfaces[0].table.origin.host, {})
            found.append(Vswitch(uuid, vifs, _tep(interfaces, links, chassis, chassis[uuid])))
    return found


def _by_id(own: list[Row], chassis: Mapping[str, Chassis]) -> str | None:
    """The chassis whose system-id it has; None: none, or the tables of several are mixed."""
    names = {row.mapping("external_ids").get("system-id", "") for row in own}
    return next((uuid for uuid, each in chassis.items() if {each.name} == names), None)


def _by_host(interfaces: list[Row], chassis: Mapping[str, Chassis]) -> str | None:
    """The chassis that the host of the file is called."""
    hosts = {row.table.origin.host for row in interfaces} - {""}
    fitting = [uuid for uuid, each in chassis.items() if {each.name, each.label, each.hostname} & hosts]
    return fitting[0] if len(fitting) == 1 else None


def _by_ports(vifs: Mapping[str, Vif], bound: Mapping[str, str]) -> str | None:
    """The chassis that most of its logical ports are bound to."""
    places = Counter(bound[port] for port in vifs if port in bound)
    return places.most_common(1)[0][0] if places else None


def _integration_ports(own: list[Row], tables: Mapping[str, list[Table]]) -> frozenset[str] | None:
    """The interfaces at the bridge that OVN works on; None: not told."""
    if not own or not tables.get("Bridge") or not tables.get("Port"):
        return None
    bridge = own[0].mapping("external_ids").get("ovn-bridge", _BRIDGE)
    ports = {uuid for row in rows_of(tables["Bridge"]) if row.text("name") == bridge for uuid in row.uuids("ports")}
    at_bridge = (row for row in rows_of(tables["Port"]) if row.uuid("_uuid") in ports)
    return frozenset(uuid for row in at_bridge for uuid in row.uuids("interfaces"))


def _vifs(interfaces: list[Row], at_bridge: frozenset[str] | None) -> dict[str, Vif]:
    vifs: dict[str, Vif] = {}
    for row in interfaces:
        outside = row.mapping("external_ids")
        port = outside.get("iface-id", "")
        if port and (at_bridge is None or row.uuid("_uuid") in at_bridge) and (row.number("ofport") or 0) >= 0:
            since = outside.get("ovn-installed-ts", "")
            is_time = since.isascii() and since.isdecimal() and len(since) <= 15
            vifs.setdefault(port, Vif(row.text("name"), int(since) * _NS_PER_MS if is_time else None))
    return vifs


def _tep(
    interfaces: list[Row], links: Mapping[str, bytes], chassis: Mapping[str, Chassis], own: Chassis
) -> TepStatement | None:
    """Say which MAC addresses the tunnels to other chassis send from; None: not told."""
    others = {ip for each in chassis.values() for ip in each.ips}
    by_name = {row.text("name"): row for row in interfaces}
    macs: dict[bytes, Row] = {}
    for row in interfaces:
        remote = row.mapping("options").get("remote_ip", "") if row.text("type") in _TUNNELS else ""
        if remote == "flow" or packed(remote) in others:
            name = row.mapping("status").get("tunnel_egress_iface", "")
            if name in by_name:
                macs.setdefault(parse_mac(by_name[name], "mac_in_use"), by_name[name])
            else:
                macs.setdefault(links.get(name, b""), row)
    macs.pop(b"", None)
    return TepStatement(next(iter(macs.values())).origin, own.label, macs=tuple(macs)) if macs else None
