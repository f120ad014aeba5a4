"""GRE, Generic Routing Encapsulation, with key and sequence number (RFC 2784 section 2, RFC 2890 section 2).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |C| |K|S|    Reserved0    | Ver |         Protocol Type         |
    |      Checksum (optional)      |     Reserved1 (optional)      |
    |                        Key (optional)                         |
    |                  Sequence Number (optional)                   |

A packet with one of the bits 1, 4 and 5 set is of RFC 1701, with routing, and must be discarded; bits 6 to 12 are
ignored (RFC 2784 section 2.3). Version 1 is PPTP's (RFC 2637).
"""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.errors import MalformedError
from dovetool.values import dataclass
from dovetool.wire.fields import Octets, Readable

PROTOCOL = 47
"""Protocol number of IP."""
_FIRST = struct.Struct("!HH")  # flags and version, protocol type
_WORD = struct.Struct("!I")
_CHECKSUM, _KEY, _SEQUENCE = 0x8000, 0x2000, 0x1000
_ROUTING, _VERSION = 0x4C00, 0x0007
_FIRST_SEEN = _FIRST.pack(_CHECKSUM | _KEY | _SEQUENCE | _ROUTING | _VERSION, 0xFFFF)
_WORDS = ((_CHECKSUM, bytes(4)), (_KEY, b"\xff" * 4), (_SEQUENCE, bytes(4)))
"""Flag of each optional word, in the order they stand, and which of its bits decide something."""


@dataclass(frozen=True, slots=True)
class GreHeader:
    """GRE header, 4 octets and 4 for each of the optional words.

    Attributes:
        protocol: protocol type, the EtherType of what follows.
        key: 32 bits; None without the K flag.
        checksum: 16 bits, over the GRE header and what follows; None without the C flag.
        sequence: number of the packet, 32 bits; None without the S flag.
    """

    LEN: ClassVar[int] = _FIRST.size

    protocol: int
    key: int | None = None
    checksum: int | None = None
    sequence: int | None = None

    def __post_init__(self) -> None:
        for value, bits in ((self.protocol, 16), (self.key, 32), (self.checksum, 16), (self.sequence, 32)):
            if value is not None and not 0 <= value < 1 << bits:
                raise ValueError(f"GRE: {value:#x} does not fit into {bits} bits")

    @property
    def flags(self) -> int:
        """The flags C, K and S in the first 16 bits of the header."""
        values = (self.checksum, self.key, self.sequence)
        return sum(flag for (flag, _), value in zip(_WORDS, values, strict=True) if value is not None)

    @property
    def key_at(self) -> int:
        """Where in the header the key stands, if it has one."""
        return self.LEN + (_WORD.size if self.checksum is not None else 0)

    @property
    def length(self) -> int:
        """Octets of the header."""
        return self.LEN + _WORD.size * self.flags.bit_count()

    @classmethod
    def parse(cls, octets: bytes, offset: int = 0) -> Self:
        """Read a header.

        Raises:
            TruncatedError: fewer octets are left than the flags call for.
            MalformedError: the version is not 0, or routing bits of RFC 1701 are set.
        """
        return cls.read(Octets(octets), offset)

    @classmethod
    def read(cls, frame: Readable, offset: int, *, with_key: bool = True) -> Self:
        """As `parse`, from a frame that hides checksum and sequence number, and the key where nobody asks for it."""
        flags, protocol = _FIRST.unpack(frame.take(offset, cls.LEN, _FIRST_SEEN, layer="GRE"))
        if flags & _VERSION:
            raise MalformedError("GRE", offset, f"version is {flags & _VERSION}, not 0")
        if flags & _ROUTING:
            raise MalformedError("GRE", offset, f"routing bits are set: {flags & _ROUTING:#06x}")
        at = offset + cls.LEN
        words: dict[int, int] = {}
        for flag, mask in _WORDS:
            if flags & flag:
                seen = mask if with_key else bytes(_WORD.size)
                (words[flag],) = _WORD.unpack(frame.take(at, _WORD.size, seen, layer="GRE"))
                at += _WORD.size
        checksum = words[_CHECKSUM] >> 16 if _CHECKSUM in words else None
        return cls(protocol, words.get(_KEY), checksum, words.get(_SEQUENCE))

    def emit(self) -> bytes:
        """The octets of the header, with the checksum that it was given."""
        words = (None if self.checksum is None else self.checksum << 16, self.key, self.sequence)
        return _FIRST.pack(self.flags, self.protocol) + b"".join(_WORD.pack(word) for word in words if word is not None)
