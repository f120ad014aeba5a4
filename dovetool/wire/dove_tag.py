"""The virtual networking tag: an extended 802.1Q tag with a 24-bit VNID (US 9,602,307 B2, FIG. 8 and FIG. 9).

It stands behind the source MAC address, where an 802.1Q tag would, and has 44 bits and 4 pad bits:

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |             TPID              | PCP |D|         VNID          |
    |         VNID          |  pad  |  EtherType or length          |

This module is the only place that knows the layout of these bits.
"""

from __future__ import annotations

import struct
from typing import ClassVar, Self

from dovetool.errors import MalformedError
from dovetool.values import dataclass
from dovetool.wire.fields import EtherType, Vnid, unpack, vnid

_TAG = struct.Struct("!HI")  # TPID, then PCP 3, DEI 1, VNID 24, pad 4
TAG_OFFSET = 12
"""Octets of an Ethernet frame before the tag: the two MAC addresses."""
OTHER_TYPES = {
    0x0800: "IPv4",
    0x0806: "ARP",
    0x6558: "bridged Ethernet",
    0x8035: "RARP",
    0x8100: "802.1Q",
    0x86DD: "IPv6",
    0x8808: "flow control",
    0x8809: "slow protocols",
    0x8847: "MPLS",
    0x8848: "MPLS",
    0x8863: "PPPoE",
    0x8864: "PPPoE",
    0x888E: "802.1X",
    0x88A8: "802.1ad",
    0x88CC: "LLDP",
    0x88E5: "MACsec",
    0x88E7: "802.1ah",
    0x894F: "NSH",
}
"""EtherTypes that cannot be the TPID, as frames of these would be taken for tagged ones."""


@dataclass(frozen=True, slots=True)
class DoveTag:
    """The tag without the EtherType that follows it.

    Attributes:
        vnid: virtual network identifier, 24 bits.
        pcp: priority code point, 0..7.
        dei: drop eligible indicator (the CFI of older texts).
        tpid: tag protocol identifier that marks the tag.
        pad: the 4 pad bits as received; a tag is always written with 0.
    """

    LEN: ClassVar[int] = _TAG.size

    vnid: Vnid
    pcp: int = 0
    dei: bool = False
    tpid: int = EtherType.DOVE
    pad: int = 0

    def __post_init__(self) -> None:
        vnid(self.vnid)
        if not (0 <= self.pcp <= 7 and 0 <= self.tpid <= 0xFFFF):
            raise ValueError(f"PCP {self.pcp} is not in 0..7, or TPID {self.tpid:#x} not in 0..0xFFFF")

    @classmethod
    def parse(cls, octets: bytes, offset: int = TAG_OFFSET, *, tpid: int = EtherType.DOVE) -> Self:
        """Read the tag at `offset`, by default where it stands in a frame.

        Raises:
            TruncatedError: fewer than 6 octets are left.
            MalformedError: the octets there are not the TPID.
        """
        found, word = unpack(_TAG, octets, offset, layer="DOVE tag")
        if found != tpid:
            raise MalformedError("DOVE tag", offset, f"TPID is {found:#06x}, not {tpid:#06x}")
        return cls(Vnid(word >> 4 & 0xFF_FFFF), word >> 29, bool(word >> 28 & 1), found, word & 0xF)

    def emit(self) -> bytes:
        """The six octets of the tag, pad bits 0."""
        return _TAG.pack(self.tpid, self.pcp << 29 | self.dei << 28 | self.vnid << 4)
