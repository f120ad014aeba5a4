"""ERSPAN, frames that a switch mirrors over GRE (draft-foschiano-erspan-03 section 4). It is read, and not written.

Type II, behind a GRE header of protocol type 0x88BE with a sequence number:

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    | Ver 1 |          VLAN         | COS | En|T|    Session ID     |
    |      Reserved         |                  Index                |

Type III, of protocol type 0x22EB; with the O flag, 8 octets of the platform's own follow:

    | Ver 2 |          VLAN         | COS |BSO|T|     Session ID    |
    |                          Timestamp                            |
    |             SGT               |P|    FT   |   Hw ID   |D|Gra|O|

Type I is of protocol type 0x88BE without a sequence number, and has no header of its own.
"""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.errors import MalformedError
from dovetool.values import dataclass
from dovetool.wire.encapsulation import Encapsulation
from dovetool.wire.fields import EtherType, Octets, Readable, Vnid
from dovetool.wire.gre import GreHeader
from dovetool.wire.overlay_header import Carrier, OverlayFields, OverlayHeader

_LAYER = "ERSPAN"
_TYPE_I_II, _TYPE_III = 0x88BE, 0x22EB
_II = struct.Struct("!HHI")  # version 4 | VLAN 12, COS 3 | En 2 | T 1 | session 10, reserved 12 | index 20
_III = struct.Struct(
    "!HHIHH"
)  # version 4 | VLAN 12, as above, timestamp, SGT, P 1 | FT 5 | Hw ID 6 | D 1 | Gra 2 | O 1
_II_SEEN = bytes.fromhex("f00003ff00000000")  # version and session
_III_SEEN = bytes.fromhex("f00003ff0000000000007c01")  # and FT, O
_SUBHEADER_LEN = 8
_FT_ETHERNET, _FT_IP = 0, 2
_MAX_SESSION = 0x3FF


@dataclass(frozen=True, slots=True)
class ErspanMirror:
    """What types II and III begin with.

    Attributes:
        session_id: the mirror session, 10 bits.
        vid: VLAN that the frame was seen in, 12 bits.
        cos: its class of service, 3 bits.
        state: En of type II (how it was tagged) or BSO of type III (bad, short, oversized), 2 bits.
        truncated: the switch cut the frame.
    """

    session_id: int
    vid: int = 0
    cos: int = 0
    state: int = 0
    truncated: bool = False

    def __post_init__(self) -> None:
        for value, bits in ((self.session_id, 10), (self.vid, 12), (self.cos, 3), (self.state, 2)):
            if not 0 <= value < 1 << bits:
                raise ValueError(f"ERSPAN: {value:#x} does not fit into {bits} bits")

    @classmethod
    def unpack(cls, first: int, second: int, version: int, offset: int) -> Self:
        """From the first two 16-bit words of a header; raises MalformedError when it is of another version."""
        if first >> 12 != version:
            raise MalformedError(_LAYER, offset, f"version is {first >> 12}, not {version}")
        return cls(second & _MAX_SESSION, first & 0xFFF, second >> 13, second >> 11 & 3, bool(second & 0x400))

    def pack(self, version: int) -> tuple[int, int]:
        """The two words."""
        second = self.cos << 13 | self.state << 11 | self.truncated << 10 | self.session_id
        return version << 12 | self.vid, second


@dataclass(frozen=True, slots=True)
class Erspan2Header:
    """ERSPAN header of type II, 8 octets behind the GRE header. Reserved bits are ignored, and emitted as 0.

    Attributes:
        mirror: session, and what the switch says of the frame.
        index: port and direction that were mirrored, 20 bits.
    """

    LEN: ClassVar[int] = _II.size
    VERSION: ClassVar[int] = 1

    mirror: ErspanMirror
    index: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.index < 1 << 20:
            raise ValueError(f"ERSPAN: index {self.index:#x} does not fit into 20 bits")

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header; raises TruncatedError when it is cut, MalformedError when the version is not 1."""
        return cls.read(Octets(octets), offset)

    @classmethod
    def read(cls, frame: Readable, offset: int) -> Self:
        """As `parse`, from a frame that hides all but version and session."""
        first, second, index = _II.unpack(frame.take(offset, cls.LEN, _II_SEEN, layer=_LAYER))
        return cls(ErspanMirror.unpack(first, second, cls.VERSION, offset), index & 0xF_FFFF)

    def emit(self) -> bytes:
        """The 8 octets."""
        return _II.pack(*self.mirror.pack(self.VERSION), self.index)


@dataclass(frozen=True, slots=True)
class Erspan3Header:
    """ERSPAN header of type III, 12 octets behind the GRE header, 20 with a subheader.

    Attributes:
        mirror: session, and what the switch says of the frame.
        timestamp: 32 bits, in the unit that `flags` tells.
        sgt: security group tag, 16 bits.
        frame_type: 0 for an Ethernet frame, 2 for an IP packet; the draft has no others.
        flags: P, Hw ID, D and Gra where they stand in their 16 bits (FT and O are 0).
        subheader: the 8 octets of the platform's own; empty without the O flag.
    """

    LEN: ClassVar[int] = _III.size
    VERSION: ClassVar[int] = 2
    FLAGS: ClassVar[int] = 0x83FE

    mirror: ErspanMirror
    timestamp: int = 0
    sgt: int = 0
    frame_type: int = _FT_ETHERNET
    flags: int = 0
    subheader: bytes = b""

    def __post_init__(self) -> None:
        for value, limit in ((self.timestamp, 0xFFFF_FFFF), (self.sgt, 0xFFFF), (self.frame_type, 0x1F)):
            if not 0 <= value <= limit:
                raise ValueError(f"ERSPAN: {value:#x} is not in 0..{limit:#x}")
        if self.flags & ~self.FLAGS or len(self.subheader) not in (0, _SUBHEADER_LEN):
            raise ValueError(f"ERSPAN: flags {self.flags:#x}, or a subheader of {len(self.subheader)} octets")

    @property
    def length(self) -> int:
        """Octets of the header with its subheader."""
        return self.LEN + len(self.subheader)

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header; raises TruncatedError when it is cut, MalformedError when the version is not 2."""
        return cls.read(Octets(octets), offset)

    @classmethod
    def read(cls, frame: Readable, offset: int) -> Self:
        """As `parse`, from a frame that hides all but version, session, FT and O."""
        first, second, time, sgt, last = _III.unpack(frame.take(offset, cls.LEN, _III_SEEN, layer=_LAYER))
        mirror = ErspanMirror.unpack(first, second, cls.VERSION, offset)
        size = _SUBHEADER_LEN if last & 1 else 0
        subheader = frame.take(offset + cls.LEN, size, bytes(size), layer=_LAYER)
        return cls(mirror, time, sgt, last >> 10 & 0x1F, last & cls.FLAGS, subheader)

    def emit(self) -> bytes:
        """The octets of the header."""
        last = self.flags | self.frame_type << 10 | bool(self.subheader)
        return _III.pack(*self.mirror.pack(self.VERSION), self.timestamp, self.sgt, last) + self.subheader


class Erspan(Encapsulation):
    """ERSPAN as one of the encapsulations; the mirror session is the virtual network."""

    name = "erspan"
    carrier = Carrier.GRE
    numbers = (_TYPE_I_II, _TYPE_III)
    is_mirror = True

    def allows(self, identifier: Vnid) -> bool:
        """Those that fit into the 10 bits of a session."""
        return identifier <= _MAX_SESSION

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the headers of GRE and ERSPAN from `offset` on; raises a FrameError when one is not valid."""
        gre = GreHeader.read(frame, offset)
        at = offset + gre.length
        if gre.protocol == _TYPE_III:
            header = Erspan3Header.read(frame, at)
            payload = _payload(frame, header.frame_type, at + header.length)
            return self._found(header.mirror, gre.length + header.length, payload)
        if gre.protocol != _TYPE_I_II:
            raise MalformedError(_LAYER, offset, f"GRE protocol type {gre.protocol:#06x} is not ERSPAN's")
        if gre.sequence is None:
            return OverlayHeader(self.name, None, gre.length)
        return self._found(Erspan2Header.read(frame, at).mirror, gre.length + Erspan2Header.LEN, EtherType.TEB)

    def _found(self, mirror: ErspanMirror, length: int, payload: int) -> OverlayHeader:
        return OverlayHeader(self.name, Vnid(mirror.session_id), length, payload, extras=("erspan",))

    def emit(self, fields: OverlayFields) -> bytes:
        """Raises ValueError: a mirror session is a switch's to write."""
        raise ValueError(f"ERSPAN is only read: VNID {fields.vnid} cannot be sent in it")


def _payload(frame: Readable, frame_type: int, at: int) -> int:
    """EtherType of what was mirrored. For an IP packet the header does not say which: its version does."""
    if frame_type == _FT_ETHERNET:
        return EtherType.TEB
    if frame_type != _FT_IP:
        raise MalformedError(_LAYER, at, f"frame type {frame_type} is reserved")
    version = frame.take(at, 1, b"\xf0", layer=_LAYER)[0] >> 4
    payload = {4: EtherType.IPV4, 6: EtherType.IPV6}.get(version)
    if payload is None:
        raise MalformedError(_LAYER, at, f"the mirrored IP packet is of version {version}")
    return payload
