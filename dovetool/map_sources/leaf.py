"""A leaf switch as its tables of VXLAN tell it, whatever its vendor: VLANs and their VNIDs, peers, MAC addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field
from typing import NamedTuple

from dovetool.map_sources.statements import (
    NetworkStatement,
    Origin,
    Place,
    PortStatement,
    Statement,
    TepStatement,
    VmStatement,
    VrfStatement,
)
from dovetool.values import dataclass
from dovetool.wire.fields import is_group

_VXLAN = ("vxlan",)


class Heard(NamedTuple):
    """A MAC address in a VLAN of the leaf.

    Attributes:
        where: the port, of the leaf itself; or the underlay address of another TEP; empty: only an address is told.
        ips: its IP addresses.
    """

    origin: Origin
    vlan: int
    mac: bytes
    where: str | bytes = ""
    ips: tuple[bytes, ...] = ()


class Attached(NamedTuple):
    """A port of the leaf in a network; `vlan` of its frames, None: untagged."""

    origin: Origin
    port: str
    vnid: int
    vlan: int | None


@dataclass(slots=True)
class Leaf:
    """What the tables of one switch say.

    Attributes:
        host: its name.
        origin: of what is said of itself.
        ips: its own underlay addresses, the one that others send to first.
        router_macs: by which it routes.
        shared: others have its address, too.
        vnids: VLAN -> VNID.
        vrfs: name of a VRF -> its L3 VNI.
        groups: VNID -> underlay group.
        peers: underlay address of another TEP -> its router MAC address, empty where none is told, and the place.
        heard: MAC addresses.
        ports: ports of networks.
    """

    host: str
    origin: Origin
    ips: tuple[bytes, ...] = ()
    router_macs: tuple[bytes, ...] = ()
    shared: bool = False
    vnids: dict[int, int] = field(default_factory=dict)
    vrfs: dict[str, int] = field(default_factory=dict)
    groups: dict[int, bytes] = field(default_factory=dict)
    peers: dict[bytes, tuple[bytes, Origin]] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    ports: list[Attached] = field(default_factory=list)

    def statements(self) -> Iterator[Statement]:
        """All that it says."""
        yield TepStatement(self.origin, self.host, self.ips, (), self.router_macs, _VXLAN, shared=self.shared)
        for ip, (router_mac, origin) in self.peers.items():
            macs = (router_mac,) if router_mac else ()
            yield TepStatement(origin, ips=(ip,), router_macs=macs, encaps=_VXLAN)
        l3vnis = set(self.vrfs.values())
        for vnid in sorted(set(self.vnids.values()) - l3vnis):
            yield NetworkStatement(self.origin, vnid, group=self.groups.get(vnid, b""), floods=True)
        for name, l3vni in self.vrfs.items():
            joined = tuple(sorted(set(self.vnids.values()) - l3vnis)) if len(self.vrfs) == 1 else ()
            yield VrfStatement(self.origin, name, l3vni, joined, "it is the only VRF" if joined else "")
        for attached in self.ports:
            place = Place(self.host, port=attached.port, vlan=attached.vlan)
            yield PortStatement(attached.origin, place, attached.vnid)
        yield from self._vms(l3vnis)

    def _vms(self, l3vnis: set[int]) -> Iterator[Statement]:
        addresses: defaultdict[tuple[int, bytes], list[bytes]] = defaultdict(list)
        for each in self.heard:
            addresses[each.vlan, each.mac].extend(each.ips)
        trunks = self._trunks()
        for each in self.heard:
            vnid = self.vnids.get(each.vlan)
            if vnid is None or vnid in l3vnis or is_group(each.mac) or not each.where:
                continue
            is_local = isinstance(each.where, str)
            place = Place(each.where)
            if isinstance(each.where, str):
                place = Place(self.host, port=each.where, vlan=each.vlan if each.where in trunks else None)
            ips = tuple(dict.fromkeys(addresses[each.vlan, each.mac]))
            yield VmStatement(each.origin, vnid, place, mac=each.mac, ips=ips, is_local=is_local)

    def _trunks(self) -> set[str]:
        """Ports with several VLANs, as far as what is heard there shows, or what is told of them."""
        vlans: defaultdict[str, set[int | None]] = defaultdict(set)
        for each in self.heard:
            if isinstance(each.where, str) and each.where:
                vlans[each.where].add(each.vlan)
        tagged = {port.port for port in self.ports if port.vlan is not None}
        return tagged | {port for port, found in vlans.items() if len(found) > 1}


class Leaves:
    """The leaves of a fabric by their names."""

    def __init__(self) -> None:
        self._known: dict[str, Leaf] = {}

    def of(self, origin: Origin) -> Leaf:
        """The leaf whose file that is; without a host's name the file is one."""
        host = origin.host or "leaf"
        if host not in self._known:
            self._known[host] = Leaf(host, origin)
        return self._known[host]

    def statements(self) -> Iterator[Statement]:
        """What all of them say."""
        for leaf in self._known.values():
            yield from leaf.statements()
