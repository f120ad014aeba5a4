"""The UDP header (RFC 768), read with dpkt and written by us."""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.errors import TruncatedError
from dovetool.values import dataclass
from dovetool.wire.dpkt_headers import dpkt
from dovetool.wire.dpkt_headers import udp as dpkt_udp

_HEADER = struct.Struct("!HHHH")
PROTOCOL = 17


class _Fields(dpkt_udp.UDP):  # type: ignore[misc]  # dpkt has no types
    """dpkt's field table and no more."""

    def unpack(self, buf: bytes) -> None:
        dpkt.Packet.unpack(self, buf)


@dataclass(frozen=True, slots=True)
class UdpHeader:
    """Ports, length of header and payload in octets, checksum (0: none, RFC 6935 allows it for tunnels on IPv6)."""

    LEN: ClassVar[int] = _HEADER.size
    DST_PORT_AT: ClassVar[int] = 2
    LENGTH_AT: ClassVar[int] = 4
    CHECKSUM_AT: ClassVar[int] = 6

    src_port: int
    dst_port: int
    length: int = LEN
    checksum: int = 0

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header; raises TruncatedError when fewer than 8 octets are left."""
        have = len(octets) - offset
        if have < cls.LEN:
            raise TruncatedError("UDP", offset, need=cls.LEN, have=max(have, 0))
        udp = _Fields(octets[offset : offset + cls.LEN])
        return cls(udp.sport, udp.dport, udp.ulen, udp.sum)

    def emit(self) -> bytes:
        """The 8 octets."""
        return _HEADER.pack(self.src_port, self.dst_port, self.length, self.checksum)
