"""VMs, as EVPN has them: at ports of the host itself, and behind the tunnel end points that have told of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dovetool.map_sources.frr.evpn import Evpn, Speaker
from dovetool.map_sources.frr.routes import MAC_IP
from dovetool.map_sources.frr.tables import MacEntry
from dovetool.map_sources.linux.fabric import Member
from dovetool.map_sources.statements import Place, VmStatement

Gateways = Collection[tuple[int, bytes]]
"""VNID and MAC address of each gateway: EVPN may tell of them as of VMs."""


def station_statements(speaker: Speaker, member: Member, gateways: Gateways) -> Iterator[VmStatement]:
    """Yield what zebra knows of VMs: addresses of the MAC table, with IP addresses of the neighbours."""
    ips: dict[tuple[int, bytes], list[bytes]] = {}
    for neighbour in speaker.neighbours:
        if neighbour.ip:
            ips.setdefault((neighbour.vni, neighbour.mac), []).append(neighbour.ip)
    told: set[tuple[int, bytes]] = set()
    for entry in speaker.macs:
        key = (entry.vni, entry.mac)
        told.add(key)
        if key not in gateways:
            found = tuple(dict.fromkeys([*entry.ips, *ips.get(key, ())]))
            for place in _places(entry, speaker, member):
                elsewhere = bool(entry.segment)
                yield VmStatement(
                    entry.origin,
                    entry.vni,
                    place,
                    mac=entry.mac,
                    ips=found,
                    is_local=entry.is_local,
                    sequence=entry.sequence,
                    elsewhere=elsewhere,
                )
    yield from _by_neighbours(speaker, member, told | set(gateways))


def _places(entry: MacEntry, speaker: Speaker, member: Member) -> Iterator[Place]:
    """Yield where a MAC address is; on an Ethernet segment, at each tunnel end point of it."""
    if entry.is_local:
        yield member.place(entry.port, entry.vlan)
    elif entry.tep:
        yield Place(entry.tep)
    else:
        yield from map(Place, speaker.segments.get(entry.segment, ()))


def _by_neighbours(speaker: Speaker, member: Member, told: Collection[tuple[int, bytes]]) -> Iterator[VmStatement]:
    """Yield the VMs that only the neighbours tell of: there is no file of the MAC table, or it is older."""
    for entry in speaker.neighbours:
        place = Place(entry.tep) if entry.tep else member.place("", None) if entry.is_local else None
        if place is not None and entry.ip and (entry.vni, entry.mac) not in told:
            yield VmStatement(
                entry.origin,
                entry.vni,
                place,
                mac=entry.mac,
                ips=(entry.ip,),
                is_local=entry.is_local,
                sequence=entry.sequence,
            )


def route_statements(evpn: Evpn, gateways: Gateways) -> Iterator[VmStatement]:
    """Yield what BGP knows of VMs.

    The next hop of a host's own route is its router ID where zebra has no address for it: there the host is meant.
    """
    for speaker, member in evpn.speakers:
        for route in speaker.routes:
            vni, guess = evpn.targets.network(route) if route.kind == MAC_IP and route.mac else (None, "")
            place = member.place("", None) if route.is_own else Place(route.tep)
            if vni is None or (vni, route.mac) in gateways:
                continue
            yield VmStatement(
                route.origin,
                vni,
                place,
                mac=route.mac,
                ips=(route.ip,) if route.ip else (),
                is_local=route.is_own,
                sequence=route.sequence,
                elsewhere=bool(route.segment),
                guessed=guess,
            )
