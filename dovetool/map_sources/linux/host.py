"""What the outputs of one host say together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from dovetool.map_sources.documents import Document
from dovetool.map_sources.fields import Fields, rows
from dovetool.map_sources.linux import outputs, tables
from dovetool.map_sources.linux.links import Link, read_link
from dovetool.values import dataclass

_LINKS = frozenset({outputs.LINK, outputs.ADDRESS, outputs.BRIDGE_LINK})


@dataclass(slots=True)
class Host:
    """A host, or a network namespace of one.

    Attributes:
        name: its name; empty: not told.
        links: its devices by name.
        vlans: port of a bridge -> its VLANs.
        seen_vlans: port of a bridge -> VLANs in which it has learnt addresses.
        tunnels: VXLAN device -> which VLANs are which VNIs there.
        vnis: VXLAN device -> the VNIs that it was given.
        next_hops: number -> tunnel end points.
    """

    name: str
    links: dict[str, Link] = field(default_factory=dict)
    fdb: list[tables.FdbEntry] = field(default_factory=list)
    neighbours: list[tables.Neighbour] = field(default_factory=list)
    routes: list[tables.Route] = field(default_factory=list)
    vlans: dict[str, list[tables.PortVlans]] = field(default_factory=dict)
    seen_vlans: dict[str, set[int]] = field(default_factory=dict)
    tunnels: dict[str, list[tables.Tunnel]] = field(default_factory=dict)
    vnis: dict[str, list[tables.DeviceVni]] = field(default_factory=dict)
    next_hops: dict[int, tuple[bytes, ...]] = field(default_factory=dict)

    def read(self, kind: str, document: Document) -> None:
        """Take up one output of `ip` or `bridge`.

        Raises:
            MapSourceError: a row does not have the shape that it should.
        """
        data, origin = document.data, document.origin
        if kind == outputs.NEXT_HOP:
            self.next_hops |= tables.next_hops(data, origin)
        elif kind == outputs.VLAN and isinstance(data, dict):
            for port, entries in data.items():
                self.vlans.setdefault(port, []).extend(map(tables.port_vlan, rows(entries, origin)))
        elif kind == outputs.FDB:
            self._read_fdb(rows(data, origin))
        elif kind != outputs.EMPTY:
            for row in rows(data, origin):
                self._read_row(kind, row)

    def bridge_of(self, device: str) -> str:
        """Return the bridge that a device is a port of; empty: none. A bridge is its own."""
        link = self.links.get(device)
        if link is None:
            return ""
        if link.kind == "bridge":
            return device
        master = self.links.get(link.master)
        return "" if master is not None and master.kind not in {"", "bridge"} else link.master

    def vxlans(self) -> Iterator[Link]:
        """Yield its VXLAN devices."""
        return (link for link in self.links.values() if link.vxlan is not None)

    def _read_fdb(self, entries: Iterable[Fields]) -> None:
        for entry in filter(None, map(tables.fdb_entry, entries)):
            self.fdb.append(entry)
            if entry.master and entry.vlan is not None and not entry.is_own:
                self.seen_vlans.setdefault(entry.device, set()).add(entry.vlan)

    def _read_row(self, kind: str, row: Fields) -> None:
        device = row.text("ifname")
        if kind in _LINKS:
            read_link(row, self.links)
        elif kind == outputs.NEIGHBOUR:
            self.neighbours += filter(None, [tables.neighbour(row)])
        elif kind == outputs.ROUTE:
            self.routes += filter(None, [tables.route(row)])
        elif kind == outputs.VLAN:
            self.vlans.setdefault(device, []).extend(tables.port_vlans(row))
        elif kind == outputs.TUNNEL:
            self.tunnels.setdefault(device, []).extend(tables.tunnels(row))
        elif kind == outputs.VNI:
            self.vnis.setdefault(device, []).extend(tables.device_vnis(row))


def gather(documents: Iterable[tuple[str, Document]]) -> list[Host]:
    """Put the outputs of each host together, in the order in which the hosts come first."""
    hosts: dict[str, Host] = {}
    for kind, document in documents:
        name = document.origin.host
        hosts.setdefault(name, Host(name)).read(kind, document)
    for host in hosts.values():
        _join_masters(host)
    return list(hosts.values())


def _join_masters(host: Host) -> None:
    """Make ports of devices that only the forwarding table names, as where `ip link` was asked for one kind alone."""
    for entry in host.fdb:
        if entry.master and entry.device and entry.device not in host.links:
            host.links[entry.device] = Link(entry.device, entry.origin, master=entry.master)
        elif entry.master and entry.device != entry.master and not host.links[entry.device].master:
            host.links[entry.device].master = entry.master
