"""VXLAN-GPE, the generic protocol extension for VXLAN (draft-ietf-nvo3-vxlan-gpe-13 section 3).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |R|R|Ver|I|P|B|O|           Reserved            | Next Protocol |
    |                VXLAN Network Identifier (VNI) |   Reserved    |

Without the P flag it is the header of VXLAN, and an Ethernet frame follows.
"""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.errors import MalformedError
from dovetool.values import dataclass
from dovetool.wire.encapsulation import Encapsulation, InnerVlan, Reserved
from dovetool.wire.fields import EtherType, Octets, Readable, Vnid, vnid
from dovetool.wire.overlay_header import CONTROL, Carrier, OverlayFields, OverlayHeader

_LAYER = "VXLAN-GPE"
_HEADER = struct.Struct("!B2xBI")  # flags, 16 reserved bits, next protocol, then VNI << 8 | 8 reserved bits
_VERSION, _I_FLAG, _P_FLAG, _O_FLAG = 0x30, 0x08, 0x04, 0x01
_SEEN = bytes.fromhex("3d0000ffffffff00")  # all but the B flag and the reserved bits

_ETHERTYPES = {1: EtherType.IPV4, 2: EtherType.IPV6, 3: EtherType.TEB, 4: EtherType.NSH}
_NEXT_PROTOCOLS = {ethertype: number for number, ethertype in _ETHERTYPES.items()}


@dataclass(frozen=True, slots=True)
class VxlanGpeHeader:
    """VXLAN-GPE header, 8 octets. The B flag and reserved bits are ignored, and emitted as 0.

    Attributes:
        vnid: the virtual network (VNI).
        payload: EtherType of what follows: IPv4, IPv6, NSH, or 0x6558 for an Ethernet frame.
        oam: the O flag: what follows is for the end point itself.
    """

    LEN: ClassVar[int] = _HEADER.size

    vnid: Vnid
    payload: int = EtherType.TEB
    oam: bool = False

    def __post_init__(self) -> None:
        vnid(self.vnid)
        if self.payload not in _NEXT_PROTOCOLS:
            raise ValueError(f"VXLAN-GPE has no next protocol for EtherType {self.payload:#06x}")

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header.

        Raises:
            TruncatedError: fewer than 8 octets are left.
            MalformedError: the version is not 0, the I flag is 0, or the next protocol is not known.
        """
        return cls.read(Octets(octets), offset)

    @classmethod
    def read(cls, frame: Readable, offset: int) -> Self:
        """As `parse`, from a frame."""
        flags, number, word = _HEADER.unpack(frame.take(offset, cls.LEN, _SEEN, layer=_LAYER))
        if flags & _VERSION:
            raise MalformedError(_LAYER, offset, f"version is {(flags & _VERSION) >> 4}, not 0")
        if not flags & _I_FLAG:
            raise MalformedError(_LAYER, offset, "I flag is 0, so the VNI is not valid")
        payload = _ETHERTYPES.get(number) if flags & _P_FLAG else EtherType.TEB
        if payload is None:
            raise MalformedError(_LAYER, offset, f"next protocol {number} is not known")
        return cls(Vnid(word >> 8), payload, bool(flags & _O_FLAG))

    def emit(self) -> bytes:
        """The 8 octets, with the P flag."""
        flags = _I_FLAG | _P_FLAG | (_O_FLAG if self.oam else 0)
        return _HEADER.pack(flags, _NEXT_PROTOCOLS[self.payload], self.vnid << 8)


class VxlanGpe(Encapsulation):
    """VXLAN-GPE as one of the encapsulations."""

    name = "vxlan-gpe"
    carrier = Carrier.UDP
    numbers = (4790,)
    is_written = True
    bare = tuple(ethertype for ethertype in _NEXT_PROTOCOLS if ethertype != EtherType.TEB)
    inner_vlan = InnerVlan.DISCARDED
    reserved = Reserved.ignored("c0ffff00000000ff", "draft-ietf-nvo3-vxlan-gpe section 3")

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the header at `offset`, behind UDP; raises a FrameError when it is no valid VXLAN-GPE header."""
        header = VxlanGpeHeader.read(frame, offset)
        extras = (CONTROL,) if header.oam else ()
        return OverlayHeader(self.name, header.vnid, VxlanGpeHeader.LEN, header.payload, extras=extras)

    def emit(self, fields: OverlayFields) -> bytes:
        """The header that carries a frame or packet; raises ValueError for an EtherType without a next protocol."""
        return VxlanGpeHeader(fields.vnid, fields.payload).emit()
