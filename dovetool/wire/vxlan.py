"""VXLAN, Virtual eXtensible Local Area Network (RFC 7348 section 5), and its group policy ID.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |G|R|R|R|I|R|R|R|   Reserved    |  Group Policy ID or Reserved  |
    |                VXLAN Network Identifier (VNI) |   Reserved    |

Reserved bits are ignored on receipt and sent as 0. With the G flag, two of the reserved octets are a group policy ID
(draft-smith-vxlan-group-policy-05 section 2.1); its D and A flags are for the receiving end point alone.
"""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.errors import MalformedError
from dovetool.values import dataclass
from dovetool.wire.encapsulation import Encapsulation, InnerVlan, Reserved
from dovetool.wire.fields import Octets, Readable, Vnid, vnid
from dovetool.wire.overlay_header import Carrier, OverlayFields, OverlayHeader

_HEADER = struct.Struct("!BxHI")  # flags, 8 reserved bits, group policy ID, then VNI << 8 | 8 reserved bits
_G_FLAG, _I_FLAG = 0x80, 0x08
_SEEN = bytes.fromhex("88000000ffffff00")  # which group it is decides nothing
_RESERVED = Reserved(bytes.fromhex("f7ffffff000000ff"), "RFC 7348 section 5", "Linux drops the frame")
_RESERVED_WITH_GROUP = _RESERVED._replace(mask=bytes.fromhex("77b70000000000ff"))  # the flags G, D and A


@dataclass(frozen=True, slots=True)
class VxlanHeader:
    """VXLAN header, 8 octets. Reserved bits are ignored, and emitted as 0.

    Attributes:
        vni: the virtual network.
        group_policy: the group that the sender belongs to, 16 bits; None without the G flag.
    """

    LEN: ClassVar[int] = _HEADER.size

    vni: Vnid
    group_policy: int | None = None

    def __post_init__(self) -> None:
        vnid(self.vni)
        if self.group_policy is not None and not 0 <= self.group_policy <= 0xFFFF:
            raise ValueError(f"group policy ID {self.group_policy} is not in 0..0xFFFF")

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header.

        Raises:
            TruncatedError: fewer than 8 octets are left.
            MalformedError: the I flag is 0, so there is no valid VNI.
        """
        return cls.read(Octets(octets), offset)

    @classmethod
    def read(cls, frame: Readable, offset: int) -> Self:
        """As `parse`, from a frame that hides the group."""
        flags, group, word = _HEADER.unpack(frame.take(offset, cls.LEN, _SEEN, layer="VXLAN"))
        if not flags & _I_FLAG:
            raise MalformedError("VXLAN", offset, "I flag is 0, so the VNI is not valid")
        return cls(Vnid(word >> 8), group if flags & _G_FLAG else None)

    def emit(self) -> bytes:
        """The 8 octets."""
        if self.group_policy is None:
            return _HEADER.pack(_I_FLAG, 0, self.vni << 8)
        return _HEADER.pack(_G_FLAG | _I_FLAG, self.group_policy, self.vni << 8)


class Vxlan(Encapsulation):
    """VXLAN as one of the encapsulations."""

    name = "vxlan"
    carrier = Carrier.UDP
    numbers = (4789, 8472)  # IANA's, and the one that Linux used before there was one
    is_written = True
    inner_vlan = InnerVlan.DISCARDED

    def reserved_bits(self, frame: Readable, offset: int) -> Reserved:
        """Fewer where the group policy extension has some in use."""
        return _RESERVED_WITH_GROUP if frame.take(offset, 1, bytes((_G_FLAG,)))[0] else _RESERVED

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the header at `offset`, behind UDP; raises a FrameError when it is no valid VXLAN header."""
        header = VxlanHeader.read(frame, offset)
        extras = () if header.group_policy is None else ("group-policy",)
        return OverlayHeader(self.name, header.vni, VxlanHeader.LEN, extras=extras)

    def emit(self, fields: OverlayFields) -> bytes:
        """The header that carries an Ethernet frame."""
        fields.require_ethernet(self.name)
        return VxlanHeader(fields.vnid).emit()
