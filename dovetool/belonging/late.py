"""A frame from, or to, the place that a VM has left."""

from __future__ import annotations

from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.participants import Scene
from dovetool.belonging.wording import place_text, places_text, vm_text
from dovetool.vnid_map import Tep
from dovetool.vnid_map.addresses import Stay
from dovetool.vnid_map.texts import time_text


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
    now = scene.vnid_map.stations_by_mac(scene.network.vnid, stay.station.mac, scene.ts_ns)
    left = f"the VM left there at {time_text(stay.end_ns or 0)}"
    return f"{left}, and is at {places_text(now)}" if now else left
