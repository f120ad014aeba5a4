"""The source `frr`: EVPN fabrics of hosts or switches with FRR, by what `vtysh -c 'show ... json'` prints on them.

`show evpn vni detail` has a host's own tunnel end point; without it, the host's name alone places its own VMs.
The devices, from `ip -j -d link`, `ip -j addr` and `ip -j neigh` or from `show interface`, have MAC addresses of the
underlay, ports without VMs, and the anycast gateways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from dovetool.map_sources.documents import Document
from dovetool.map_sources.frr import outputs
from dovetool.map_sources.frr.evpn import Evpn, own_addresses
from dovetool.map_sources.frr.networks import network_statements, routed_statements, tenant_statements
from dovetool.map_sources.frr.stations import route_statements, station_statements
from dovetool.map_sources.linux.attachments import attachments
from dovetool.map_sources.linux.gateways import own_statements
from dovetool.map_sources.linux.presence import told_once
from dovetool.map_sources.linux.underlay import neighbours, tep_statements
from dovetool.map_sources.statements import NetworkStatement, Statement, TepStatement

_SHOWN = (
    "show evpn vni detail json",
    "show evpn mac vni all json",
    "show evpn arp-cache vni all json",
    "show evpn rmac vni all json",
    "show evpn next-hops vni all json",
    "show evpn es json",
    "show bgp l2vpn evpn json",
    "show bgp l2vpn evpn vni json",
    "show interface json",
)
_OF_LINUX = (("ip", "-j", "-d", "link"), ("ip", "-j", "addr"), ("ip", "-j", "neigh"), ("bridge", "-j", "vlan"))


class Frr:
    """Outputs of vtysh, and of `ip` and `bridge` on the same hosts."""

    name: ClassVar[str] = "frr"
    summary: ClassVar[str] = (
        "FRR's EVPN: vtysh -c 'show evpn ... json', 'show bgp l2vpn evpn json'; with ip -j link|addr"
    )

    def recognise(self, document: Document) -> str | None:
        """Name the command whose output a document is."""
        return outputs.recognise(document)

    def statements(self, documents: Sequence[tuple[str, Document]]) -> Iterator[Statement]:
        """Say what all hosts say together.

        Raises:
            MapSourceError: an output does not have the shape that it should.
        """
        yield from told_once(_said(Evpn(documents)))

    def live_commands(self) -> Iterator[tuple[str, ...]]:
        """The commands of this host."""
        yield from (("vtysh", "-c", words) for words in _SHOWN)
        yield from _OF_LINUX


def _said(evpn: Evpn) -> Iterator[Statement]:
    fabric = evpn.fabric
    known = _tep_addresses(evpn)
    yield from _own_teps(evpn)
    yield from tep_statements(fabric, known)
    for member in fabric.members:
        yield from neighbours(member, known)
    yield from network_statements(evpn)
    yield from attachments(fabric, evpn.routed)
    vrfs = list(tenant_statements(evpn))
    yield from vrfs
    yield from routed_statements(evpn)
    own = list(own_statements(fabric, evpn.routed, vrfs))
    yield from own
    gateways = {(each.vnid, each.gateway_mac) for each in own if isinstance(each, NetworkStatement)}
    for speaker, member in evpn.speakers:
        yield from station_statements(speaker, member, gateways)
    yield from route_statements(evpn, gateways)


def _own_teps(evpn: Evpn) -> Iterator[TepStatement]:
    """Yield the tunnel end points of the hosts themselves.

    Where only BGP tells of a host's own, its next hop counts if others send there: it may be a mere router ID.
    """
    peers = set(_peer_addresses(evpn))
    for speaker, member in evpn.speakers:
        name = member.tep if isinstance(member.tep, str) else ""
        own = {entry.local: entry.origin for entry in reversed(speaker.vnis) if entry.local}
        own = own or {route.tep: route.origin for route in speaker.routes if route.is_own and route.tep in peers}
        for ip, origin in own.items():
            yield TepStatement(origin, name, (ip,), encaps=("vxlan",), shared=len(evpn.fabric.owners.get(ip, ())) > 1)


def _peer_addresses(evpn: Evpn) -> Iterator[bytes]:
    """Yield the addresses of tunnel end points that hosts send to."""
    for speaker, _ in evpn.speakers:
        yield from (ip for entry in speaker.vnis for ip in entry.peers)
        yield from (entry.tep for entry in speaker.macs if entry.tep)
        yield from (entry.tep for entry in speaker.neighbours if entry.tep)
        yield from (entry.tep for entry in speaker.routers)
        yield from (route.tep for route in speaker.routes if not route.is_own)


def _tep_addresses(evpn: Evpn) -> set[bytes]:
    """Return the addresses of all tunnel end points that EVPN tells of."""
    return {ip for speaker, _ in evpn.speakers for ip in own_addresses(speaker)} | set(_peer_addresses(evpn))
