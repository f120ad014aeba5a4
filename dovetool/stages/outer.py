"""The outer headers that a tunnel end point puts on: Ethernet, IP, UDP, overlay header."""

from __future__ import annotations

from dataclasses import dataclass

from dovetool.stages.flow import FlowFields
from dovetool.stages.patch import EntropyPort, LengthWord, Patch, UdpChecksum
from dovetool.stages.verdict import Limit, Reason
from dovetool.vnid_map import Tep
from dovetool.wire.checksum import ones_sum
from dovetool.wire.ethernet import ethernet
from dovetool.wire.fields import EtherType, Vnid
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header
from dovetool.wire.overlay import ENCAPSULATIONS
from dovetool.wire.udp import PROTOCOL, UdpHeader

_LONGEST_PACKET = 0xFFFF  # octets that a 16-bit length field can count


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an outer packet goes: a tunnel end point, or the group of a network."""

    ip: bytes
    mac: bytes
    port: int


@dataclass(frozen=True, slots=True)
class Service:
    """How a frame is carried: network, priority, the outer DSCP and ECN, and the fields that tell its flow."""

    vnid: Vnid
    pcp: int
    tos: int
    flow: FlowFields


@dataclass(frozen=True, slots=True)
class Outer:
    """Outer headers: their octets, the fields to be worked out for each frame, and the longest frame they can carry."""

    octets: bytes
    patches: tuple[Patch, ...]
    limit: Limit


def destination(local: Tep, remote: Tep, encap: str) -> Destination:
    """The way to another tunnel end point: through the local one's gateway, or straight to the peer."""
    return Destination(remote.ip, local.gateway_mac or remote.mac, _port(remote, encap))


def group_destination(local: Tep, group: bytes, encap: str) -> Destination:
    """The way to an underlay multicast group (RFC 1112 section 6.4, RFC 2464 section 7)."""
    ipv4_mac = b"\x01\x00\x5e" + bytes((group[1] & 0x7F,)) + group[2:4]
    return Destination(group, ipv4_mac if len(group) == 4 else b"\x33\x33" + group[12:], _port(local, encap))


def _port(tep: Tep, encap: str) -> int:
    return tep.ports.get(encap, ENCAPSULATIONS[encap].udp_ports[0])


def outer_headers(local: Tep, to: Destination, encap: str, service: Service) -> Outer:
    """The headers that carry a frame from one tunnel end point to another.

    Lengths, checksums and the source port are 0 in the octets, and left to the patches.
    """
    is_ipv4 = len(local.ip) == 4
    ethertype = EtherType.IPV4 if is_ipv4 else EtherType.IPV6
    link = ethernet(to.mac, local.mac, ethertype, vid=local.vlan, pcp=service.pcp)
    ip = _ip_header(local, to, service.tos)
    ip_at, udp_at = len(link), len(link) + len(ip)
    lengths = (
        LengthWord(ip_at + Ipv4Header.TOTAL_LENGTH_AT, ip_at, ip_at + Ipv4Header.CHECKSUM_AT)
        if is_ipv4
        else LengthWord(ip_at + Ipv6Header.PAYLOAD_LENGTH_AT, udp_at)
    )
    patches: list[Patch] = [EntropyPort(udp_at, service.flow), lengths]
    patches.append(LengthWord(udp_at + UdpHeader.LENGTH_AT, udp_at))
    if local.udp_checksum == "full":
        pseudo = ones_sum(local.ip + to.ip, PROTOCOL)
        patches.append(UdpChecksum(udp_at + UdpHeader.CHECKSUM_AT, udp_at, pseudo))
    octets = link + ip + UdpHeader(0, to.port, 0).emit() + ENCAPSULATIONS[encap].emit(service.vnid)
    most = _LONGEST_PACKET if is_ipv4 else Ipv6Header.LEN + _LONGEST_PACKET
    return Outer(octets, tuple(patches), Limit(ip_at + min(local.mtu or most, most), Reason.MTU_EXCEEDED))


def _ip_header(local: Tep, to: Destination, tos: int) -> bytes:
    if len(local.ip) == 4:
        return Ipv4Header(local.ip, to.ip, PROTOCOL, 0, tos, local.ttl).emit()
    return Ipv6Header(local.ip, to.ip, PROTOCOL, 0, tos, local.ttl).emit()
