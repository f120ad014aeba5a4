"""Does an untagged frame, as VMs send and get it, obey the map?"""

from __future__ import annotations

from dataclasses import replace

from dovetool.audit.port_audit import forged, no_such_port, unknown_vlan
from dovetool.audit.refusal import refusal
from dovetool.belonging.answers import may_reach
from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.isolation import identity, membership
from dovetool.belonging.participants import Scene, Talk, read_talk, set_scene
from dovetool.belonging.placement import nobody
from dovetool.belonging.target import dst_ip, target_stations, users_of
from dovetool.belonging.wording import NO_POLICY, address_text, vm_text
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.stages.ingress import fits, interface_port
from dovetool.stages.switch import Tag
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Reject
from dovetool.vnid_map import Network, Port, Station, VnidMap

_OF_ROUTER = (Reason.NO_ROUTE, Reason.TTL_EXCEEDED, Reason.UNKNOWN_ROUTER)
_OF_TARGET = (Reason.POLICY_DENIED, Reason.DUPLICATE_ADDRESS, *_OF_ROUTER)


def guest(view: FrameView, link: Link, vnid_map: VnidMap) -> tuple[Finding, ...] | None:
    """What is wrong with an untagged frame; None for one that is from no VM, for none, and from no port of a switch."""
    talk = read_talk(view, view.take(0, 12, layer="Ethernet"), link)
    port = interface_port(view, link, vnid_map)
    way_out = _way_out(view, vnid_map, talk) if port is Reason.UNKNOWN_VLAN else None
    port = way_out or port
    if isinstance(port, Reason):
        return (no_such_port(view, link, port),)
    sources = vnid_map.stations_with_mac(talk.src_mac, view.ts_ns)
    if port is None and not sources:
        return _from_nobody(view, link, vnid_map, talk)
    if port is not None and not sources and (network := _routed_out(view, vnid_map, talk, port)) is not None:
        who_routed = identity(set_scene(view, vnid_map, network, talk, link))
        return () if who_routed is None else (who_routed,)
    return _from_somebody(view, link, vnid_map, talk, (port, way_out))


def _from_somebody(
    view: FrameView, link: Link, vnid_map: VnidMap, talk: Talk, ports: tuple[Port | None, Port | None]
) -> tuple[Finding, ...]:
    """Of a frame from a VM, or at a port of a switch; of the ports, the second is one that it goes out by."""
    port, way_out = ports
    sources = vnid_map.stations_with_mac(talk.src_mac, view.ts_ns)
    who = vm_text(vnid_map, sources) or address_text(talk.src_mac)
    comes_in = port is None or not (way_out or _is_delivered(view, link, vnid_map, talk, port))
    refused = _refused_tag(view, link, vnid_map, talk, sources) if comes_in else ()
    if refused:
        return refused
    vnid = _network(view, link, vnid_map, talk, sources, port)
    if vnid is None:
        text = f"{who} to {vm_text(vnid_map, _targets(view, vnid_map, talk))}"
        return (Finding(Kind.POLICY_DENIED, f"{text}: {NO_POLICY}"),)
    network = vnid_map.network(vnid)
    assert network is not None  # noqa: S101  (a station and a port are in a network of the map)
    scene = set_scene(view, vnid_map, network, talk, link)
    if port is not None and comes_in:
        scene = _by_port(scene, port)
    stray = (forged(scene, port) if port is not None else None) or membership(scene)
    if stray is not None:
        return (stray,)
    lost = nobody(scene) if scene.target is None and scene.sources else None
    return tuple(each for each in (identity(scene), lost) if each is not None)


def _routed_out(view: FrameView, vnid_map: VnidMap, talk: Talk, port: Port) -> Network | None:
    """The network that a frame which came in by a port was routed to since: another one of its VRF; None: it was not.

    So it is in captures of what is delivered, whose interfaces are named after the ports that frames came in by.
    """
    own = vnid_map.network(port.vnid)
    if own is None or own.vrf is None or talk.to_group:
        return None
    targets = (vnid_map.network(station.vnid) for station in vnid_map.stations_with_mac(talk.dst_mac, view.ts_ns))
    joined = [each for each in targets if each is not None and each.vrf == own.vrf and each is not own]
    return next((each for each in joined if talk.src_mac in (each.gateway_macs or own.gateway_macs)), None)


def _refused_tag(
    view: FrameView, link: Link, vnid_map: VnidMap, talk: Talk, sources: tuple[Station, ...]
) -> tuple[Finding, ...]:
    """What a switch would refuse a frame for that comes in, and has not to do with the port."""
    tagged = Tag(vnid_map).decide(view)
    if not isinstance(tagged, Reject):
        return ()
    who = vm_text(vnid_map, sources) or address_text(talk.src_mac)
    if tagged.reason is Reason.UNKNOWN_VLAN and _fits_nowhere(view, link, vnid_map, sources):
        return (unknown_vlan(view, link, f"sent by {who}, whose trunk"),)
    if tagged.reason not in _OF_TARGET:
        return ()
    address = talk.dst_ip if tagged.reason in _OF_ROUTER else talk.dst_mac
    way = f"{who} to {vm_text(vnid_map, _meant(view, link, vnid_map, talk)) or address_text(address)}"
    return refusal("tag", tagged, (), way)


def _fits_nowhere(view: FrameView, link: Link, vnid_map: VnidMap, sources: tuple[Station, ...]) -> bool:
    """Say whether a frame, of which only the sender is known, is at no port of its network, be it on its way there."""
    networks = (vnid_map.network(station.vnid) for station in sources)
    return not any(fits(view, link, port) for network in networks if network is not None for port in network.ports)


def _from_nobody(view: FrameView, link: Link, vnid_map: VnidMap, talk: Talk) -> tuple[Finding, ...] | None:
    """Of a frame whose source MAC address no VM has: who sends there to a VM; None when it is for none either.

    A switch may know the sender by its IP address, as a VM whose MAC address is not in the map.
    """
    networks = {station.vnid for station in _targets(view, vnid_map, talk)}
    network = vnid_map.network(networks.pop()) if len(networks) == 1 else None
    refused = _refused_tag(view, link, vnid_map, talk, ())
    if network is None:
        return refused or None
    who = identity(set_scene(view, vnid_map, network, talk, link))
    return refused if who is None else (who, *refused)


def _is_delivered(view: FrameView, link: Link, vnid_map: VnidMap, talk: Talk, port: Port) -> bool:
    """Say whether a frame seen at a port goes out there: its target is there, and its source is not."""
    if talk.to_group:
        return False
    targets = target_stations(view, link, vnid_map, port.vnid, talk.dst_mac)
    sources = vnid_map.stations_by_mac(port.vnid, talk.src_mac, view.ts_ns)
    is_from_here = any(source.port.index == port.index for source in sources)
    return any(target.port.index == port.index for target in targets) and not is_from_here


def _way_out(view: FrameView, vnid_map: VnidMap, talk: Talk) -> Port | None:
    """The port of a trunk that a frame goes out by with a tag that is the guest's own: that of frames without a VLAN.

    So it is where the frame is from a VM of that network at another port, whose own VLAN, if any, was taken off there.
    """
    trunk = vnid_map.trunk_at(view.interface)
    port = trunk.ports.get(0) if trunk is not None else None
    if port is None:
        return None
    sources = vnid_map.stations_by_mac(port.vnid, talk.src_mac, view.ts_ns)
    return port if sources and all(source.port.line != port.line for source in sources) else None


def _by_port(scene: Scene, port: Port) -> Scene:
    """A frame that came in by a port is of the port's network, whoever has its source MAC address in others."""
    sources = scene.vnid_map.stations_by_mac(port.vnid, scene.talk.src_mac, scene.ts_ns)
    sources = users_of(scene.vnid_map, sources, scene.talk.src_ip, scene.ts_ns)
    is_own = scene.network.vnid == port.vnid
    return replace(scene, here=sources if is_own else (), allowed=() if is_own else sources, elsewhere=())


def _meant(view: FrameView, link: Link, vnid_map: VnidMap, talk: Talk) -> tuple[Station, ...]:
    """The VMs that a frame may be for: by MAC address, else by IP address as what a router gets."""
    address = dst_ip(view, link)
    by_ip = vnid_map.stations_with_ip(address, view.ts_ns) if address is not None else ()
    return _targets(view, vnid_map, talk) or by_ip


def _targets(view: FrameView, vnid_map: VnidMap, talk: Talk) -> tuple[Station, ...]:
    return () if talk.to_group else vnid_map.stations_with_mac(talk.dst_mac, view.ts_ns)


def _network(
    view: FrameView, link: Link, vnid_map: VnidMap, talk: Talk, sources: tuple[Station, ...], port: Port | None
) -> int | None:
    """The network that a frame is in: that of its target, where its source may reach it; None where it may not."""
    own = [port.vnid] if port is not None else [station.vnid for station in sources]
    found = {station.vnid for station in _targets(view, vnid_map, talk)}
    if not found or found.intersection(own):
        candidates = [vnid for vnid in own if vnid in found] or own
        return _that_has_ip(view, vnid_map, talk, candidates)
    if port is not None and sources and all(station.port.index != port.index for station in sources):
        return port.vnid  # it does not come from here, so what it may reach is not the question
    networks = [network for network in map(vnid_map.network, own) if network is not None]
    joined = [(network.vnid, vnid) for network in networks for vnid in network.reaches if vnid in found]
    reached = [vnid for own_vnid, vnid in joined if may_reach(view, link, vnid_map, own_vnid, vnid)]
    stays_in = [network.vnid for network in networks if network.floods]
    return next(iter((*reached, *stays_in)), None)


def _that_has_ip(view: FrameView, vnid_map: VnidMap, talk: Talk, candidates: list[int]) -> int:
    """Of several networks with the same MAC address, the one in which it has the IP address too."""
    if talk.claims_ip and len(candidates) > 1:
        for vnid in candidates:
            owners = vnid_map.stations_by_ip(vnid, talk.src_ip, view.ts_ns)
            if any(talk.src_mac in owner.macs for owner in owners):
                return vnid
    return candidates[0]
