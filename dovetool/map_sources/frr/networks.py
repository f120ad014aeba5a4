"""Networks and VRFs, as EVPN has them: L2 VNIs, L3 VNIs, and who routes between them."""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.map_sources.frr.evpn import Evpn, Speaker, member_tep
from dovetool.map_sources.frr.routes import INCLUSIVE_MULTICAST
from dovetool.map_sources.frr.tables import VniEntry
from dovetool.map_sources.linux.attachments import spoken_name
from dovetool.map_sources.statements import (
    NetworkStatement,
    Place,
    PortStatement,
    Statement,
    TepStatement,
    VrfStatement,
)

_NO_VRF = frozenset({"", "default", "none", "None", "-"})


def network_statements(evpn: Evpn) -> Iterator[Statement]:
    """Yield networks, and the tunnel end points that have a part in them."""
    for speaker, member in evpn.speakers:
        of_vrf: dict[str, set[int]] = {}
        for entry in speaker.vnis:
            if not entry.is_l3:
                of_vrf.setdefault(entry.vrf, set()).add(entry.vni)
        for entry in speaker.vnis:
            if entry.vni in evpn.routed:
                continue
            is_alone = entry.vrf not in _NO_VRF and len(of_vrf[entry.vrf]) == 1
            name = spoken_name(entry.vrf, entry.vni) if is_alone else ""
            floods = True if entry.peers or entry.group else None
            yield NetworkStatement(entry.origin, entry.vni, name, group=entry.group, floods=floods)
            yield PortStatement(entry.origin, member.place("", None), entry.vni)
            for ip in entry.peers:
                yield TepStatement(entry.origin, "", (ip,), encaps=("vxlan",))
                yield PortStatement(entry.origin, Place(ip), entry.vni)
        yield from _by_routes(evpn, speaker)


def _by_routes(evpn: Evpn, speaker: Speaker) -> Iterator[Statement]:
    """Yield what routes of type 3 say, and next hops; the host's own routes say nothing of where they lead."""
    told: set[tuple[bytes, str]] = set()
    for route in speaker.routes:
        if not route.is_own and (route.tep, route.encap) not in told:
            told.add((route.tep, route.encap))
            yield TepStatement(route.origin, "", (route.tep,), encaps=(route.encap,))
        vni, guess = evpn.targets.network(route) if route.kind == INCLUSIVE_MULTICAST else (None, "")
        if vni is None:
            continue
        yield NetworkStatement(route.origin, vni, floods=None if route.is_own else True, guessed=guess)
        if not route.is_own:
            yield PortStatement(route.origin, Place(route.tep), vni, guess)


def tenant_statements(evpn: Evpn) -> Iterator[VrfStatement]:
    """Yield the VRFs: those with an L3 VNI, and others that have a name, whose networks are routed at each host."""
    for speaker, _ in evpn.speakers:
        l3 = {entry.vrf: entry for entry in speaker.vnis if entry.is_l3}
        networks: dict[str, list[VniEntry]] = {}
        for entry in speaker.vnis:
            if not entry.is_l3 and entry.vni not in evpn.routed:
                networks.setdefault(entry.vrf, []).append(entry)
        for vrf, entry in l3.items():
            vnids = dict.fromkeys([*entry.networks, *(each.vni for each in networks.get(vrf, ()))])
            yield VrfStatement(entry.origin, vrf or "default", entry.vni, tuple(vnids))
        for vrf, entries in networks.items():
            if vrf not in l3 and vrf not in _NO_VRF:
                vnids = dict.fromkeys(entry.vni for entry in entries)
                yield VrfStatement(entries[0].origin, vrf, None, tuple(vnids))


def routed_statements(evpn: Evpn) -> Iterator[TepStatement]:
    """Yield the MAC addresses by which tunnel end points route to each other."""
    for speaker, member in evpn.speakers:
        name, ips = member_tep(member)
        for entry in speaker.vnis:
            if entry.is_l3 and entry.router_mac and (name or any(ips)):
                yield TepStatement(entry.origin, name, ips, router_macs=(entry.router_mac,))
        for router in speaker.routers:
            yield TepStatement(router.origin, "", (router.tep,), router_macs=(router.mac,))
        told: set[tuple[bytes, bytes]] = set()
        for route in speaker.routes:
            if route.router_mac and not route.is_own and (route.tep, route.router_mac) not in told:
                told.add((route.tep, route.router_mac))
                yield TepStatement(route.origin, "", (route.tep,), router_macs=(route.router_mac,))
