"""PBB, provider backbone bridging: the I-TAG of MAC-in-MAC (IEEE 802.1Q-2018 clause 9.7, from IEEE 802.1ah).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |I-PCP|D|U|R|Res|    Backbone service instance (I-SID)          |

It stands behind the EtherType 0x88E7 of the backbone frame; the customer's frame follows from its addresses on. D is
the I-DEI, U the flag UCA (use customer addresses, which frames of customers carry as 0), R is Res1, which is ignored,
and Res is Res2, which must be 0.
"""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.errors import MalformedError
from dovetool.values import dataclass
from dovetool.wire.encapsulation import Encapsulation, Reserved
from dovetool.wire.fields import MAX_VNID, EtherType, Octets, Readable, Vnid, vnid
from dovetool.wire.overlay_header import Carrier, OverlayFields, OverlayHeader

_I_TCI = struct.Struct("!I")
_DEI, _UCA, _RES2 = 1 << 28, 1 << 27, 3 << 24
_SEEN = bytes.fromhex("f3ffffff")  # not UCA, and not Res1
_LAST_RESERVED = 0xFF  # I-SIDs up to here are reserved, or mean "none", or belong to shortest path bridging


@dataclass(frozen=True, slots=True)
class PbbHeader:
    """I-TCI, the 4 octets behind the EtherType of an I-TAG.

    Attributes:
        vnid: the virtual network (I-SID).
        pcp: priority code point, 0..7.
        dei: drop eligible indicator.
        uca: the flag UCA as received.
    """

    LEN: ClassVar[int] = _I_TCI.size

    vnid: Vnid
    pcp: int = 0
    dei: bool = False
    uca: bool = False

    def __post_init__(self) -> None:
        vnid(self.vnid)
        if not 0 <= self.pcp <= 7:
            raise ValueError(f"PCP {self.pcp} is not in 0..7")

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read an I-TCI.

        Raises:
            TruncatedError: fewer than 4 octets are left.
            MalformedError: Res2 is not 0, and such a frame must be discarded.
        """
        return cls.read(Octets(octets), offset)

    @classmethod
    def read(cls, frame: Readable, offset: int) -> Self:
        """As `parse`, from a frame that hides UCA."""
        (tci,) = _I_TCI.unpack(frame.take(offset, cls.LEN, _SEEN, layer="I-TAG"))
        if tci & _RES2:
            raise MalformedError("I-TAG", offset, f"Res2 is {(tci & _RES2) >> 24}, not 0")
        return cls(Vnid(tci & MAX_VNID), tci >> 29, bool(tci & _DEI), bool(tci & _UCA))

    def emit(self) -> bytes:
        """The 4 octets."""
        return _I_TCI.pack(self.pcp << 29 | self.dei * _DEI | self.uca * _UCA | self.vnid)


class Pbb(Encapsulation):
    """PBB as one of the encapsulations."""

    name = "pbb"
    carrier = Carrier.LINK
    numbers = (EtherType.PBB,)
    is_written = True
    has_priority = True
    reserved = Reserved.ignored("0c000000", "IEEE 802.1Q section 9.7")

    def allows(self, identifier: Vnid) -> bool:
        """All but the reserved ones, 0..0xFF and 0xFFFFFF."""
        return _LAST_RESERVED < identifier < MAX_VNID

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the I-TCI at `offset`, behind the EtherType; raises a FrameError when it is no valid one."""
        header = PbbHeader.read(frame, offset)
        return OverlayHeader(self.name, header.vnid, PbbHeader.LEN, pcp=header.pcp, dei=header.dei)

    def emit(self, fields: OverlayFields) -> bytes:
        """The I-TCI of an Ethernet frame, without the EtherType; raises ValueError for an I-SID that is reserved."""
        fields.require_ethernet(self.name)
        if not self.allows(fields.vnid):
            raise ValueError(f"PBB cannot carry VNID {fields.vnid}: its I-SIDs are 0x100..0xFFFFFE")
        return PbbHeader(fields.vnid, fields.pcp, fields.dei).emit()
