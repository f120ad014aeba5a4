"""The IPv6 header (RFC 8200), read with dpkt and written by us."""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.errors import MalformedError, TruncatedError
from dovetool.values import dataclass
from dovetool.wire.dpkt_headers import dpkt
from dovetool.wire.dpkt_headers import ip6 as dpkt_ip6

_HEADER = struct.Struct("!IHBB16s16s")


class _Fields(dpkt_ip6.IP6):  # type: ignore[misc]  # dpkt has no types
    """dpkt's field table and no more: its walk over extension headers raises AttributeError on some of them."""

    def unpack(self, buf: bytes) -> None:
        dpkt.Packet.unpack(self, buf)


@dataclass(frozen=True, slots=True)
class Ipv6Header:
    """The fixed IPv6 header, 40 octets.

    Attributes:
        src_ip: packed source address.
        dst_ip: packed destination address.
        next_header: number of the next protocol or extension header.
        payload_length: octets behind this header.
        traffic_class: DSCP and ECN, one octet.
        hop_limit: hops left.
        flow_label: 20 bits.
    """

    LEN: ClassVar[int] = _HEADER.size
    PAYLOAD_LENGTH_AT: ClassVar[int] = 4

    src_ip: bytes
    dst_ip: bytes
    next_header: int
    payload_length: int = 0
    traffic_class: int = 0
    hop_limit: int = 64
    flow_label: int = 0

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header.

        Raises:
            TruncatedError: fewer than 40 octets are left.
            MalformedError: the version is not 6.
        """
        have = len(octets) - offset
        if have < cls.LEN:
            raise TruncatedError("IPv6", offset, need=cls.LEN, have=max(have, 0))
        ip = _Fields(octets[offset : offset + cls.LEN])
        if ip.v != 6:
            raise MalformedError("IPv6", offset, f"version {ip.v}")
        return cls(ip.src, ip.dst, ip.nxt, ip.plen, ip.fc, ip.hlim, ip.flow)

    def emit(self) -> bytes:
        """The 40 octets."""
        word = 6 << 28 | self.traffic_class << 20 | self.flow_label
        return _HEADER.pack(word, self.payload_length, self.next_header, self.hop_limit, self.src_ip, self.dst_ip)
