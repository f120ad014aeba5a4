"""Where on its way a frame is, told by what it carries and whom it names."""

from __future__ import annotations

from typing import NamedTuple

from dovetool.errors import FrameError
from dovetool.frame.find_tunnel import find_tunnel
from dovetool.frame.ip_layer import ip_layer
from dovetool.frame.link_layer import Link, ethernet_layer, link_layer
from dovetool.frame.selectors import Selectors
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.vnid_map import VnidMap
from dovetool.wire.dove_tag import TAG_OFFSET
from dovetool.wire.links import link_name

STAGES = ("tag", "encap", "decap", "untag")


class Beginning(NamedTuple):
    """The stage that a frame comes to first, and how that is known."""

    stage: str
    why: str


def beginning(view: FrameView, vnid_map: VnidMap, selectors: Selectors, *, from_port: bool = False) -> Beginning:
    """Tell which stage is the next for a frame.

    Args:
        view: the frame.
        vnid_map: who belongs where.
        selectors: what marks overlay packets.
        from_port: it is known to come in by the port of a switch.
    """
    if view.link_type != ETHERNET:
        return Beginning("decap", f"it is of link type {link_name(view.link_type)}, so not as a VM or a switch sent it")
    try:
        link = ethernet_layer(view, 0, vnid_map.tpid)
        sender = view.take(TAG_OFFSET - 6, 6)
    except FrameError:
        return Beginning("tag", "its headers cannot be read")
    if link.tag is not None:
        return _tagged(view, vnid_map, link.tag.vnid, sender, from_port=from_port)
    return _untagged(view, vnid_map, selectors, sender, from_port=from_port)


def _untagged(view: FrameView, vnid_map: VnidMap, selectors: Selectors, sender: bytes, *, from_port: bool) -> Beginning:
    """A frame without a tag comes from a VM, or out of the underlay."""
    if from_port:
        return Beginning("tag", "it comes in by the port of a switch, without a tag")
    if vnid_map.stations_with_mac(sender, view.ts_ns):
        return Beginning("tag", "it has no tag, and its sender is a VM")
    if _names_tep(view, vnid_map):
        return Beginning("decap", "its underlay addresses name a tunnel end point")
    if _is_overlay(view, selectors):
        return Beginning("decap", "it carries an overlay header")
    return Beginning("tag", "it has no tag and no overlay header")


def _tagged(view: FrameView, vnid_map: VnidMap, vnid: int, sender: bytes, *, from_port: bool) -> Beginning:
    """A tagged frame goes from its switch to a tunnel end point where its sender is known, else the other way."""
    if from_port:
        return Beginning("tag", "it comes in by the port of a switch, with a tag")
    network = vnid_map.network(vnid)
    if network is not None and network.is_l3:
        return Beginning("encap", "it has the DOVE tag of an L3 VNI, and is on its way to a router")
    origins = (vnid, *network.reached_from) if network is not None else ()
    if any(vnid_map.stations_by_mac(origin, sender, view.ts_ns) for origin in origins):
        return Beginning("encap", "it has the DOVE tag, and its sender is a VM")
    return Beginning("untag", "it has the DOVE tag, and its sender is no VM that could have sent it")


def _names_tep(view: FrameView, vnid_map: VnidMap) -> bool:
    """Say whether a frame is from or to a tunnel end point."""
    macs = view.take(0, TAG_OFFSET)
    if vnid_map.tep_by_mac(macs[:6]) or vnid_map.tep_by_mac(macs[6:]):
        return True
    try:
        ip = ip_layer(view, link_layer(view) or Link(0, 0))
        if ip is None:
            return False
        ends = (view.take(at, ip.address_len) for at in (ip.src_at, ip.dst_at))
        return any(vnid_map.tep_by_ip(end) for end in ends)
    except FrameError:
        return False


def _is_overlay(view: FrameView, selectors: Selectors) -> bool:
    try:
        link = link_layer(view)
        return link is not None and find_tunnel(view, link, selectors, 0) is not None
    except FrameError as error:
        return error.reason == "bad-overlay-header"
