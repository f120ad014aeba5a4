"""An option of a Geneve header (RFC 8926 section 3.5), and the one that is our own.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |          Option Class         |C|   Type      |R|R|R| Length  |
    |                  Variable-Length Option Data                  |

Length counts the data in units of 4 octets. Ours is of class 0xFFF0, which is for experiments (section 7), and of type
1, not critical. Its data are PCP 3 bits, DEI 1 bit and 28 reserved bits: the tag's priority, in an end-to-end place.

Two of others are known. OVN's has the logical ingress and egress port. Cilium's, for replies that go straight back to
the client (direct server return), has the address and port of the service, and 16 bits of padding.
"""

from __future__ import annotations

import struct
from typing import Self

from dovetool.values import dataclass

OPTION_HEADER = struct.Struct("!HBB")  # class, type, then 3 reserved bits | length 5
OPTION_HEADER_SEEN = bytes.fromhex("ffffff1f")

OVN_PORTS = (0x0102, 0x80, 4)
CILIUM_DSR = ((0x014B, 0x81, 8), (0x014B, 0x81, 20))  # for IPv4 and IPv6
"""Class, type and octets of data."""
_CRITICAL = 0x80
_MAX_DATA = 31 * 4
_PRIORITY = (0xFFF0, 0x01, 4)
_PRIORITY_SEEN = bytes.fromhex("f0000000")


@dataclass(frozen=True, slots=True)
class GeneveOption:
    """One option.

    Attributes:
        option_class: who defined it, 16 bits.
        number: its type, 8 bits; the first says whether it is critical.
        data: its value, a multiple of 4 octets, 124 at most.
    """

    option_class: int
    number: int
    data: bytes = b""

    def __post_init__(self) -> None:
        if not (0 <= self.option_class <= 0xFFFF and 0 <= self.number <= 0xFF):
            raise ValueError(f"class {self.option_class:#x} does not fit into 16 bits, or type {self.number:#x} into 8")
        if len(self.data) % 4 or len(self.data) > _MAX_DATA:
            raise ValueError(f"data of {len(self.data)} octets: a multiple of 4, and {_MAX_DATA} at most")

    def __str__(self) -> str:
        return f"class {self.option_class:#06x}, type {self.number:#04x}, {len(self.data)} octets"

    @classmethod
    def priority(cls, pcp: int, dei: bool) -> Self:
        """Our own option, with a priority."""
        if not 0 <= pcp <= 7:
            raise ValueError(f"PCP {pcp} is not in 0..7")
        option_class, number, length = _PRIORITY
        return cls(option_class, number, bytes((pcp << 5 | dei << 4,)).ljust(length, b"\0"))

    @staticmethod
    def body_mask(option_class: int, number: int, length: int) -> bytes:
        """Which bits of its data decide something: the priority of our own option, and nothing of others."""
        return _PRIORITY_SEEN if (option_class, number, length) == _PRIORITY else bytes(length)

    @property
    def kind(self) -> tuple[int, int, int]:
        """Class, type and octets of data."""
        return self.option_class, self.number, len(self.data)

    @property
    def length(self) -> int:
        """Octets of the option with its header."""
        return OPTION_HEADER.size + len(self.data)

    @property
    def is_critical(self) -> bool:
        """True when a receiver that does not know it must drop the packet."""
        return bool(self.number & _CRITICAL)

    @property
    def is_priority(self) -> bool:
        """True for our own option."""
        return self.kind == _PRIORITY

    @property
    def pcp(self) -> int:
        """Priority code point of our own option."""
        return self.data[0] >> 5

    @property
    def dei(self) -> bool:
        """Drop eligible indicator of our own option."""
        return bool(self.data[0] & 0x10)

    def emit(self) -> bytes:
        """The octets of the option, reserved bits 0."""
        return OPTION_HEADER.pack(self.option_class, self.number, len(self.data) // 4) + self.data
