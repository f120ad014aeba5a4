"""VXLAN, Virtual eXtensible Local Area Network (RFC 7348 section 5).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |R|R|R|R|I|R|R|R|            Reserved                           |
    |                VXLAN Network Identifier (VNI) |   Reserved    |

Reserved bits are ignored on receipt and sent as 0. So a Group Based Policy header (draft-smith-vxlan-group-policy: the
G flag 0x80 and a policy ID in the reserved bits) is a VXLAN header like any other.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Self

from dovetool.errors import MalformedError
from dovetool.wire.fields import EtherType, Readable, Vnid, unpack, vnid
from dovetool.wire.overlay_header import OverlayHeader

_HEADER = struct.Struct("!B3xI")  # flags, 24 reserved bits, then VNI << 8 | 8 reserved bits
_I_FLAG = 0x08
_SEEN = bytes.fromhex("08000000ffffff00")  # the bits that mean something


@dataclass(frozen=True, slots=True)
class VxlanHeader:
    """VXLAN header, 8 octets. Reserved bits are ignored, and emitted as 0."""

    LEN: ClassVar[int] = _HEADER.size

    vni: Vnid

    def __post_init__(self) -> None:
        vnid(self.vni)

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header.

        Raises:
            TruncatedError: fewer than 8 octets are left.
            MalformedError: the I flag is 0, so there is no valid VNI.
        """
        flags, word = unpack(_HEADER, octets, offset, layer="VXLAN")
        if not flags & _I_FLAG:
            raise MalformedError("VXLAN", offset, "I flag is 0, so the VNI is not valid")
        return cls(Vnid(word >> 8))

    def emit(self) -> bytes:
        """The 8 octets."""
        return _HEADER.pack(_I_FLAG, self.vni << 8)


class Vxlan:
    """VXLAN as one of the encapsulations."""

    name = "vxlan"
    udp_ports = (4789, 8472)  # IANA's, and the one that Linux used before there was one

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the header at `offset`, behind UDP; raises a FrameError when it is no valid VXLAN header."""
        header = VxlanHeader.parse(frame.take(offset, VxlanHeader.LEN, _SEEN, layer="VXLAN"))
        return OverlayHeader(self.name, header.vni, VxlanHeader.LEN, EtherType.TEB)

    def emit(self, identifier: Vnid) -> bytes:
        """The header that carries an Ethernet frame of the network `identifier`."""
        return VxlanHeader(identifier).emit()
