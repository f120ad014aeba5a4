"""Did a frame leave by the tunnel end point that its source is behind, and does it go to that of its target?"""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.isolation import routed_sources
from dovetool.belonging.late import late_source, late_target
from dovetool.belonging.participants import Scene
from dovetool.belonging.routed import is_by_router
from dovetool.belonging.routing import nearest
from dovetool.belonging.wording import address_text, network_text, place_text, places_text, vm_text
from dovetool.vnid_map import Station, Tep


def placement(scene: Scene) -> Iterator[Finding]:
    """What is wrong with the tunnel end points that a frame of a network goes between."""
    source = _of_source(scene)
    if source is not None:
        yield source
    target = _of_target(scene)
    if target is not None:
        yield target


def _of_source(scene: Scene) -> Finding | None:
    sender, sources = scene.sender, scene.sources
    if sender is None or sender.is_gateway or is_by_router(scene):
        return None
    if not sources:
        routed = any(station.port.tep.index == sender.index for station in routed_sources(scene))
        return None if routed or scene.network.has_port_at(sender.index) else _not_on(scene, sender, "from")
    if any(station.port.tep.index == sender.index for station in sources):
        return None
    return late_source(scene) or _from_elsewhere(scene, sender)


def _from_elsewhere(scene: Scene, sender: Tep) -> Finding:
    """A frame of a VM that is not behind the tunnel end point that sent it."""
    vnid_map, talk, sources = scene.vnid_map, scene.talk, scene.sources
    owners = vnid_map.stations_by_ip(scene.network.vnid, talk.src_ip, scene.ts_ns) if talk.claims_ip else ()
    owner = nearest(owners, sender)
    if owner is not None and owner.vm != sources[0].vm and owner.port.tep.index == sender.index:
        text = (
            f"{sender.name} sent {address_text(talk.src_ip)}, of {vm_text(vnid_map, [owner])} behind it, with"
            f" {address_text(talk.src_mac)}, which the map gives to {vm_text(vnid_map, sources)} at"
            f" {places_text(sources)}"
        )
        return Finding(Kind.SOURCE_SPOOFED, text)
    if talk.is_arp_reply and talk.arp_mac == talk.src_mac and any(talk.src_mac in each.macs for each in owners):
        text = f"{sender.name} answered ARP for {vm_text(vnid_map, owners)}, which is at {places_text(owners)}"
        return Finding(Kind.PROXY_ARP, text)
    text = f"{vm_text(vnid_map, sources)} sent into {network_text(scene.network)} from {sender.name}"
    return Finding(Kind.WRONG_TEP, f"{text}; the map has it at {places_text(sources)}")


def _of_target(scene: Scene) -> Finding | None:
    receiver, target = scene.receiver, scene.target
    if receiver is not None and receiver.is_gateway:
        return None
    if receiver is not None and not scene.network.has_port_at(receiver.index):
        return _not_on(scene, receiver, "to")
    if target is None:
        return nobody(scene)
    if receiver is None or target.port.tep.index == receiver.index:
        return _to_another_device(scene, target) if scene.vnid_map.devices is not None else None
    text = f"a frame for {vm_text(scene.vnid_map, scene.targets)} went to {receiver.name}"
    where = places_text(scene.targets)
    return late_target(scene, target.mac) or Finding(Kind.WRONG_TEP, f"{text}; the map has it at {where}")


def _to_another_device(scene: Scene, target: Station) -> Finding | None:
    """A packet for a VM without a MAC address that goes to the device of others."""
    vnid_map, talk = scene.vnid_map, scene.talk
    owners = vnid_map.stations_by_ip(scene.network.vnid, talk.dst_ip, scene.ts_ns) if talk.dst_ip else ()
    if not owners or any(owner.mac or owner.vm == target.vm for owner in owners):
        return None
    if vnid_map.devices is None or not vnid_map.devices.has(target):
        return None  # it may be a router
    text = f"a packet for {vm_text(vnid_map, owners)} at {places_text(owners)} went to {address_text(talk.dst_mac)}"
    return Finding(Kind.WRONG_TEP, f"{text}, of {vm_text(vnid_map, [target])} at {place_text(target)}")


def nobody(scene: Scene) -> Finding | None:
    """A frame for a MAC address that the map does not have."""
    if scene.talk.to_group or scene.network.floods or scene.talk.dst_mac in scene.network.gateway_macs:
        return None
    late = late_target(scene, scene.talk.dst_mac)
    if late is not None:
        return late
    text = f"{address_text(scene.talk.destination)} in {network_text(scene.network)}: no VM of the map has it"
    return Finding(Kind.UNKNOWN_DESTINATION, text)


def _not_on(scene: Scene, tep: Tep, direction: str) -> Finding:
    what = "a broadcast" if scene.talk.to_group else "a frame"
    text = f"{what} of {network_text(scene.network)} went {direction} {tep.name}, which has no port in that network"
    return Finding(Kind.VNID_NOT_ON_TEP, text)
