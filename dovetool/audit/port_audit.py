"""Would a switch refuse a frame at the port that it was captured at? It answers for the moment of the frame.

The interface of a capture is the port when it is named after it.
"""

from __future__ import annotations

from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.participants import Scene
from dovetool.belonging.wording import address_text, network_name, network_text, vm_text
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.stages.ingress import is_elsewhere, may_tag, vid_of
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import Port, Station


def no_such_port(view: FrameView, link: Link, reason: Reason) -> Finding:
    """An interface that is named after a switch of the map, which has no such port, or a trunk without that VLAN."""
    if reason is Reason.UNKNOWN_VLAN:
        return unknown_vlan(view, link, f"captured at {view.interface}, which")
    return Finding(Kind.UNKNOWN_PORT, f"captured at {view.interface}; the map has no such port")


def unknown_vlan(view: FrameView, link: Link, where: str) -> Finding:
    """A frame whose VLAN is none of a trunk's; `where` says of which."""
    vlan = f"of VLAN {vid_of(view, link)}" if vid_of(view, link) else "without a VLAN"
    return Finding(Kind.UNKNOWN_VLAN, f"a frame {vlan} was {where} has none such")


def wrong_tag(view: FrameView, link: Link, scene: Scene, port: Port) -> Finding | None:
    """A tagged frame that came in by a port: with the address of a VM of elsewhere, or a tag that is not its own."""
    if not port.trusted and is_elsewhere(scene.vnid_map, port, scene.talk.src_mac, scene.ts_ns):
        return _from_elsewhere(scene, port)
    if may_tag(view, link, scene.vnid_map, port, scene.network):
        return None
    text = f"{address_text(scene.talk.src_mac)} sent a frame with the tag of {network_text(scene.network)} into"
    return Finding(Kind.TAG_SPOOFED, f"{text} {port.name}, which is in {network_name(scene.vnid_map, port.vnid)}")


def forged(scene: Scene, port: Port) -> Finding | None:
    """An untagged frame seen at a port where neither its source nor its target is: it came in by there, falsely.

    What goes to many may have gone out there, unless its source is nowhere in the network any more.
    """
    if any(target.port.index == port.index for target in scene.targets):
        return None
    if not scene.here and is_elsewhere(scene.vnid_map, port, scene.talk.src_mac, scene.ts_ns):
        return _from_elsewhere(scene, port)
    if scene.talk.to_group or scene.network.floods or not scene.sources:
        return None
    is_here = any(station.port.index == port.index for station in scene.sources)
    return None if is_here else _from_elsewhere(scene, port)


def _from_elsewhere(scene: Scene, port: Port) -> Finding:
    vnid_map, mac = scene.vnid_map, scene.talk.src_mac
    stations: tuple[Station, ...] = scene.sources
    if not scene.here:
        ever = [stay.station for stay in vnid_map.stays_by_mac(port.vnid, mac) if stay.station.port.index == port.index]
        now = [each for each in vnid_map.stations_with_mac(mac, scene.ts_ns) if ever and each.vm == ever[0].vm]
        stations = tuple(now or ever[:1]) or stations or vnid_map.stations_with_mac(mac, scene.ts_ns)
    others = dict.fromkeys(station.port.name for station in stations if station.port.index != port.index)
    where = " or ".join(others) or "no port"
    text = f"{address_text(mac)} of {vm_text(vnid_map, stations)} came in at {port.name}; the map has it at {where}"
    at_that_time = " at that time" if vnid_map.change_times_ns else ""
    return Finding(Kind.SOURCE_SPOOFED, text + at_that_time)
