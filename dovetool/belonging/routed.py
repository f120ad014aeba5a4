"""What routers at tunnel end points send (RFC 9135): is it theirs to send, from whom, and to whom?

Routed frames have MAC addresses of routers, so the VMs are told by their IP addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.late import late_source, late_target
from dovetool.belonging.participants import NO_MACS, Scene
from dovetool.belonging.routing import is_of_gateway, routers, sending_macs
from dovetool.belonging.wording import address_text, network_text, places_text, vm_text, way_text
from dovetool.vnid_map import Station, Tep


def is_by_router(scene: Scene) -> bool:
    """Say whether a frame has the MAC address of its network's router as its source."""
    return scene.talk.src_mac in sending_macs(scene.network)


def source_of_routed(scene: Scene) -> Finding | None:
    """What is wrong with the source of a frame from the router of its network: routed, or its own."""
    talk, network = scene.talk, scene.network
    if not talk.claims_ip or is_of_gateway(network, talk.src_ip):
        return _of_another_router(scene) or _own_source(scene)
    stations = tuple(
        station
        for station in scene.vnid_map.stations_with_ip(talk.src_ip, scene.ts_ns)
        if station.vnid in (network.vnid, *network.reached_from, *(network.vrf.vnids if network.vrf else ()))
    )
    if not talk.arp_mac:
        return _of_another_router(scene) or _sender_of(scene, stations)
    if stations:
        whose = f"which the map gives to {vm_text(scene.vnid_map, stations)}"
        text = f"ARP of the gateway of {network_text(network)} says that it has {address_text(talk.src_ip)}, {whose}"
        return Finding(Kind.SOURCE_SPOOFED, text)
    if not network.gateway_ips or talk.src_mac not in network.gateway_macs:
        return None  # a router may have an address of its own beside the gateway's
    listed = " and ".join(map(address_text, network.gateway_ips))
    text = f"the gateway of {network_text(network)} uses {address_text(talk.src_ip)}; the map gives it {listed}"
    return Finding(Kind.UNLISTED_ADDRESS, text)


def _of_another_router(scene: Scene) -> Finding | None:
    """A frame with the MAC address of the router of another tunnel end point than it comes from."""
    sender, mac = scene.sender, scene.talk.src_mac
    owners = scene.vnid_map.teps_by_router_mac(mac)
    is_own = sender is None or sender.is_gateway or not owners or sender in owners
    if is_own or mac in scene.network.gateway_macs:
        return None
    text = f"{address_text(mac)} in {network_text(scene.network)}{way_text(sender, scene.receiver)}"
    return Finding(Kind.SOURCE_SPOOFED, f"{text} is the router's of {_names(owners)}")


def forged_gateway(scene: Scene) -> Finding | None:
    """A sender of ARP that says that the gateway's address is another's."""
    talk, network = scene.talk, scene.network
    macs = (talk.src_mac, talk.arp_mac)
    if not talk.arp_mac or talk.src_ip not in network.gateway_ips or all(mac in network.gateway_macs for mac in macs):
        return None
    said = f"ARP of {_who(scene)}{way_text(scene.sender, scene.receiver)} says that {address_text(talk.src_ip)} is at"
    text = f"{said} {address_text(talk.arp_mac)}; the map gives it to the gateway of {network_text(network)}"
    return Finding(Kind.SOURCE_SPOOFED, f"{text} with {address_text(network.gateway_macs[0])}")


def _who(scene: Scene) -> str:
    return vm_text(scene.vnid_map, scene.sources) or address_text(scene.talk.source)


def _own_source(scene: Scene) -> Finding | None:
    """What the router says in its own name: any TEP may that has a port in one of its networks."""
    sender, network = scene.sender, scene.network
    vnids = network.vrf.vnids if network.vrf is not None and scene.talk.claims_ip else ()
    networks = (network, *filter(None, map(scene.vnid_map.network, vnids)))
    if sender is None or sender.is_gateway or any(each.has_port_at(sender.index) for each in networks):
        return None
    text = f"{sender.name} spoke as the gateway of {network_text(network)}, and has no port in that network"
    return Finding(Kind.VNID_NOT_ON_TEP, text)


def _sender_of(scene: Scene, stations: tuple[Station, ...]) -> Finding | None:
    """What is wrong with the place from where a router sends a packet of VMs."""
    sender = scene.sender
    if not stations:
        text = f"{address_text(scene.talk.src_ip)}, routed into {network_text(scene.network)}"
        way = way_text(sender, scene.receiver)
        return Finding(Kind.UNKNOWN_SOURCE, f"{text}{way}: no VM of the map that may send there has it")
    if sender is None or sender.is_gateway or any(each.port.tep.index == sender.index for each in stations):
        return None
    text = (
        f"a packet of {vm_text(scene.vnid_map, stations)} was routed into {network_text(scene.network)} by"
        f" {sender.name}; the map has it at {places_text(stations)}"
    )
    return late_source(_as_bridged(scene, stations[0])) or Finding(Kind.WRONG_TEP, text)


def _as_bridged(scene: Scene, station: Station) -> Scene:
    """The scene as it would be if the VM had sent the frame in its own network."""
    network = scene.vnid_map.network(station.vnid) or scene.network
    return replace(scene, network=network, talk=replace(scene.talk, src_mac=station.mac))


def between_routers(scene: Scene) -> Iterator[Finding]:
    """What is wrong with a frame in an L3 VNI, at its routers or at the VMs behind them."""
    stray = next(_strange_routers(scene), None)
    if stray is not None:
        yield stray
        return
    talk = scene.talk
    if talk.src_ip and not is_of_gateway(scene.network, talk.src_ip):
        source = _sender_of(scene, scene.here)
        if source is not None:
            yield source
    if talk.dst_ip and not is_of_gateway(scene.network, talk.dst_ip):
        yield from _receiver_of(scene)


def _strange_routers(scene: Scene) -> Iterator[Finding]:
    """Who is no router of the VRF, or another than it should be."""
    talk, network = scene.talk, scene.network
    for tep, direction in ((scene.sender, "from"), (scene.receiver, "to")):
        if tep is not None and not tep.is_gateway and not network.has_port_at(tep.index):
            text = f"a frame of {network_text(network)} went {direction} {tep.name}, which has no port in that VRF"
            yield Finding(Kind.VNID_NOT_ON_TEP, text)
    if talk.src_mac + talk.dst_mac == NO_MACS:
        return  # a bare packet
    ends = ((talk.src_mac, scene.sender, "source"), (talk.dst_mac, scene.receiver, "destination"))
    for mac, tep, role in ends:
        found = routers(scene.vnid_map, network, mac)
        where = way_text(scene.sender, scene.receiver)
        text = f"{address_text(mac)}, the {role} of a frame in {network_text(network)}{where}"
        if not found:
            yield Finding(Kind.UNKNOWN_ROUTER, f"{text}, is no router's of the VRF")
        elif tep is not None and not tep.is_gateway and tep not in found:
            kind = Kind.SOURCE_SPOOFED if role == "source" else Kind.UNKNOWN_ROUTER
            yield Finding(kind, f"{text}, is the router's of {_names(found)}")


def _names(teps: tuple[Tep, ...]) -> str:
    return " and ".join(tep.name for tep in teps)


def _receiver_of(scene: Scene) -> Iterator[Finding]:
    target, receiver = scene.target, scene.receiver
    if target is None:
        text = f"{address_text(scene.talk.dst_ip)} in VRF {scene.network.name}: no VM or prefix of the map has it"
        yield Finding(Kind.NO_ROUTE, text)
    elif receiver is not None and not receiver.is_gateway and target.port.tep.index != receiver.index:
        text = f"a packet for {vm_text(scene.vnid_map, scene.targets)} was routed to {receiver.name}"
        late = late_target(_as_bridged(scene, target), target.mac)
        yield late or Finding(Kind.WRONG_TEP, f"{text}; the map has it at {places_text(scene.targets)}")
