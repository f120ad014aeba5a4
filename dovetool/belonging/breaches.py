"""Does a frame belong into its network: both ends, at their tunnel end points, under their own addresses?

The audit asks this of every hop, and the receiving side of what it delivers.
"""

from __future__ import annotations

from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.isolation import identity, membership
from dovetool.belonging.participants import Scene, Talk, set_scene
from dovetool.belonging.placement import placement
from dovetool.belonging.routed import between_routers
from dovetool.belonging.rule import Severity
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import Network, Tep, VnidMap

_TELL_SOURCE = (Kind.SOURCE_SPOOFED, Kind.LATE_FRAME, Kind.IN_FLIGHT, Kind.VNID_NOT_ON_TEP)


def faults(scene: Scene) -> tuple[Finding, ...]:
    """What is wrong with a frame in its network; whoever does not belong there is not asked for a place too."""
    if scene.network.is_l3:
        return tuple(between_routers(scene))
    stray = membership(scene)
    if stray is not None:
        return (stray,)
    found = tuple(placement(scene))
    spoofed = identity(scene) if not any(each.kind in _TELL_SOURCE for each in found) else None
    return found if spoofed is None else (*found, spoofed)


def breaches(
    view: FrameView,
    vnid_map: VnidMap,
    network: Network,
    talk: Talk,
    link: Link,
    ends: tuple[Tep | None, Tep | None] = (None, None),
) -> tuple[Reason, ...]:
    """Names of the errors among these, to be noted of a frame that is delivered all the same.

    Whoever asks has found out that its target is in the network, and where it should be, or that it is for many.
    """
    if _is_at_home(view, vnid_map, network, talk, ends):
        return ()
    found = faults(set_scene(view, vnid_map, network, talk, link, ends))
    errors = (each.kind.reason for each in found if each.kind.severity is Severity.ERROR)
    return tuple(dict.fromkeys(map(Reason, errors)))


def _is_at_home(
    view: FrameView, vnid_map: VnidMap, network: Network, talk: Talk, ends: tuple[Tep | None, Tep | None]
) -> bool:
    """Say in short what holds of nearly all frames: a VM of the network sends from its place, under its own address."""
    sender, receiver = ends
    if (network.floods and not talk.to_group) or (receiver is not None and receiver.is_gateway):
        return False  # it may be for anybody
    if vnid_map.devices is not None:
        return False  # its MAC addresses may be those of others
    source = vnid_map.station_by_mac(network.vnid, talk.src_mac, view.ts_ns)
    if source is None or (sender is not None and source.port.tep.index != sender.index):
        return False
    if not talk.claims_ip:
        return not talk.arp_mac
    owner = vnid_map.station_by_ip(network.vnid, talk.src_ip, view.ts_ns)
    is_own = not talk.arp_mac or talk.arp_mac in source.macs
    return owner is not None and owner.vm == source.vm and is_own
