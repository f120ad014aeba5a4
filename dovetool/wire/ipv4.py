"""The IPv4 header (RFC 791; DSCP and ECN of RFC 2474 and RFC 3168), read with dpkt and written by us."""

from __future__ import annotations

import struct
from dataclasses import field
from typing import ClassVar, Self

from dovetool.errors import MalformedError, TruncatedError
from dovetool.values import dataclass
from dovetool.wire.checksum import internet_checksum
from dovetool.wire.dpkt_headers import dpkt
from dovetool.wire.dpkt_headers import ip as dpkt_ip

_HEADER = struct.Struct("!BBHHHBBH4s4s")
_DONT_FRAGMENT = 0x4000


class _Fields(dpkt_ip.IP):  # type: ignore[misc]  # dpkt has no types
    """dpkt's field table and no more: what follows the header is not dpkt's to guess."""

    def unpack(self, buf: bytes) -> None:
        dpkt.Packet.unpack(self, buf)


@dataclass(frozen=True, slots=True)
class Ipv4Header:
    """An IPv4 header; options are skipped when read, and never written.

    Attributes:
        src_ip: packed source address.
        dst_ip: packed destination address.
        protocol: number of the next protocol.
        total_length: octets of header and payload.
        tos: DSCP and ECN, one octet.
        ttl: time to live.
        header_len: octets of the header with its options.
        more_fragments: more fragments follow.
        fragment_offset: place of this fragment, in octets.
        checksum: as received; computed when written.
    """

    LEN: ClassVar[int] = _HEADER.size
    TOTAL_LENGTH_AT: ClassVar[int] = 2
    CHECKSUM_AT: ClassVar[int] = 10

    src_ip: bytes
    dst_ip: bytes
    protocol: int
    total_length: int = LEN
    tos: int = 0
    ttl: int = 64
    header_len: int = LEN
    more_fragments: bool = False
    fragment_offset: int = 0
    checksum: int = field(default=0, compare=False)

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read the fixed part of a header.

        Raises:
            TruncatedError: fewer than 20 octets are left.
            MalformedError: the version is not 4, or the header length is below 20 octets.
        """
        have = len(octets) - offset
        if have < cls.LEN:
            raise TruncatedError("IPv4", offset, need=cls.LEN, have=max(have, 0))
        ip = _Fields(octets[offset : offset + cls.LEN])
        if ip.v != 4 or ip.hl < 5:
            raise MalformedError("IPv4", offset, f"version {ip.v}, header length {ip.hl * 4}")
        return cls(ip.src, ip.dst, ip.p, ip.len, ip.tos, ip.ttl, ip.hl * 4, bool(ip.mf), ip.offset * 8, ip.sum)

    @property
    def is_fragment(self) -> bool:
        """True for any fragment, the first and the last too."""
        return self.more_fragments or self.fragment_offset > 0

    def emit(self) -> bytes:
        """The 20 octets: no options, not fragmented and not to be, identification 0 (RFC 6864), checksum computed."""
        fields = (0x45, self.tos, self.total_length, 0, _DONT_FRAGMENT, self.ttl, self.protocol)
        checksum = internet_checksum(_HEADER.pack(*fields, 0, self.src_ip, self.dst_ip))
        return _HEADER.pack(*fields, checksum, self.src_ip, self.dst_ip)
