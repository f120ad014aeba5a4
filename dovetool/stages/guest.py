"""Does an untagged frame, as VMs send and get it, obey the map?"""

from __future__ import annotations

from dovetool.stages.finding import Finding, Kind
from dovetool.stages.isolation import identity, late_source, membership
from dovetool.stages.layers import Link
from dovetool.stages.placement import nobody
from dovetool.stages.scene import Scene, Talk, read_talk, set_scene
from dovetool.stages.switch import interface_port
from dovetool.stages.verdict import Reason
from dovetool.stages.view import FrameView
from dovetool.stages.wording import address_text, vm_text
from dovetool.vnid_map import Port, Station, VnidMap


def guest(view: FrameView, link: Link, vnid_map: VnidMap) -> tuple[Finding, ...] | None:
    """What is wrong with an untagged frame; None for one that is from no VM, for none, and from no port of a switch."""
    talk = read_talk(view, view.take(0, 12, layer="Ethernet"), link)
    port = interface_port(vnid_map, view.interface)
    if isinstance(port, Reason):
        return (Finding(Kind.UNKNOWN_PORT, f"captured at {view.interface}; the map has no such port"),)
    sources = vnid_map.stations_with_mac(talk.src_mac, view.ts_ns)
    if port is None and not sources:
        return _from_nobody(view, link, vnid_map, talk)
    vnid = _network(view, vnid_map, talk, sources, port)
    if vnid is None:
        text = f"{vm_text(vnid_map, sources)} to {vm_text(vnid_map, _targets(view, vnid_map, talk))}"
        return (Finding(Kind.POLICY_DENIED, f"{text}: no policy of the map lets the one network reach the other"),)
    network = vnid_map.network(vnid)
    assert network is not None  # noqa: S101  (a station and a port are in a network of the map)
    scene = set_scene(view, vnid_map, network, talk, link)
    looks = [membership(scene), _forged(scene, port) if port is not None else None]
    found = [each for each in looks if each is not None]
    if not found:
        lost = nobody(scene) if scene.target is None and scene.sources else None
        found = [each for each in (identity(scene), lost) if each is not None]
    return tuple(found)


def _from_nobody(view: FrameView, link: Link, vnid_map: VnidMap, talk: Talk) -> tuple[Finding, ...] | None:
    """Of a frame whose source is no VM: who sends there to a VM; None when it is for none either."""
    networks = {station.vnid for station in _targets(view, vnid_map, talk)}
    network = vnid_map.network(networks.pop()) if len(networks) == 1 else None
    if network is None:
        return None
    who = identity(set_scene(view, vnid_map, network, talk, link))
    return () if who is None else (who,)


def _targets(view: FrameView, vnid_map: VnidMap, talk: Talk) -> tuple[Station, ...]:
    return () if talk.to_group else vnid_map.stations_with_mac(talk.dst_mac, view.ts_ns)


def _network(
    view: FrameView, vnid_map: VnidMap, talk: Talk, sources: tuple[Station, ...], port: Port | None
) -> int | None:
    """The network that a frame is in: that of its target, where its source may reach it; None where it may not."""
    own = [port.vnid] if port is not None else [station.vnid for station in sources]
    found = {station.vnid for station in _targets(view, vnid_map, talk)}
    if not found or found.intersection(own):
        candidates = [vnid for vnid in own if vnid in found] or own
        return _that_has_ip(view, vnid_map, talk, candidates)
    if port is not None and all(station.port.index != port.index for station in sources):
        return port.vnid  # it does not come from here, so what it may reach is not the question
    reached = [vnid for start in own for vnid in _reaches(vnid_map, start) if vnid in found]
    return reached[0] if reached else None


def _reaches(vnid_map: VnidMap, vnid: int) -> tuple[int, ...]:
    network = vnid_map.network(vnid)
    return network.reaches if network is not None else ()


def _that_has_ip(view: FrameView, vnid_map: VnidMap, talk: Talk, candidates: list[int]) -> int:
    """Of several networks with the same MAC address, the one in which it has the IP address too."""
    if talk.claims_ip and len(candidates) > 1:
        for vnid in candidates:
            owner = vnid_map.station_by_ip(vnid, talk.src_ip, view.ts_ns)
            if owner is not None and owner.mac == talk.src_mac:
                return vnid
    return candidates[0]


def _forged(scene: Scene, port: Port) -> Finding | None:
    """A frame seen at a port where neither its source nor its target is: it came in by there with a false address."""
    if scene.talk.to_group or scene.target is None or scene.network.floods or not scene.sources:
        return None
    if port.index in {station.port.index for station in (*scene.sources, scene.target)}:
        return None
    late = late_source(scene, port)
    if late is not None:
        return late
    text = (
        f"{address_text(scene.talk.src_mac)} of {vm_text(scene.vnid_map, scene.sources)} came in at {port.name};"
        f" the map has it at {scene.sources[0].port.name}"
    )
    return Finding(Kind.SOURCE_SPOOFED, text)
