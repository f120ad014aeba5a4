"""A packet that has arrived at a tunnel end point: the frame in it with the tag, or why it is not handed on."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from dovetool.belonging.bare_packet import bare_header
from dovetool.belonging.routing import routers
from dovetool.belonging.target import target_stations
from dovetool.frame.ip_layer import IpLayer, frame_ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.selectors import Selectors
from dovetool.frame.tunnel import Tunnel, tunnel_ends
from dovetool.frame.view import UNKNOWN, FrameView
from dovetool.stages.checksums import REASONS, outer_sums
from dovetool.stages.ecn import marking
from dovetool.stages.irb import Routed, routed_at_exit, routed_on_arrival
from dovetool.verdict.check import OFFLOADED, WRONG
from dovetool.verdict.patch import Patch
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Guard, Reject, Splice, Verdict
from dovetool.vnid_map import Network, Station, Tep, VnidMap
from dovetool.vnid_map.tunnel_ends import pair_between
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.ecn import decapsulated
from dovetool.wire.fields import Vnid, is_group
from dovetool.wire.overlay import ENCAPSULATIONS, InnerVlan

_ECN = 0x03


class Arrival(NamedTuple):
    """An overlay packet of a network that came from a tunnel end point; `link` is that of the frame in it."""

    tunnel: Tunnel
    link: Link
    network: Network
    source: Tep

    @property
    def vnid(self) -> Vnid:
        """The VNID that it came with; a network may have several."""
        return Vnid(self.network.vnid if self.tunnel.header.vnid is None else self.tunnel.header.vnid)


def ends_of(
    view: FrameView, tunnel: Tunnel, vnid_map: VnidMap, at: Tep | None = None
) -> tuple[Tep | None, Tep | None, bytes]:
    """The two tunnel end points, None for what is none, and the address that the packet goes to.

    `at` is the one that the packet is at, where that is known.
    """
    source, target = tunnel_ends(view, tunnel)
    return *pair_between(vnid_map, source, target, tunnel.header.vnid, at), target


def inner_link(view: FrameView, tunnel: Tunnel, vnid_map: VnidMap) -> Link:
    """The link layer inside a tunnel. A tag of no network that has pad bits is another use of the EtherType."""
    link = tunnel.link(view, vnid_map.tpid)
    if link.tag is not None and link.tag.pad and vnid_map.network(link.tag.vnid) is None:
        return Link(0, link.offset)
    return link


def inner_targets(view: FrameView, vnid_map: VnidMap, arrival: Arrival) -> tuple[tuple[Station, ...], bool]:
    """The VM that the inner frame is for, if any, at all its places, and whether it is for a group."""
    tunnel, link, network, _ = arrival
    if tunnel.carries_frame:
        dst_mac = view.take(tunnel.inner, 6, layer="inner Ethernet")
    else:
        dst_mac = bare_header(view, link, tunnel.header.payload, vnid_map, network)[:6]
    if is_group(dst_mac):
        return (), True
    return target_stations(view, link, vnid_map, network.vnid, dst_mac), False


def tagged_for(view: FrameView, vnid_map: VnidMap, arrival: Arrival, receiver: Tep | None) -> Forward | Reject:
    """The inner frame with the tag as a tunnel end point hands it on, or why that one does not."""
    way = fault_of_headers(vnid_map, arrival, receiver) or _way(view, vnid_map, arrival, receiver)
    return Reject(way) if isinstance(way, Reason) else _tagged(view, vnid_map, arrival, receiver, way)


def _way(view: FrameView, vnid_map: VnidMap, arrival: Arrival, receiver: Tep | None) -> Routed | Reason | None:
    """How the inner frame is routed; None: it is delivered as it is; or what keeps it from either."""
    if receiver is not None and receiver.is_gateway and not routes_here(view, vnid_map, arrival, receiver):
        return None  # it sends on what it gets, and the next one looks
    network = arrival.network
    if receiver is not None and not network.has_port_at(receiver.index):
        return Reason.VNID_NOT_ON_TEP
    macs = view.take(arrival.tunnel.inner, 12, layer="inner Ethernet") if arrival.tunnel.carries_frame else b""
    if network.is_l3:
        return routed_at_exit(view, arrival.link, vnid_map, network, receiver, macs)
    if receiver is not None and macs[:6] in network.gateway_macs:
        routed = routed_on_arrival(view, arrival.link, vnid_map, network, receiver)
        if routed is not None:
            return routed
    return _misdelivery(view, vnid_map, arrival, receiver)


def routes_here(view: FrameView, vnid_map: VnidMap, arrival: Arrival, receiver: Tep) -> bool:
    """Say whether a frame in an L3 VNI is for the router that a tunnel end point is."""
    if not arrival.network.is_l3 or not arrival.tunnel.carries_frame:
        return False
    dst_mac = view.take(arrival.tunnel.inner, 6, layer="inner Ethernet")
    return receiver in routers(vnid_map, arrival.network, dst_mac)


def fault_of_headers(vnid_map: VnidMap, arrival: Arrival, receiver: Tep | None) -> Reason | None:
    """What is wrong with the frame, wherever it is going."""
    if not understood(arrival.tunnel, receiver):
        return Reason.CRITICAL_OPTION
    if arrival.link.tag is not None or arrival.link.ethertype == vnid_map.tpid:
        return Reason.ALREADY_TAGGED
    if not ENCAPSULATIONS[arrival.tunnel.header.encap].allows(arrival.vnid):
        return Reason.RESERVED_VNID
    return Reason.INNER_VLAN if arrival.link.tci is not None and _rejects_vlan(arrival.tunnel, receiver) else None


def _misdelivery(view: FrameView, vnid_map: VnidMap, arrival: Arrival, receiver: Tep | None) -> Reason | None:
    """What is wrong with the destination of the inner frame."""
    stations, to_group = inner_targets(view, vnid_map, arrival)
    if to_group:
        return None
    if not stations:
        return None if arrival.network.floods else Reason.UNKNOWN_DESTINATION
    if receiver is None or any(station.port.tep is receiver for station in stations):
        return None
    return Reason.WRONG_TEP


def _tagged(
    view: FrameView, vnid_map: VnidMap, arrival: Arrival, receiver: Tep | None, routed: Routed | None
) -> Forward | Reject:
    tunnel, link, network, source = arrival
    header = b"" if tunnel.carries_frame else bare_header(view, link, tunnel.header.payload, vnid_map, network)
    if routed is not None:
        header = routed.macs + header[TAG_OFFSET:]
    tag = DoveTag(arrival.vnid if routed is None else Vnid(routed.vnid), tunnel.pcp, tunnel.header.dei, vnid_map.tpid)
    splices = _splices(arrival, header, tag, strips=receiver is not None and receiver.guest_vlan == "strip")
    shift = sum(len(splice.insert) - splice.cut for splice in splices)
    patches: tuple[Patch, ...] = ()
    ip = frame_ip_layer(view, link, _ECN)
    if ip is not None:
        ecn = ecn_inside(tunnel, ip)
        if ecn is None:
            return Reject(Reason.ECN_DROP)
        patches = marking(ip, ip.offset + shift, ecn)
    if routed is not None:
        patches += routed.packet.aged(routed.packet.offset + shift)
    tep = UNKNOWN if receiver is None else receiver.index
    notes = (Reason.CONTROL_PACKET,) if tunnel.header.is_control else ()
    return Forward(splices, tunnel.behind, patches, vnid=tag.vnid, tep=tep, origin=source.index, notes=notes)


def ecn_inside(tunnel: Tunnel, ip: IpLayer) -> int | None:
    """The ECN field of a packet once it is out of its tunnel; None: it is dropped (RFC 6040 section 4.2)."""
    outer = tunnel.ecn()
    return None if outer is None else decapsulated(outer, ip.tos & _ECN)


def is_ours(tunnel: Tunnel) -> bool:
    """Say whether a tunnel end point of a map takes a packet for an overlay: it has a network, and the right port."""
    return tunnel.codec.has_vnid and not tunnel.is_guess


def understood(tunnel: Tunnel, receiver: Tep | None) -> bool:
    """Say whether a tunnel end point knows the critical options of a packet (RFC 8926 section 3.4)."""
    critical = tunnel.header.critical
    return not critical or (receiver is not None and all(map(receiver.understands, critical)))


def _splices(arrival: Arrival, header: bytes, tag: DoveTag, *, strips: bool) -> tuple[Splice, ...]:
    """What makes the tagged frame: the outer headers go, the tag comes, with a header around it where one is given.

    That is the one of a bare packet, or the MAC addresses alone that a router puts in the place of those of a frame.
    The 802.1Q tags of the guest go too where the tunnel end point strips them.
    """
    inner, goes_on = arrival.tunnel.inner, arrival.link.vlans_end - 2
    is_stripped = strips and arrival.link.tci is not None
    if header:
        before = header[:TAG_OFFSET] + tag.emit()
        if is_stripped:
            return (Splice(0, goes_on, before),)
        kept_from = inner + TAG_OFFSET if arrival.tunnel.carries_frame else inner
        return (Splice(0, kept_from, before + header[TAG_OFFSET:]),)
    at = inner + TAG_OFFSET
    return (Splice(0, cut=inner), Splice(at, goes_on - at if is_stripped else 0, tag.emit()))


def _rejects_vlan(tunnel: Tunnel, receiver: Tep | None) -> bool:
    """Say whether a frame with an 802.1Q tag is refused (RFC 7348 section 6.1, RFC 7637 section 3.3)."""
    if tunnel.codec.inner_vlan is InnerVlan.FORBIDDEN:
        return True
    return receiver is not None and receiver.guest_vlan == "reject"


def verified(
    view: FrameView,
    arrival: Arrival,
    selectors: Selectors,
    receivers: tuple[Tep | None, ...],
    verdict: Forward | Copies,
) -> Verdict:
    """The verdict for frames with right outer checksums, and what becomes of others."""
    sums = list(outer_sums(view, arrival.tunnel, arrival.link, selectors, receivers))
    checks = tuple(each.check for each in sums if each.check is not None)
    if len(checks) < len(sums):
        return Reject(Reason.MISSING_CHECKSUM)
    if not checks:
        return verdict
    noted, wrong = _noting(verdict, REASONS[OFFLOADED]), Reject(REASONS[WRONG])
    return replace(verdict, guard=Guard.of(checks, lambda answers: wrong if WRONG in answers else noted))


def _noting(verdict: Forward | Copies, note: Reason) -> Forward | Copies:
    """The verdict with something to report."""
    if isinstance(verdict, Copies):
        return Copies(tuple(replace(copy, notes=(*copy.notes, note)) for copy in verdict.verdicts))
    return replace(verdict, notes=(*verdict.notes, note))
