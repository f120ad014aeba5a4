"""Routing at the tunnel end point (RFC 9135): what is sent to a network's gateway goes on in the target's network.

Asymmetric: the router of the sender does all of it (section 6). Symmetric: it sends to the router of the target, in the
L3 VNI of their VRF, and that one routes once more (section 5).
"""

from __future__ import annotations

from typing import NamedTuple

from dovetool.belonging.routing import is_link_local, is_of_gateway, nearest, route, routers, sending_macs
from dovetool.errors import MalformedError
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.verdict.patch import Patch, add_to_sum, set_bits
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import Network, Station, Tep, VnidMap
from dovetool.wire.fields import EtherType
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header

_TTL_AT, _HOP_LIMIT_AT = 8, 7
_ONE_LESS = -0x100 % 0xFFFF
"""What a TTL that is one less adds to the sum over an IPv4 header (RFC 1624 section 3)."""
_V4_SEEN = (b"\xff" + bytes(7) + b"\xff").ljust(12, b"\0") + b"\xff" * 8
_V6_SEEN = (b"\xf0" + bytes(6) + b"\xff") + b"\xff" * 32
_MOST_HOPS_TO_NOWHERE = 1
_FIRST_IHL = 5


class Packet(NamedTuple):
    """What a router reads of an IP packet; `offset` is where it begins."""

    version: int
    offset: int
    ttl: int
    src: bytes
    dst: bytes

    def aged(self, at: int) -> tuple[Patch, ...]:
        """Patches that take one off the TTL or hop limit of the packet, which begins at `at` of the new frame."""
        if self.version == 6:
            return (set_bits(at + _HOP_LIMIT_AT, 0xFF, self.ttl - 1),)
        ttl = set_bits(at + _TTL_AT, 0xFF, self.ttl - 1)
        return ttl, add_to_sum(at + Ipv4Header.CHECKSUM_AT, _ONE_LESS)


class Routed(NamedTuple):
    """How a frame goes on behind a router.

    Attributes:
        macs: its MAC addresses, destination first.
        vnid: number of the network that it goes on in.
        packet: what it carries.
    """

    macs: bytes
    vnid: int
    packet: Packet


def read_packet(view: FrameView, link: Link) -> Packet | None:
    """The IP packet behind a link layer; None where there is none, or something that no router looks behind.

    Raises:
        FrameError: the frame ends inside the IP header, or that is none.
    """
    if link.tags_end or link.ethertype not in (EtherType.IPV4, EtherType.IPV6):
        return None
    at = link.offset
    if link.ethertype == EtherType.IPV4:
        octets = view.take(at, Ipv4Header.LEN, _V4_SEEN, layer="IPv4")
        if octets[0] >> 4 != 4 or octets[0] & 0xF < _FIRST_IHL:
            raise MalformedError("IPv4", at, "it has the version or header length of none")
        return Packet(4, at, octets[_TTL_AT], octets[12:16], octets[16:20])
    octets = view.take(at, Ipv6Header.LEN, _V6_SEEN, layer="IPv6")
    if octets[0] >> 4 != 6:
        raise MalformedError("IPv6", at, "it has the version of none")
    return Packet(6, at, octets[_HOP_LIMIT_AT], octets[8:24], octets[24:40])


def routed_at_entry(
    view: FrameView, link: Link, vnid_map: VnidMap, network: Network, local: Tep
) -> Routed | Reason | None:
    """What the router of a network does with a frame for one of its MAC addresses.

    None: it is to go where a policy leads, as it is; that is so of networks that no VRF joins.
    Raises as `read_packet`.
    """
    packet = read_packet(view, link)
    if packet is None or is_of_gateway(network, packet.dst):
        return Reason.LOCAL
    target = nearest(_ways(view, vnid_map, network, packet), local)
    if target is None:
        return None if _has_policy(view, vnid_map, network, packet) else Reason.NO_ROUTE
    if packet.ttl <= _MOST_HOPS_TO_NOWHERE:
        return Reason.TTL_EXCEEDED
    vrf, remote = network.vrf, target.port.tep
    if vrf is None or vrf.l3vni is None or remote.index == local.index:
        return _to_target(view, vnid_map, packet, target, network.gateway_macs)
    if not remote.router_macs or not local.router_macs:
        return Reason.UNKNOWN_ROUTER
    return Routed(remote.router_macs[0] + local.router_macs[0], vrf.l3vni, packet)


def routed_at_exit(
    view: FrameView, link: Link, vnid_map: VnidMap, l3: Network, receiver: Tep | None, macs: bytes
) -> Routed | Reason:
    """What the router of a tunnel end point does with what arrives in an L3 VNI.

    Args:
        view: the frame.
        link: the link layer inside.
        vnid_map: who belongs where.
        l3: the L3 VNI.
        receiver: the tunnel end point.
        macs: MAC addresses inside, destination first; empty for a bare packet.

    Raises as `read_packet`.
    """
    if receiver is None or (macs and not _is_between_routers(vnid_map, l3, receiver, macs)):
        return Reason.UNKNOWN_ROUTER
    packet = read_packet(view, link)
    if packet is None or is_of_gateway(l3, packet.dst):
        return Reason.LOCAL
    target = nearest(_ways(view, vnid_map, l3, packet), receiver)
    if target is None:
        return Reason.NO_ROUTE
    return _delivered(view, vnid_map, packet, target, receiver, receiver.router_macs)


def routed_on_arrival(
    view: FrameView, link: Link, vnid_map: VnidMap, network: Network, receiver: Tep
) -> Routed | Reason | None:
    """What a tunnel end point does with a frame for the gateway of a network that has come through the underlay.

    It is a gateway as the sender's is, and does not send out again what came in. None as in `routed_at_entry`.
    Raises as `read_packet`.
    """
    packet = read_packet(view, link)
    if packet is None or is_of_gateway(network, packet.dst):
        return Reason.LOCAL
    target = nearest(_ways(view, vnid_map, network, packet), receiver)
    return None if target is None else _delivered(view, vnid_map, packet, target, receiver, network.gateway_macs)


def _delivered(
    view: FrameView, vnid_map: VnidMap, packet: Packet, target: Station, receiver: Tep, macs: tuple[bytes, ...]
) -> Routed | Reason:
    """What is routed to a VM behind the same tunnel end point, whose own MAC addresses are known."""
    if target.port.tep.index != receiver.index:
        return Reason.WRONG_TEP
    if packet.ttl <= _MOST_HOPS_TO_NOWHERE:
        return Reason.TTL_EXCEEDED
    return _to_target(view, vnid_map, packet, target, macs)


def _is_between_routers(vnid_map: VnidMap, l3: Network, receiver: Tep, macs: bytes) -> bool:
    return macs[:6] in receiver.router_macs and bool(routers(vnid_map, l3, macs[6:]))


def _ways(view: FrameView, vnid_map: VnidMap, network: Network, packet: Packet) -> tuple[Station, ...]:
    """The VMs that a packet may be routed to; what has an address of its link alone goes no further."""
    return () if is_link_local(packet.src) else route(vnid_map, network, packet.dst, view.ts_ns)


def _has_policy(view: FrameView, vnid_map: VnidMap, network: Network, packet: Packet) -> bool:
    """Say whether a policy, or the lack of one, decides about a packet that no VRF has a way for."""
    found = [station.vnid for station in vnid_map.stations_with_ip(packet.dst, view.ts_ns)]
    return bool(found) and (network.vrf is None or any(vnid in network.reaches for vnid in found))


def _to_target(
    view: FrameView, vnid_map: VnidMap, packet: Packet, target: Station, macs: tuple[bytes, ...]
) -> Routed | Reason:
    """The frame as the target gets it, from the gateway of its network; from one of `macs` where that has none."""
    network = vnid_map.network(target.vnid)
    dst_mac = target.mac or _device_mac(view, vnid_map, target)
    if network is None or not dst_mac:
        return Reason.NO_ROUTE
    src_macs = network.gateway_macs or macs or sending_macs(network)
    return Routed(dst_mac + src_macs[0], target.vnid, packet) if src_macs else Reason.UNKNOWN_ROUTER


def _device_mac(view: FrameView, vnid_map: VnidMap, target: Station) -> bytes:
    """The MAC address of the device that takes what is for a VM that has none; empty without such."""
    devices = () if vnid_map.devices is None else vnid_map.devices.of(target, view.ts_ns)
    return devices[0].mac if devices else b""
