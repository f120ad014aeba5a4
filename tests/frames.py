"""Builders of frames, put together with struct: nothing of dovetool makes them. UDP and TCP have no checksum."""

# ruff: noqa: ANN401  (keyword arguments are handed on to functions that declare them)

from __future__ import annotations

import struct
from typing import Any

BLUE, RED, GREEN = 5001, 5002, 5003
BROADCAST, MULTICAST = b"\xff" * 6, bytes.fromhex("01005e000001")
A1, A2, A3 = (bytes((2, 0, 0, 0, 0, number)) for number in (1, 2, 3))
VM1, VM2, VM3, VM4, VM5 = (bytes((2, 0, 0, 0, 0, number)) for number in range(0x0A, 0x0F))
IP_A1, IP_A2, IP_A3 = (bytes((10, 0, 0, number)) for number in (1, 2, 3))
IP6_A1, IP6_A2 = (bytes.fromhex("fd00") + bytes(13) + bytes((number,)) for number in (1, 2))
TEP_MACS = [bytes((2, 0, 0, 0, 1, number)) for number in (1, 2, 3)]
TEP_IPS = [bytes((192, 0, 2, number)) for number in (1, 2, 3)]


def summed(octets: bytes) -> int:
    """The Internet sum, not inverted, the slow and plain way (RFC 1071)."""
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return int(total)


def checksum(octets: bytes) -> int:
    """The Internet checksum."""
    return summed(octets) ^ 0xFFFF


def put(octets: bytes, at: int, value: int) -> bytes:
    """The octets with 16 bits in them replaced."""
    return octets[:at] + value.to_bytes(2, "big") + octets[at + 2 :]


def eth(dst: bytes, src: bytes, ethertype: int = 0x88CC, payload: bytes = b"payload", vlans: bytes = b"") -> bytes:
    """An Ethernet frame; `vlans` are whole 802.1Q tags, TPID first."""
    return dst + src + vlans + ethertype.to_bytes(2, "big") + payload


def ipv4(
    payload: bytes,
    *,
    src_ip: bytes = IP_A1,
    dst_ip: bytes = IP_A2,
    protocol: int = 17,
    tos: int = 0,
    ttl: int = 64,
    ident: int = 0,
    flags: int = 0x4000,
) -> bytes:
    """An IPv4 packet; `flags` is the field of flags and fragment offset."""
    head = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(payload), ident, flags, ttl, protocol, 0) + src_ip + dst_ip
    return put(head, 10, checksum(head)) + payload


def ipv6(
    payload: bytes,
    *,
    src_ip: bytes = IP6_A1,
    dst_ip: bytes = IP6_A2,
    next_header: int = 17,
    traffic_class: int = 0,
    hop_limit: int = 64,
) -> bytes:
    """An IPv6 packet."""
    word = 6 << 28 | traffic_class << 20
    return struct.pack("!IHBB", word, len(payload), next_header, hop_limit) + src_ip + dst_ip + payload


def udp(payload: bytes = b"data", *, src_port: int = 1000, dst_port: int = 2000) -> bytes:
    """A UDP datagram."""
    return struct.pack("!HHHH", src_port, dst_port, 8 + len(payload), 0) + payload


def tcp(payload: bytes, *, src_port: int = 40002) -> bytes:
    """A TCP segment of the middle of a connection."""
    return struct.pack("!HHIIBBHHH", src_port, 40003, 1000, 2000, 5 << 4, 0x18, 8192, 0, 0) + payload


def sealed(octets: bytes, at: int, protocol: int, ends: bytes) -> bytes:
    """Transport octets with their checksum, which stands at `at`; `ends` are the addresses of the IP packet."""
    return put(octets, at, checksum(ends + struct.pack("!II", len(octets), protocol) + octets))


def eth4(payload: bytes = b"", *, dst: bytes = A2, src: bytes = A1, vlans: bytes = b"", **ip: Any) -> bytes:
    """A frame with an IPv4 packet, from a1 to a2 unless said otherwise."""
    return eth(dst, src, 0x0800, ipv4(payload or udp(), **ip), vlans)


def eth6(payload: bytes = b"", *, dst: bytes = A2, src: bytes = A1, vlans: bytes = b"", **ip: Any) -> bytes:
    """A frame with an IPv6 packet, from a1 to a2 unless said otherwise."""
    return eth(dst, src, 0x86DD, ipv6(payload or udp(), **ip), vlans)


def vm_frame(size: int = 60, dst: bytes = VM2, src: bytes = VM1, tos: int = 0) -> bytes:
    """A frame of a VM with `size` octets, 60 at least."""
    datagram = udp(bytes(range(256)) * 6, src_port=50_000, dst_port=7)[: max(size, 60) - 34]
    return eth4(datagram, dst=dst, src=src, tos=tos, flags=0)


def tagged(frame: bytes, vnid: int = BLUE, pcp: int = 0, *, dei: bool = False, tpid: int = 0x88B5) -> bytes:
    """The frame with the DOVE tag in it."""
    return frame[:12] + struct.pack("!HI", tpid, pcp << 29 | dei << 28 | vnid << 4) + frame[12:]


def vxlan(inner: bytes, vnid: int = BLUE) -> bytes:
    """VXLAN header and inner frame."""
    return struct.pack("!B3xI", 8, vnid << 8) + inner


def underlay(
    inner: bytes, vnid: int = BLUE, *, src: int = 1, dst: int = 2, tos: int = 0, dst_port: int = 4789
) -> bytes:
    """The inner frame in VXLAN on IPv4, from TEP number `src` to `dst`: 50 octets more."""
    datagram = udp(vxlan(inner, vnid), src_port=50_000, dst_port=dst_port)
    packet = ipv4(datagram, src_ip=TEP_IPS[src - 1], dst_ip=TEP_IPS[dst - 1], tos=tos)
    return eth(TEP_MACS[dst - 1], TEP_MACS[src - 1], 0x0800, packet)
