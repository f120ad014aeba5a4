"""The outer headers that a tunnel end point puts on: Ethernet, then IP and UDP or GRE, or the I-TAG of 802.1ah."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from dovetool.frame.flow_hash import FlowFields
from dovetool.verdict.fragmentation import Cut
from dovetool.verdict.patch import Patch, entropy_of, length_word, udp_checksum_of
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Limit
from dovetool.vnid_map.choosing import address_towards
from dovetool.wire.checksum import ones_sum
from dovetool.wire.ethernet import ethernet
from dovetool.wire.fields import EtherType, Vnid
from dovetool.wire.gre import PROTOCOL as GRE
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier, Encapsulation, OverlayFields
from dovetool.wire.udp import PROTOCOL, UdpHeader

if TYPE_CHECKING:
    from dovetool.vnid_map import Tep

_MOST_ALIKE = 1 << 12
_LONGEST_PACKET = 0xFFFF  # octets that a 16-bit length field can count
_BACKBONE_GROUP = b"\x01\x1e\x83"  # the group address of a service: then its I-SID (IEEE 802.1Q-2018 section 26.4)


class Destination(NamedTuple):
    """Where an outer packet goes: a tunnel end point, or the group of a network; on layer 2 it has no IP address."""

    ip: bytes
    mac: bytes
    port: int


class Service(NamedTuple):
    """How a frame is carried: network, priority, the outer DSCP and ECN, and the fields that tell its flow."""

    vnid: Vnid
    pcp: int
    dei: bool
    tos: int
    flow: FlowFields


_NO_MAC = bytes(6)
"""Where the map tells none; whoever writes what comes out asks for it before, by `unknown_macs`."""


def unknown_macs(senders: Iterable[Tep], receivers: Iterable[Tep]) -> str:
    """The first TEP whose MAC address is needed to send to others, and is not in the map; empty when none is."""
    ends, senders = tuple(receivers), tuple(senders)
    direct = any(sender.gateway_mac is None for sender in senders)
    needed = (*senders, *(ends if direct else ()))
    return next(((tep.names or (tep.name,))[0] for tep in needed if not tep.mac), "")


class Outer(NamedTuple):
    """Outer headers.

    Attributes:
        octets: the headers.
        patches: fields to be worked out for each frame.
        limit: the longest frame that they can carry.
        cut: how what is too long for the underlay is cut, where the map says so.
    """

    octets: bytes
    patches: tuple[Patch, ...]
    limit: Limit
    cut: Cut | None = None


def destination(local: Tep, remote: Tep, encap: str) -> Destination:
    """The way to another tunnel end point: through the local one's gateway, or straight to the peer."""
    if ENCAPSULATIONS[encap].carrier is Carrier.LINK:
        return Destination(b"", remote.mac, 0)  # a map has it, as it is the address
    return Destination(address_towards(local, remote), local.gateway_mac or remote.mac or _NO_MAC, _port(remote, encap))


def group_destination(local: Tep, group: bytes, encap: str) -> Destination:
    """The way to an underlay multicast group (RFC 1112 section 6.4, RFC 2464 section 7)."""
    ipv4_mac = b"\x01\x00\x5e" + bytes((group[1] & 0x7F,)) + group[2:4]
    return Destination(group, ipv4_mac if len(group) == 4 else b"\x33\x33" + group[12:], _port(local, encap))


def backbone_group(vnid: int) -> bytes:
    """The MAC address that stands for all tunnel end points of a network on a layer-2 underlay."""
    return _BACKBONE_GROUP + vnid.to_bytes(3, "big")


def _port(tep: Tep, encap: str) -> int:
    return tep.ports.get(encap, ENCAPSULATIONS[encap].numbers[0])


def outer_headers(local: Tep, to: Destination, encap: str, service: Service) -> Outer:
    """The headers that carry a frame from one tunnel end point to another.

    Lengths, checksums, the source port and the flow hash are 0 in the octets, and left to the patches.
    """
    codec = ENCAPSULATIONS[encap]
    if codec.carrier is Carrier.LINK:
        return _on_link(local, to, codec, service)
    is_ipv4, is_udp = len(to.ip) == 4, codec.carrier is Carrier.UDP
    link = to.mac + _behind_target(local.mac or _NO_MAC, local.vlan, service.pcp, is_ipv4=is_ipv4)
    ip = _ip_header(local, to, PROTOCOL if is_udp else GRE, service.tos)
    ip_at, carrier_at = len(link), len(link) + len(ip)
    fields = service.vnid, service.pcp, service.dei, local.geneve_priority
    octets = link + ip + _behind_ip(encap, to.port, fields)
    patches = _patches(encap, ip_at, carrier_at, service.flow)
    if is_udp and local.sends_checksum(encap, to.ip):
        pseudo = ones_sum(local.ip_towards(to.ip) + to.ip, PROTOCOL)
        patches = (*patches, udp_checksum_of(carrier_at + UdpHeader.CHECKSUM_AT, carrier_at, pseudo))
    most = _LONGEST_PACKET if is_ipv4 else Ipv6Header.LEN + _LONGEST_PACKET
    cut = Cut(ip_at, carrier_at, local.mtu) if local.on_mtu == "fragment" and local.mtu is not None else None
    return Outer(octets, patches, _limit(ip_at + min(_mtu(local) or most, most)), cut)


# Of these there are few, however many tunnel end points there are.
_limit = lru_cache(partial(Limit, reason=Reason.MTU_EXCEEDED))


@lru_cache(_MOST_ALIKE)
def _behind_target(src_mac: bytes, vlan: int | None, pcp: int, *, is_ipv4: bool) -> bytes:
    """The link layer behind the target's MAC address."""
    ethertype = EtherType.IPV4 if is_ipv4 else EtherType.IPV6
    return ethernet(_NO_MAC, src_mac, ethertype, vid=vlan, pcp=pcp)[len(_NO_MAC) :]


@lru_cache(_MOST_ALIKE)
def _behind_ip(encap: str, port: int, fields: tuple[Vnid, int, bool, bool]) -> bytes:
    """The UDP header, if there is one, and the overlay header."""
    codec = ENCAPSULATIONS[encap]
    vnid, pcp, dei, with_priority = fields
    header = codec.emit(OverlayFields(vnid, pcp, dei, with_priority=with_priority))
    return UdpHeader(0, port, 0).emit() + header if codec.carrier is Carrier.UDP else header


@lru_cache(_MOST_ALIKE)
def _patches(encap: str, ip_at: int, carrier_at: int, flow: FlowFields) -> tuple[Patch, ...]:
    """What is worked out for each frame, but for the UDP checksum, which knows the two ends."""
    codec, patches = ENCAPSULATIONS[encap], []
    is_udp = codec.carrier is Carrier.UDP
    if is_udp:
        patches.append(entropy_of(carrier_at, flow))
    if codec.flow_at is not None:
        patches.append(entropy_of(carrier_at + codec.flow_at, flow, 1))
    if carrier_at - ip_at == Ipv4Header.LEN:
        patches.append(length_word(ip_at + Ipv4Header.TOTAL_LENGTH_AT, ip_at, ip_at + Ipv4Header.CHECKSUM_AT))
    else:
        patches.append(length_word(ip_at + Ipv6Header.PAYLOAD_LENGTH_AT, carrier_at))
    if is_udp:
        patches.append(length_word(carrier_at + UdpHeader.LENGTH_AT, carrier_at))
    return tuple(patches)


def _on_link(local: Tep, to: Destination, codec: Encapsulation, service: Service) -> Outer:
    """The headers of a layer-2 underlay: backbone addresses, B-TAG and I-TAG (IEEE 802.1Q-2018 section 9.7)."""
    ethertype = codec.numbers[0]
    link = ethernet(to.mac, local.mac, ethertype, vid=local.vlan, pcp=service.pcp, tpid=EtherType.QINQ)
    fields = OverlayFields(service.vnid, service.pcp, service.dei, with_priority=local.geneve_priority)
    return Outer(link + codec.emit(fields), (), _limit(len(link) + (_mtu(local) or _LONGEST_PACKET)))


def _mtu(local: Tep) -> int | None:
    """The most octets behind the link layer of a packet that is not rejected; None: as many as it can count."""
    return local.mtu if local.on_mtu == "reject" else None


def _ip_header(local: Tep, to: Destination, protocol: int, tos: int) -> bytes:
    header = Ipv4Header if len(to.ip) == 4 else Ipv6Header
    return header(local.ip_towards(to.ip), to.ip, protocol, 0, tos, local.ttl).emit()
