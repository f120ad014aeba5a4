"""Logical routers: the gateways of the networks that they join, and the VRFs that these make.

OVN routes where a frame comes from: the sender's chassis runs the whole way through all routers, and sends the frame in
the network of its target (asymmetric routing, RFC 9135 section 4.1). There is one exception: what leaves by a port with
a gateway chassis travels there in frames that have the router's own key as VNID. A router that is on one chassis alone
is to the others what a VM with prefixes behind it is (`gateway_routers`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from dovetool.map_sources.ovn.addresses import Addresses, parse_router
from dovetool.map_sources.ovn.bindings import L3_GATEWAY, LOCALNET, REDIRECT, LogicalPort
from dovetool.map_sources.ovn.networks import Datapath
from dovetool.map_sources.ovn.ovsdb import Row
from dovetool.map_sources.ovn.snapshot import Snapshot
from dovetool.map_sources.statements import NetworkStatement, Origin, VrfStatement


class Leg(NamedTuple):
    """A router's port.

    Attributes:
        origin: where its row stands.
        name: its name.
        router: what refers to the router.
        other: what refers to the switch, or the router, at the other end.
        far: the port at the other end.
        addresses: those of the port, and the IP networks that it is in.
        chassis: what refers to the chassis that the router is on, if it is on one alone.
    """

    origin: Origin
    name: str
    router: str
    other: str
    far: str
    addresses: Addresses
    chassis: str


def legs(snapshot: Snapshot, ports: Sequence[LogicalPort], datapaths: Mapping[str, Datapath]) -> list[Leg]:
    """The ports of routers that lead somewhere; those that are switched off do not.

    Raises:
        MapSourceError: a value is not what it should be.
    """
    by_name = {port.name: port for port in ports if port.peer}
    northern = {row.text("name"): row for row in snapshot.rows("Logical_Router_Port")}
    off = {row.uuid("_uuid") for row in snapshot.rows("Logical_Router") if row.flag("enabled") is False}
    found = []
    for port in ports:
        other = by_name.get(port.peer)
        if other is None or not datapaths[port.datapath].is_router or datapaths[port.datapath].northbound in off:
            continue
        north = northern.get(port.name)
        if north is None or north.flag("enabled") is not False:
            addresses, chassis = _addresses(port.row, north), port.chassis[:1] if port.kind == L3_GATEWAY else ()
            leg = Leg(port.row.origin, port.name, port.datapath, other.datapath, port.peer, addresses, "".join(chassis))
            found.append(leg)
    return found


def gateways(legs: Sequence[Leg], datapaths: Mapping[str, Datapath]) -> Iterator[NetworkStatement]:
    """Say which routers the networks have."""
    for leg in legs:
        network = datapaths[leg.other]
        if not network.is_router and leg.addresses.mac:
            mac, ips, _ = leg.addresses
            yield NetworkStatement(leg.origin, network.key, network.name, gateway_mac=mac, gateway_ips=ips)


def towards_gateways(
    ports: Sequence[LogicalPort], legs: Sequence[Leg], datapaths: Mapping[str, Datapath]
) -> Iterator[tuple[Datapath, Leg]]:
    """Yield the routers whose key is the VNID of what goes to a gateway chassis, with the port it leaves by."""
    by_name = {leg.name: leg for leg in legs}
    for port in ports:
        leg = by_name.get(port.row.mapping("options").get("distributed-port", "")) if port.kind == REDIRECT else None
        if leg is not None and datapaths[leg.router].is_router:
            yield datapaths[leg.router], leg


def vrfs(
    ports: Sequence[LogicalPort], legs: Sequence[Leg], datapaths: Mapping[str, Datapath], central: AbstractSet[int]
) -> Iterator[VrfStatement]:
    """Say which networks routers join.

    Routers with a network between them are one VRF: a frame goes through all of them before it is sent. A network that
    leads outside (a localnet port) joins no routers: what goes from one to the other there leaves the overlay.

    Args:
        ports: all ports.
        legs: ports of routers.
        datapaths: switches and routers, by what refers to them.
        central: VNIDs of routers that frames on the way to a gateway chassis have.
    """
    outside = {port.datapath for port in ports if port.kind == LOCALNET}
    routers = Counter(leg.other for leg in legs)
    for group in _groups([leg for leg in legs if not (leg.other in outside and routers[leg.other] > 1)]):
        keys = {datapaths[leg.other].key for leg in group if not datapaths[leg.other].is_router}
        keys |= {datapaths[leg.router].key for leg in group} & central
        if len(keys) > 1:
            count = Counter(leg.router for leg in group)
            router = datapaths[min(count, key=lambda each: (-count[each], datapaths[each].key))]
            yield VrfStatement(router.origin, router.name or f"router {router.key}", vnids=tuple(sorted(keys)))


def _addresses(row: Row, north: Row | None) -> Addresses:
    """The addresses of a router's port: as bound; where that has none yet, as asked for."""
    words = row.text("mac").split()
    if words or north is None:
        return parse_router(row, words[0], words[1:], "mac") if words else Addresses(b"")
    return parse_router(north, north.text("mac"), north.texts("networks"), "networks")


def _groups(legs: Sequence[Leg]) -> Iterator[list[Leg]]:
    """Yield the ports of routers that hang together, by switches or directly."""
    at: defaultdict[str, list[Leg]] = defaultdict(list)
    for leg in legs:
        at[leg.router].append(leg)
        at[leg.other].append(leg)
    seen: set[str] = set()
    for start in legs:
        waiting, group = [start.router], dict[str, Leg]()
        while waiting:
            each = waiting.pop()
            if each not in seen:
                seen.add(each)
                group |= {leg.name: leg for leg in at[each]}
                waiting.extend(end for leg in at[each] for end in (leg.router, leg.other))
        if group:
            yield list(group.values())
