"""What FRR's EVPN says, host by host, beside what Linux says of the same hosts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from dovetool.map_sources.documents import Document
from dovetool.map_sources.fields import Fields, rows
from dovetool.map_sources.frr import outputs
from dovetool.map_sources.frr.interfaces import read_interfaces
from dovetool.map_sources.frr.routes import Route, Targets, known_targets, routes
from dovetool.map_sources.frr.tables import (
    MacEntry,
    NeighbourEntry,
    RouterEntry,
    VniEntry,
    mac_entries,
    neighbour_entries,
    router_entries,
    segment_teps,
    vni_entry,
)
from dovetool.map_sources.linux.fabric import Fabric, Member
from dovetool.map_sources.linux.host import Host, gather
from dovetool.values import dataclass

_OF_EVPN = frozenset(
    {
        outputs.VNI_DETAIL,
        outputs.VNI,
        outputs.MAC,
        outputs.NEIGHBOUR,
        outputs.ROUTER_MAC,
        outputs.NEXT_HOP,
        outputs.SEGMENT,
        outputs.ROUTES,
        outputs.ROUTED_VNI,
        outputs.INTERFACE,
        outputs.EMPTY,
    }
)


@dataclass(slots=True)
class Speaker:
    """What EVPN says at one host.

    Attributes:
        segments: Ethernet segment -> other tunnel end points on it.
        targets: route target -> VNI, as far as they are told.
    """

    name: str
    vnis: list[VniEntry] = field(default_factory=list)
    macs: list[MacEntry] = field(default_factory=list)
    neighbours: list[NeighbourEntry] = field(default_factory=list)
    routers: list[RouterEntry] = field(default_factory=list)
    segments: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    targets: dict[str, int] = field(default_factory=dict)
    routed: set[int] = field(default_factory=set)

    def read(self, kind: str, document: Document) -> None:
        """Take up one output of vtysh.

        Raises:
            MapSourceError: it does not have the shape that it should.
        """
        data, origin = document.data, document.origin
        if kind == outputs.SEGMENT:
            self.segments |= dict(map(segment_teps, rows(data, origin)))
        elif kind in {outputs.VNI, outputs.VNI_DETAIL}:
            self.vnis += filter(None, map(vni_entry, _vni_rows(document)))
        elif kind == outputs.MAC:
            self.macs += mac_entries(Fields(data, origin))
        elif kind == outputs.NEIGHBOUR:
            self.neighbours += neighbour_entries(Fields(data, origin))
        elif kind in {outputs.ROUTER_MAC, outputs.NEXT_HOP}:
            self.routers += router_entries(Fields(data, origin))
        elif kind == outputs.ROUTES:
            self.routes += routes(Fields(data, origin))
        elif kind == outputs.ROUTED_VNI:
            for target, vni, is_l3 in known_targets(Fields(data, origin)):
                self.targets[target] = vni
                self.routed.update({vni} if is_l3 else ())


class Evpn:
    """The hosts of a snapshot, as EVPN and Linux know them.

    Attributes:
        fabric: what Linux says.
        speakers: what EVPN says, each with the host that it runs on.
        routed: L3 VNIs.
        targets: VNIs of route targets.
    """

    def __init__(self, documents: Iterable[tuple[str, Document]]) -> None:
        of_linux: list[tuple[str, Document]] = []
        interfaces: list[Document] = []
        speakers: dict[str, Speaker] = {}
        for kind, document in documents:
            name = document.origin.host
            speakers.setdefault(name, Speaker(name)).read(kind, document)
            if kind == outputs.INTERFACE:
                interfaces.append(document)
            elif kind not in _OF_EVPN:
                of_linux.append((kind, document))
        hosts = {host.name: host for host in gather(of_linux)}
        for document in interfaces:
            host = hosts.setdefault(document.origin.host, Host(document.origin.host))
            read_interfaces(Fields(document.data, document.origin), host)
        for speaker in speakers.values():
            _add_seen_vlans(speaker, hosts.setdefault(speaker.name, Host(speaker.name)))
        self.fabric = Fabric(())
        self.fabric.join(hosts.values())
        self.speakers = [(speakers[member.host.name], member) for member in self.fabric.members]
        for speaker, member in self.speakers:
            member.tep = member.tep or next(own_addresses(speaker), b"")
        self._judge_targets()

    def _judge_targets(self) -> None:
        known: dict[str, int] = {}
        routed: set[int] = set()
        found: list[Route] = []
        for speaker, _ in self.speakers:
            known |= speaker.targets
            routed |= speaker.routed | {entry.vni for entry in speaker.vnis if entry.is_l3}
            found += speaker.routes
        self.targets = Targets(known, routed, found)
        self.routed = frozenset(self.targets.routed)


def own_addresses(speaker: Speaker) -> Iterator[bytes]:
    """Yield the addresses of a host's own tunnel end point."""
    return (entry.local for entry in speaker.vnis if entry.local)


def member_tep(member: Member) -> tuple[str, tuple[bytes, ...]]:
    """Return the tunnel end point of a host as statements name it: its name, or an address."""
    return (member.tep, ()) if isinstance(member.tep, str) else ("", (member.tep,))


def _vni_rows(document: Document) -> Iterator[Fields]:
    """Yield the rows of `show evpn vni`: a list, an object by VNI, or one alone."""
    data, origin = document.data, document.origin
    if isinstance(data, list):
        yield from rows(data, origin)
    elif isinstance(data, dict) and "vni" in data:
        yield Fields(data, origin)
    else:
        yield from (row for _, row in Fields(data, origin).entries())


def _add_seen_vlans(speaker: Speaker, host: Host) -> None:
    for entry in speaker.macs:
        if entry.is_local and entry.port and entry.vlan:
            host.seen_vlans.setdefault(entry.port, set()).add(entry.vlan)
