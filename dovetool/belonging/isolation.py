"""Do the two ends of a frame belong into the network that it travels in, and are they who they say they are?

The tag carries the VNID of the network that the target belongs to. So the source may be of another network if a policy
lets it send there, and the target may not.
"""

from __future__ import annotations

from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.participants import Scene
from dovetool.belonging.wording import NO_POLICY, address_text, network_text, place_text, vm_text, way_text
from dovetool.vnid_map import Station, Tep, VnidMap
from dovetool.vnid_map.addresses import Stay
from dovetool.vnid_map.texts import time_text

_LINK_LOCAL = {4: (bytes((169, 254)), b"\xff\xff"), 16: (b"\xfe\x80", b"\xff\xc0")}  # RFC 3927, RFC 4291 section 2.5.6


def membership(scene: Scene) -> Finding | None:
    """What is wrong with the network of a frame's source or destination."""
    if scene.strays:
        return late_target(scene, scene.talk.dst_mac) or _violation(
            scene, f"{_source_text(scene)} to {vm_text(scene.vnid_map, scene.strays)}", "its target is not in there"
        )
    if scene.here or not (scene.allowed or scene.elsewhere):
        return None
    if scene.target is None:
        text = f"{_source_text(scene)} to {'a group' if scene.talk.to_group else address_text(scene.talk.dst_mac)}"
        return late_source(scene) or _violation(scene, text, "its source is not in there")
    if scene.allowed:
        return None
    text = f"{_source_text(scene)} to {vm_text(scene.vnid_map, [scene.target])}{_way(scene)}: {NO_POLICY}"
    return late_source(scene) or Finding(Kind.POLICY_DENIED, text)


def _violation(scene: Scene, who: str, why: str) -> Finding:
    return Finding(Kind.ISOLATION_VIOLATION, f"{who}{_way(scene)} travels in {network_text(scene.network)}, and {why}")


def _way(scene: Scene) -> str:
    return way_text(scene.sender, scene.receiver)


def _source_text(scene: Scene) -> str:
    stations = scene.sources or scene.here + scene.allowed + scene.elsewhere
    return vm_text(scene.vnid_map, stations) if stations else address_text(scene.talk.src_mac)


def late_source(scene: Scene) -> Finding | None:
    """A frame from where its VM was before."""
    stay = _left(scene, scene.talk.src_mac, scene.sender)
    if stay is None:
        return None
    who = vm_text(scene.vnid_map, [stay.station])
    return _late(scene, stay, f"{who} sent from {place_text(stay.station)}")


def late_target(scene: Scene, mac: bytes) -> Finding | None:
    """A frame to where the VM with that MAC address was before."""
    stay = _left(scene, mac, scene.receiver)
    if stay is None:
        return None
    who = vm_text(scene.vnid_map, [stay.station])
    return _late(scene, stay, f"a frame for {who} was sent to {place_text(stay.station)}")


def _late(scene: Scene, stay: Stay, what: str) -> Finding:
    """A frame after a stay; for a while it may have been on its way when the VM left."""
    is_in_flight = scene.ts_ns - (stay.end_ns or 0) < scene.grace_ns
    return Finding(Kind.IN_FLIGHT if is_in_flight else Kind.LATE_FRAME, f"{what}; {_since(scene, stay)}")


def _left(scene: Scene, mac: bytes, tep: Tep | None) -> Stay | None:
    """The last stay of a VM of the network behind a tunnel end point that is over; None without one."""
    over = [
        (stay.end_ns, stay)
        for stay in scene.vnid_map.stays_by_mac(scene.network.vnid, mac)
        if stay.end_ns is not None and stay.end_ns <= scene.ts_ns
        if tep is None or stay.station.port.tep.index == tep.index
    ]
    return max(over, key=lambda each: each[0])[1] if over else None


def _since(scene: Scene, stay: Stay) -> str:
    now = scene.vnid_map.station_by_mac(scene.network.vnid, stay.station.mac, scene.ts_ns)
    left = f"the VM left there at {time_text(stay.end_ns or 0)}"
    return f"{left}, and is at {place_text(now)}" if now is not None else left


def identity(scene: Scene) -> Finding | None:
    """What is wrong with the addresses of a frame's source."""
    talk, vnid_map = scene.talk, scene.vnid_map
    if not scene.sources:
        return _stranger(scene)
    arp = _arp_sender(scene)
    if arp is not None or not talk.claims_ip:
        return arp
    owners = [vnid_map.station_by_ip(source.vnid, talk.src_ip, scene.ts_ns) for source in scene.sources]
    if any(owner is not None and owner.vm == source.vm for owner, source in zip(owners, scene.sources, strict=True)):
        return None
    who = f"{vm_text(vnid_map, scene.sources)} at {place_text(scene.sources[0])}"
    others = [owner for owner in owners if owner is not None]
    if others:
        text = f"{who} uses {address_text(talk.src_ip)}, which the map gives to {vm_text(vnid_map, others)}"
        return Finding(Kind.SOURCE_SPOOFED, text)
    if _is_listed_otherwise(vnid_map, scene.sources, talk.src_ip):
        listed = " and ".join(address_text(ip) for ip in vnid_map.ips_of(scene.sources[0].vm)[:4])
        return Finding(Kind.UNLISTED_ADDRESS, f"{who} uses {address_text(talk.src_ip)}; the map gives it {listed}")
    return None


def _stranger(scene: Scene) -> Finding | None:
    """A source whose MAC address no VM has that may send here: a router perhaps, or an intruder."""
    talk, vnid_map = scene.talk, scene.vnid_map
    if scene.allowed or scene.elsewhere:
        return None  # `membership` has said so
    late = late_source(scene)
    if late is not None or not talk.claims_ip:
        return late or _unknown(scene)
    owner = vnid_map.station_by_ip(scene.network.vnid, talk.src_ip, scene.ts_ns)
    if owner is not None:
        text = (
            f"{address_text(talk.src_mac)}{_way(scene)} uses {address_text(talk.src_ip)}, which the map gives to"
            f" {vm_text(vnid_map, [owner])} with {address_text(owner.mac)}"
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
    text = f"{address_text(scene.talk.src_mac)} in {network_text(scene.network)}{_way(scene)}: no VM of the map has it"
    return Finding(Kind.UNKNOWN_SOURCE, text)


def _arp_sender(scene: Scene) -> Finding | None:
    """A sender of ARP that gives the MAC address of another, or its own for another's IP address."""
    talk, vnid_map = scene.talk, scene.vnid_map
    if not talk.arp_mac or not talk.claims_ip:
        return None
    owners = [vnid_map.station_by_ip(source.vnid, talk.src_ip, scene.ts_ns) for source in scene.sources]
    if any(owner is None or owner.mac == talk.arp_mac for owner in owners):
        return None  # what one of them may say, others with its MAC address in other networks need not
    others = [owner for owner in owners if owner is not None]
    said = f"ARP of {vm_text(vnid_map, scene.sources)} says that {address_text(talk.src_ip)} is at"
    text = f"{said} {address_text(talk.arp_mac)}; the map gives it to {vm_text(vnid_map, others)}"
    return Finding(Kind.SOURCE_SPOOFED, f"{text} with {address_text(others[0].mac)}")


def _is_listed_otherwise(vnid_map: VnidMap, sources: tuple[Station, ...], ip: bytes) -> bool:
    """True when the map gives the VM addresses of this family, and this one is none that a host makes for itself."""
    start, mask = _LINK_LOCAL[len(ip)]
    is_link_local = bytes(map(int.__and__, ip[: len(mask)], mask)) == start
    return not is_link_local and any(len(known) == len(ip) for known in vnid_map.ips_of(sources[0].vm))
