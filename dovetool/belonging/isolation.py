"""Do the two ends of a frame belong into the network that it travels in, and are they who they say they are?

The tag carries the VNID of the network that the target belongs to. So the source may be of another network if a policy
lets it send there, and the target may not.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.late import late_source, late_target
from dovetool.belonging.participants import Scene
from dovetool.belonging.routed import forged_gateway, is_by_router, source_of_routed
from dovetool.belonging.routing import is_link_local
from dovetool.belonging.wording import (
    NO_POLICY,
    address_text,
    network_text,
    owners_text,
    places_text,
    target_text,
    vm_text,
    way_text,
)
from dovetool.vnid_map import Station, VnidMap


def membership(scene: Scene) -> Finding | None:
    """What is wrong with the network of a frame's source or destination."""
    if scene.strays:
        return late_target(scene, scene.talk.dst_mac) or _violation(
            scene, f"{_source_text(scene)} to {vm_text(scene.vnid_map, scene.strays)}", "its target is not in there"
        )
    if scene.here or not (scene.allowed or scene.elsewhere):
        return None
    if scene.target is None:
        text = f"{_source_text(scene)} to {target_text(scene.talk)}"
        return late_source(scene) or _violation(scene, text, "its source is not in there")
    if scene.allowed:
        return None
    text = f"{_source_text(scene)} to {vm_text(scene.vnid_map, [scene.target])}{_way(scene)}: {NO_POLICY}"
    return late_source(scene) or Finding(Kind.POLICY_DENIED, text)


def another_way(scene: Scene, encap: str) -> tuple[Finding, ...]:
    """A frame between two networks that is not sent as the policy between them says; behind a gateway all are."""
    if scene.here or scene.target is None or scene.sender is None or scene.sender.is_gateway:
        return ()
    policies = [scene.vnid_map.policy(station.vnid, scene.network.vnid) for station in scene.sources]
    policy = next((each for each in policies if each is not None), None)
    if policy is None:
        return ()
    if policy.via is not None and scene.receiver is not policy.via:
        way = f"through {policy.via.name}"
    elif policy.encap is not None and encap != policy.encap:
        way = f"in {policy.encap}"
    else:
        return ()
    text = f"{_source_text(scene)} to {vm_text(scene.vnid_map, [scene.target])}{_way(scene)} in {encap}"
    return (Finding(Kind.POLICY_DENIED, f"{text}: the policy lets it go only {way}"),)


def _violation(scene: Scene, who: str, why: str) -> Finding:
    return Finding(Kind.ISOLATION_VIOLATION, f"{who}{_way(scene)} travels in {network_text(scene.network)}, and {why}")


def _way(scene: Scene) -> str:
    return way_text(scene.sender, scene.receiver)


def _source_text(scene: Scene) -> str:
    stations = scene.sources or scene.here + scene.allowed + scene.elsewhere
    return vm_text(scene.vnid_map, stations) if stations else address_text(scene.talk.source)


def identity(scene: Scene) -> Finding | None:
    """What is wrong with the addresses of a frame's source."""
    forged = forged_gateway(scene)
    if forged is not None or is_by_router(scene):
        return forged or source_of_routed(scene)
    return _of_vm(scene) if scene.sources else _stranger(scene)


def _of_vm(scene: Scene) -> Finding | None:
    """A source that has the MAC address of a VM."""
    talk, vnid_map = scene.talk, scene.vnid_map
    arp = _arp_sender(scene)
    if arp is not None or not talk.claims_ip:
        return arp
    owners = _owners(scene)
    if any(owner.vm == source.vm and owner.vnid == source.vnid for owner in owners for source in scene.sources):
        return None
    who = f"{vm_text(vnid_map, scene.sources)} at {places_text(scene.sources)}"
    if owners:
        text = f"{who} uses {address_text(talk.src_ip)}, which the map gives to {owners_text(vnid_map, owners)}"
        return Finding(Kind.SOURCE_SPOOFED, text)
    if _is_listed_otherwise(vnid_map, scene.sources, talk.src_ip):
        known = (*map(address_text, vnid_map.ips_of(scene.sources[0].vm)), *vnid_map.prefixes_of(scene.sources[0].vm))
        listed = " and ".join(map(str, known[:4]))
        return Finding(Kind.UNLISTED_ADDRESS, f"{who} uses {address_text(talk.src_ip)}; the map gives it {listed}")
    return None


def _owners(scene: Scene) -> list[Station]:
    """Who has the source IP address in the networks that the frame may be from."""
    vnids = dict.fromkeys(source.vnid for source in scene.sources)
    return [owner for vnid in vnids for owner in scene.vnid_map.stations_by_ip(vnid, scene.talk.src_ip, scene.ts_ns)]


def _stranger(scene: Scene) -> Finding | None:
    """A source whose MAC address no VM has that may send here: a router perhaps, or an intruder."""
    talk, vnid_map = scene.talk, scene.vnid_map
    if scene.allowed or scene.elsewhere:
        return None  # `membership` has said so
    late = late_source(scene)
    if late is not None or not talk.claims_ip:
        return late or _unknown(scene)
    owners = vnid_map.stations_by_ip(scene.network.vnid, talk.src_ip, scene.ts_ns)
    if owners:
        text = (
            f"{address_text(talk.source)}{_way(scene)} uses {address_text(talk.src_ip)}, which the map gives to"
            f" {owners_text(vnid_map, owners)} with {_macs_text(scene, owners)}"
        )
        return Finding(Kind.SOURCE_SPOOFED, text)
    return None if routed_sources(scene) else _unknown(scene)


def routed_sources(scene: Scene) -> tuple[Station, ...]:
    """VMs of networks that may send to this one, with the source IP address: a router put its MAC address in."""
    if scene.talk.arp_mac or not scene.talk.claims_ip:
        return ()
    stations = scene.vnid_map.stations_with_ip(scene.talk.src_ip, scene.ts_ns)
    return tuple(station for station in stations if station.vnid in scene.network.reached_from)


def _unknown(scene: Scene) -> Finding:
    text = f"{address_text(scene.talk.source)} in {network_text(scene.network)}{_way(scene)}: no VM of the map has it"
    return Finding(Kind.UNKNOWN_SOURCE, text)


def _arp_sender(scene: Scene) -> Finding | None:
    """A sender of ARP that gives the MAC address of another, or its own for another's IP address."""
    talk, vnid_map = scene.talk, scene.vnid_map
    if not talk.arp_mac or not talk.claims_ip:
        return None
    others: list[Station] = []
    for source in scene.sources:
        owners = vnid_map.stations_by_ip(source.vnid, talk.src_ip, scene.ts_ns)
        if not owners or talk.arp_mac in _macs_of(scene, owners):
            return None  # what one of them may say, others with its MAC address in other networks need not
        others += owners
    said = f"ARP of {vm_text(vnid_map, scene.sources)} says that {address_text(talk.src_ip)} is at"
    text = f"{said} {address_text(talk.arp_mac)}; the map gives it to {owners_text(vnid_map, others)}"
    return Finding(Kind.SOURCE_SPOOFED, f"{text} with {_macs_text(scene, others)}")


def _macs_of(scene: Scene, owners: Sequence[Station]) -> tuple[bytes, ...]:
    """The MAC addresses that frames of VMs may have; of one that has none itself, its device's, or any at all."""
    devices = scene.vnid_map.devices
    macs: list[bytes] = []
    for owner in owners:
        macs += owner.macs
        if not owner.mac and devices is not None:
            there = devices.of(owner, scene.ts_ns)
            macs += [mac for device in there for mac in device.macs] if there else [scene.talk.arp_mac]
    return tuple(dict.fromkeys(macs))


def _macs_text(scene: Scene, owners: Sequence[Station]) -> str:
    return " or ".join(map(address_text, _macs_of(scene, owners)))


def _is_listed_otherwise(vnid_map: VnidMap, sources: tuple[Station, ...], ip: bytes) -> bool:
    """True when the map gives the VM addresses of this family, none of which it is, nor what a host makes for itself.

    The address of another network card of the VM is its own too.
    """
    if is_link_local(ip):
        return False
    vms = dict.fromkeys(source.vm for source in sources)
    if any(ip in vnid_map.ips_of(vm) or any(ip in prefix for prefix in vnid_map.prefixes_of(vm)) for vm in vms):
        return False
    listed = (*vnid_map.ips_of(sources[0].vm), *(prefix.address for prefix in vnid_map.prefixes_of(sources[0].vm)))
    return any(len(known) == len(ip) for known in listed)
