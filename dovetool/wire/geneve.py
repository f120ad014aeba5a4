"""Geneve, Generic Network Virtualization Encapsulation (RFC 8926 sections 3.4 and 3.5).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |Ver|  Opt Len  |O|C|    Rsvd.  |          Protocol Type        |
    |        Virtual Network Identifier (VNI)       |    Reserved   |
    |                    Variable-Length Options                    |

Opt Len counts in units of 4 octets. The C flag must be set when an option is critical; on receipt the options decide.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import ClassVar, Self

from dovetool.errors import MalformedError
from dovetool.values import dataclass
from dovetool.wire.encapsulation import Encapsulation, Reserved
from dovetool.wire.fields import FIRST_ETHERTYPE, EtherType, Octets, Readable, Vnid, vnid
from dovetool.wire.geneve_option import CILIUM_DSR, OPTION_HEADER, OPTION_HEADER_SEEN, OVN_PORTS, GeneveOption
from dovetool.wire.overlay_header import CONTROL, Carrier, OverlayFields, OverlayHeader

_LAYER = "Geneve"
_HEADER = struct.Struct("!BBHI")  # version 2 | Opt Len 6, flags, protocol type, then VNI << 8 | 8 reserved bits
_O_FLAG, _C_FLAG = 0x80, 0x40
_SEEN = bytes.fromhex("ff80ffffffffff00")  # not the C flag, and no reserved bits
_MAX_OPTIONS = 63 * 4  # Opt Len has 6 bits

_KNOWN_CRITICAL = {OVN_PORTS, *CILIUM_DSR}
"""The critical options that need nothing from us."""


@dataclass(frozen=True, slots=True)
class GeneveHeader:
    """Geneve header, 8 octets and its options. Reserved bits are ignored, and emitted as 0.

    Attributes:
        vnid: the virtual network (VNI).
        payload: protocol type, the EtherType of what follows; 0x6558 for an Ethernet frame.
        options: in the order they stand, known or not.
        oam: the O flag: what follows is a control message for the end point itself.
    """

    LEN: ClassVar[int] = _HEADER.size

    vnid: Vnid
    payload: int = EtherType.TEB
    options: tuple[GeneveOption, ...] = ()
    oam: bool = False

    def __post_init__(self) -> None:
        vnid(self.vnid)
        if not 0 <= self.payload <= 0xFFFF:
            raise ValueError(f"protocol type {self.payload:#x} is not in 0..0xFFFF")
        if self.length - self.LEN > _MAX_OPTIONS:
            raise ValueError(f"options of {self.length - self.LEN} octets are longer than {_MAX_OPTIONS}")

    @property
    def length(self) -> int:
        """Octets of the header with its options."""
        return self.LEN + sum(option.length for option in self.options)

    @property
    def priority(self) -> GeneveOption | None:
        """The first of our own options that carry PCP and DEI; None without one."""
        return next((option for option in self.options if option.is_priority), None)

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header with all of its options, the critical ones too.

        Raises:
            TruncatedError: fewer octets are left than the header has.
            MalformedError: the version is not 0, or an option is longer than Opt Len allows.
        """
        return cls.read(Octets(octets), offset)

    @classmethod
    def read(cls, frame: Readable, offset: int) -> Self:
        """As `parse`, from a frame that hides what is in the options of others."""
        first, flags, payload, word = _HEADER.unpack(frame.take(offset, cls.LEN, _SEEN, layer=_LAYER))
        if first >> 6:
            raise MalformedError(_LAYER, offset, f"version is {first >> 6}, not 0")
        begin = offset + cls.LEN
        options = tuple(_read_options(frame, begin, begin + (first & 0x3F) * 4))
        return cls(Vnid(word >> 8), payload, options, bool(flags & _O_FLAG))

    def emit(self) -> bytes:
        """The octets of the header; the C flag says whether an option is critical."""
        flags = self.oam * _O_FLAG | any(option.is_critical for option in self.options) * _C_FLAG
        first = _HEADER.pack((self.length - self.LEN) // 4, flags, self.payload, self.vnid << 8)
        return first + b"".join(option.emit() for option in self.options)


def _read_options(frame: Readable, at: int, end: int) -> Iterator[GeneveOption]:
    """The options from `at` to `end`; an option's header always fits in, as all lengths are multiples of 4."""
    while at < end:
        header = frame.take(at, OPTION_HEADER.size, OPTION_HEADER_SEEN, layer=_LAYER)
        option_class, number, length = OPTION_HEADER.unpack(header)
        length = (length & 0x1F) * 4
        body_at = at + OPTION_HEADER.size
        if body_at + length > end:
            raise MalformedError(_LAYER, at, f"option of {length} octets, and Opt Len leaves {end - body_at}")
        mask = GeneveOption.body_mask(option_class, number, length)
        yield GeneveOption(option_class, number, frame.take(body_at, length, mask, layer=_LAYER))
        at = body_at + length


class Geneve(Encapsulation):
    """Geneve as one of the encapsulations."""

    name = "geneve"
    carrier = Carrier.UDP
    numbers = (6081,)
    is_written = True
    bare = range(FIRST_ETHERTYPE, 0x10000)
    has_priority = True
    sums_ipv6 = True  # RFC 8926 section 4.3
    reserved = Reserved.ignored("003f0000000000ff", "RFC 8926 section 3.4")

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the header at `offset`, behind UDP; raises a FrameError when it is no valid Geneve header."""
        header = GeneveHeader.read(frame, offset)
        priority = header.priority
        others = any(not option.is_priority for option in header.options)
        extras = (CONTROL,) * header.oam + ("geneve-options",) * others
        pcp, dei = (None, False) if priority is None else (priority.pcp, priority.dei)
        unknown = [each for each in header.options if each.is_critical and each.kind not in _KNOWN_CRITICAL]
        critical = tuple(dict.fromkeys((each.option_class, each.number) for each in unknown))
        return OverlayHeader(self.name, header.vnid, header.length, header.payload, pcp, dei, extras, critical)

    def contradiction(self, frame: Readable, offset: int) -> str:
        """The C flag is set when an option is critical, and only then; a receiver may go by either."""
        options = GeneveHeader.read(frame, offset).options
        is_set = bool(frame.take(offset + 1, 1, bytes((_C_FLAG,)), layer=_LAYER)[0])
        critical = next((option for option in options if option.is_critical), None)
        if is_set == (critical is not None):
            return ""
        if critical is None:
            return "has the C flag set and no critical option"
        return f"has the C flag clear and a critical option ({critical})"

    def emit(self, fields: OverlayFields) -> bytes:
        """The header that carries what follows, with an option for the priority when that is asked for."""
        options = (GeneveOption.priority(fields.pcp, fields.dei),) if fields.with_priority else ()
        return GeneveHeader(fields.vnid, fields.payload, options).emit()
