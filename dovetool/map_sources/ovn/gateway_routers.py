"""Routers that are on one chassis alone: each port of theirs is at a place, as a VM is, with what is behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from dovetool.map_sources.ovn.bindings import LOCALNET, LogicalPort
from dovetool.map_sources.ovn.chassis import Chassis
from dovetool.map_sources.ovn.networks import Datapath
from dovetool.map_sources.ovn.routers import Leg
from dovetool.map_sources.statements import Prefix, VmStatement


def statements(
    ports: Sequence[LogicalPort], legs: Sequence[Leg], datapaths: Mapping[str, Datapath], chassis: Mapping[str, Chassis]
) -> Iterator[VmStatement]:
    """Say where the ports of such routers are, and which IP networks are behind each."""
    outside = {port.datapath for port in ports if port.kind == LOCALNET}
    ends: defaultdict[str, list[Leg]] = defaultdict(list)
    for leg in legs:
        ends[leg.router].append(leg)
        if leg.other not in outside:  # what is beyond the provider's network is no VM's
            ends[leg.other].append(leg)
    for leg in legs:
        network = datapaths[leg.other]
        if leg.chassis in chassis and leg.addresses.mac and not network.is_router:
            mac, ips, _ = leg.addresses
            behind = tuple(_behind(leg, ends, inside=leg.other not in outside))
            place = chassis[leg.chassis].place(leg.far)
            yield VmStatement(leg.origin, network.key, place, leg.name, mac, ips, behind, is_local=True)


def _behind(leg: Leg, ends: Mapping[str, list[Leg]], *, inside: bool) -> Iterator[Prefix]:
    """The IP networks that a router may send from into one of its networks: its own ones, and those of further routers.

    Args:
        leg: its port in that network.
        ends: switches and routers -> the ports of routers there.
        inside: frames of the network are in tunnels at all; else its own ones will do.
    """
    told = set(leg.addresses.prefixes)
    seen, waiting = {leg.other, leg.router}, [leg.router]
    while waiting:
        for each in ends.get(waiting.pop(), ()):
            for prefix in each.addresses.prefixes:
                if prefix not in told:
                    told.add(prefix)
                    yield prefix
            for end in (each.router, each.other) if inside else ():
                if end not in seen:
                    seen.add(end)
                    waiting.append(end)
