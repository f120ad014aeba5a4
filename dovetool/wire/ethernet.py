"""The Ethernet II header and the 802.1Q tag, as a tunnel end point puts them on (IEEE 802.3, IEEE 802.1Q)."""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.values import dataclass
from dovetool.wire.fields import EtherType, unpack

_HEADER = struct.Struct("!6s6sH")
_VLAN = struct.Struct("!HH")  # TCI, EtherType of what follows


@dataclass(frozen=True, slots=True)
class EthernetHeader:
    """Destination, source, EtherType (or the length of an 802.3 frame): 14 octets."""

    LEN: ClassVar[int] = _HEADER.size

    dst_mac: bytes
    src_mac: bytes
    ethertype: int

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header; raises TruncatedError when fewer than 14 octets are left."""
        return cls(*unpack(_HEADER, octets, offset, layer="Ethernet"))

    def emit(self) -> bytes:
        """The 14 octets."""
        return _HEADER.pack(self.dst_mac, self.src_mac, self.ethertype)


@dataclass(frozen=True, slots=True)
class VlanTag:
    """What follows an 802.1Q TPID: priority, drop eligible, VLAN identifier (12 bits), the next EtherType."""

    LEN: ClassVar[int] = _VLAN.size

    pcp: int
    dei: bool
    vid: int
    ethertype: int

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read the four octets behind a TPID; raises TruncatedError when fewer are left."""
        tci, ethertype = unpack(_VLAN, octets, offset, layer="802.1Q")
        return cls(tci >> 13, bool(tci >> 12 & 1), tci & 0xFFF, ethertype)

    def emit(self) -> bytes:
        """The four octets that follow the TPID."""
        return _VLAN.pack(self.pcp << 13 | self.dei << 12 | self.vid, self.ethertype)


def ethernet(
    dst_mac: bytes,
    src_mac: bytes,
    ethertype: int,
    *,
    vid: int | None = None,
    pcp: int = 0,
    tpid: int = EtherType.VLAN,
) -> bytes:
    """An Ethernet header, with an 802.1Q tag (or another of the kind, by its TPID) when `vid` is given."""
    if vid is None:
        return EthernetHeader(dst_mac, src_mac, ethertype).emit()
    return EthernetHeader(dst_mac, src_mac, tpid).emit() + VlanTag(pcp, False, vid, ethertype).emit()
