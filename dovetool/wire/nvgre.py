"""NVGRE, Network Virtualization Using GRE (RFC 7637 section 3.2).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |0| |1|0|   Reserved0     | Ver |   Protocol Type 0x6558        |
    |               Virtual Subnet ID (VSID)        |    FlowID     |

It shares the protocol type with gretap, and all the rest of a header with a key: what cannot be NVGRE is gretap.
"""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.errors import MalformedError
from dovetool.values import dataclass
from dovetool.wire.encapsulation import Encapsulation, InnerVlan
from dovetool.wire.fields import MAX_VNID, EtherType, Octets, Readable, Vnid, vnid
from dovetool.wire.gretap import Gretap
from dovetool.wire.overlay_header import Carrier, OverlayFields, OverlayHeader

_FIRST = struct.pack("!HH", 0x2000, EtherType.TEB)  # the K flag alone, version 0
_HEADER = struct.Struct("!4sI")  # the four octets above, then VSID << 8 | FlowID
_SEEN = bytes.fromhex("ffffffffffffff00")  # not the FlowID
_LAST_RESERVED = 0xFFF  # VSIDs up to here are reserved
_GRETAP = Gretap()


@dataclass(frozen=True, slots=True)
class NvgreHeader:
    """NVGRE header, 8 octets: a GRE header with nothing but a key.

    Attributes:
        vnid: the virtual network (VSID).
        flow_id: 8 bits that tell flows apart.
    """

    LEN: ClassVar[int] = _HEADER.size
    FLOW_AT: ClassVar[int] = LEN - 1

    vnid: Vnid
    flow_id: int = 0

    def __post_init__(self) -> None:
        vnid(self.vnid)
        if not 0 <= self.flow_id <= 0xFF:
            raise ValueError(f"FlowID {self.flow_id} is not in 0..255")

    @property
    def is_reserved(self) -> bool:
        """True for a VSID that no NVGRE end point sends."""
        return self.vnid <= _LAST_RESERVED

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header.

        Raises:
            TruncatedError: fewer than 8 octets are left.
            MalformedError: the first four octets are not those of NVGRE.
        """
        return cls.read(Octets(octets), offset)

    @classmethod
    def read(cls, frame: Readable, offset: int) -> Self:
        """As `parse`, from a frame that hides the FlowID."""
        first, key = _HEADER.unpack(frame.take(offset, cls.LEN, _SEEN, layer="NVGRE"))
        if first != _FIRST:
            raise MalformedError("NVGRE", offset, f"begins with {first.hex(' ')}, not {_FIRST.hex(' ')}")
        return cls(Vnid(key >> 8), key & 0xFF)

    def emit(self) -> bytes:
        """The 8 octets."""
        return _HEADER.pack(_FIRST, self.vnid << 8 | self.flow_id)


class Nvgre(Encapsulation):
    """NVGRE as one of the encapsulations."""

    name = "nvgre"
    carrier = Carrier.GRE
    numbers = (EtherType.TEB,)
    is_written = True
    flow_at = NvgreHeader.FLOW_AT
    inner_vlan = InnerVlan.FORBIDDEN  # RFC 7637 section 3.3

    def allows(self, identifier: Vnid) -> bool:
        """All but the reserved ones, and 0xFFFFFF, which is left to vendors."""
        return _LAST_RESERVED < identifier < MAX_VNID

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the GRE header at `offset`, as gretap's if it is not NVGRE's; raises a FrameError if it is neither."""
        if frame.take(offset, len(_FIRST), layer="GRE") == _FIRST:
            header = NvgreHeader.read(frame, offset)
            if not header.is_reserved:
                return OverlayHeader(self.name, header.vnid, NvgreHeader.LEN)
        return _GRETAP.read(frame, offset)

    def emit(self, fields: OverlayFields) -> bytes:
        """The header that carries an Ethernet frame; raises ValueError for a VSID that may not be sent."""
        fields.require_ethernet(self.name)
        if not self.allows(fields.vnid):
            raise ValueError(f"NVGRE cannot carry VNID {fields.vnid}: its VSIDs are 0x1000..0xFFFFFE")
        return NvgreHeader(fields.vnid).emit()
