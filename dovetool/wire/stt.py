"""STT, Stateless Transport Tunneling (draft-davie-stt-08 section 3). It is read, and not written.

A frame with its STT frame header is cut into segments that look like TCP's (port 7471), so that cards cut and join
them. Their sequence and acknowledgement numbers mean something else:

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |          Source Port          |       Destination Port        |
    |       STT Frame Length        |        Fragment Offset        |
    |                           Packet ID                           |
    |  Data |         TCP flags and window                          |
    |           Checksum            |         Urgent Pointer        |

The first segment, with offset 0, goes on with the STT frame header:

    |  Version      | Flags         |  L4 Offset    |  Reserved     |
    |    Max. Segment Size          | PCP |V|     VLAN ID           |
    |                          Context ID                           |
    |                          (64 bits)                            |
    |     Padding                   |

V says that the frame's own 802.1Q tag is carried here, and not in the frame.
"""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.errors import MalformedError
from dovetool.values import dataclass
from dovetool.wire.encapsulation import Encapsulation
from dovetool.wire.fields import MAX_VNID, Octets, Readable, Vnid
from dovetool.wire.overlay_header import Carrier, OverlayFields, OverlayHeader

_LAYER = "STT"
_SEGMENT = struct.Struct("!4xHHIB7x")  # frame length, fragment offset, packet ID, data offset 4
_FRAME = struct.Struct("!BBBxHHQ2x")  # version, flags, L4 offset, segment size, PCP 3 | V 1 | VLAN 12, context ID
_SEGMENT_SEEN = bytes.fromhex("000000000000ffff00000000f000000000000000")  # fragment offset, data offset
_FRAME_SEEN = bytes.fromhex("ff0000000000f000ffffffffffffffff0000")  # version, PCP and V, context ID
_V = 0x1000


@dataclass(frozen=True, slots=True)
class SttSegment:
    """Header of one segment, 20 octets that look like TCP's, and TCP options if there are any.

    Attributes:
        frame_length: octets of the whole STT frame, its frame header included; at least that header's.
        fragment_offset: octets of the STT frame before this segment's; below `frame_length`.
        packet_id: the same for all segments of an STT frame.
        header_len: octets of this header with its TCP options; the segment's data follow.
    """

    LEN: ClassVar[int] = _SEGMENT.size

    frame_length: int
    fragment_offset: int
    packet_id: int
    header_len: int = LEN

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read the header of a segment.

        Raises:
            TruncatedError: fewer than 20 octets are left.
            MalformedError: the data offset is below 5, the frame is shorter than a frame header, or the segment is
                beyond its end.
        """
        octets = Octets(octets).take(offset, cls.LEN, layer=_LAYER)
        frame_length, fragment_offset, packet_id, first = _SEGMENT.unpack(octets)
        if first >> 4 < 5:
            raise MalformedError(_LAYER, offset, f"data offset is {first >> 4}, below 5")
        if frame_length < SttHeader.LEN or fragment_offset >= frame_length:
            raise MalformedError(_LAYER, offset, f"segment at {fragment_offset} of a frame of {frame_length} octets")
        return cls(frame_length, fragment_offset, packet_id, (first >> 4) * 4)


@dataclass(frozen=True, slots=True)
class SttHeader:
    """STT frame header, 18 octets with the padding. Reserved bits are ignored, and emitted as 0.

    Attributes:
        context_id: 64 bits; the virtual network is in the lower ones.
        vid: VLAN ID of the frame, 12 bits; None when the tag is not carried here.
        pcp: priority of that tag, 0..7; 0 without one.
        flags: what of the frame's checksums was checked, and what it is, 8 bits.
        l4_offset: octets from the start of the frame to its TCP or UDP header; 0 for none.
        segment_size: largest TCP payload to cut the frame into; 0 for no cutting.
    """

    LEN: ClassVar[int] = _FRAME.size

    context_id: int
    vid: int | None = None
    pcp: int = 0
    flags: int = 0
    l4_offset: int = 0
    segment_size: int = 0

    def __post_init__(self) -> None:
        sizes = ((self.context_id, 64), (self.vid or 0, 12), (self.pcp, 3), (self.flags, 8), (self.l4_offset, 8))
        for value, bits in (*sizes, (self.segment_size, 16)):
            if not 0 <= value < 1 << bits:
                raise ValueError(f"STT: {value:#x} does not fit into {bits} bits")
        if self.vid is None and self.pcp:
            raise ValueError(f"STT: PCP {self.pcp} without a VLAN ID")

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header; raises TruncatedError when it is cut, MalformedError when the version is not 0."""
        return cls.read(Octets(octets), offset)

    @classmethod
    def read(cls, frame: Readable, offset: int) -> Self:
        """As `parse`, from a frame that hides all but version, PCP, V and context ID."""
        octets = frame.take(offset, cls.LEN, _FRAME_SEEN, layer=_LAYER)
        version, flags, l4_offset, segment_size, tci, context_id = _FRAME.unpack(octets)
        if version:
            raise MalformedError(_LAYER, offset, f"version is {version}, not 0")
        vid, pcp = (tci & 0xFFF, tci >> 13) if tci & _V else (None, 0)
        return cls(context_id, vid, pcp, flags, l4_offset, segment_size)

    def emit(self) -> bytes:
        """The 18 octets."""
        tci = 0 if self.vid is None else self.pcp << 13 | _V | self.vid
        return _FRAME.pack(0, self.flags, self.l4_offset, self.segment_size, tci, self.context_id)


class Stt(Encapsulation):
    """STT as one of the encapsulations."""

    name = "stt"
    carrier = Carrier.TCP
    numbers = (7471,)

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the headers of an STT frame's first segment, from the TCP-like one at `offset` on.

        Raises:
            FrameError: they are not valid, or it is a later segment, which has no frame header.
        """
        octets = frame.take(offset, SttSegment.LEN, _SEGMENT_SEEN, layer=_LAYER)
        _, fragment_offset, _, first = _SEGMENT.unpack(octets)
        if first >> 4 != 5:
            raise MalformedError(_LAYER, offset, f"data offset is {first >> 4}, not 5")
        if fragment_offset:
            raise MalformedError(_LAYER, offset, f"segment at {fragment_offset} of its frame has no frame header")
        header = SttHeader.read(frame, offset + SttSegment.LEN)
        fits = header.context_id <= MAX_VNID
        tagged = header.vid is not None
        return OverlayHeader(
            self.name,
            Vnid(header.context_id) if fits else None,
            SttSegment.LEN + SttHeader.LEN,
            pcp=header.pcp if tagged else None,
            extras=("context-id",) * (not fits) + ("vlan",) * tagged,
        )

    def emit(self, fields: OverlayFields) -> bytes:
        """Raises ValueError: cards that cut frames write it."""
        raise ValueError(f"STT is only read: VNID {fields.vnid} cannot be sent in it")
