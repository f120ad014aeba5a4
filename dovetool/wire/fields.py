"""Checked small values, and the one place that reads octets out of a frame."""

from __future__ import annotations

import struct
from typing import Any, NewType, Protocol

from dovetool.errors import TruncatedError
from dovetool.values import dataclass

Vnid = NewType("Vnid", int)
"""A 24-bit virtual network identifier."""

MAX_VNID = 0xFF_FFFF
BROADCAST = b"\xff" * 6
FIRST_ETHERTYPE = 0x0600
"""What is below is the length of an 802.3 frame (IEEE 802.3-2022 section 3.2.6)."""


class EtherType:
    """EtherType values (IEEE 802 numbers) that dovetool knows by name."""

    IPV4 = 0x0800
    ARP = 0x0806
    TEB = 0x6558  # transparent Ethernet bridging: the payload is an Ethernet frame
    VLAN = 0x8100
    IPV6 = 0x86DD
    QINQ = 0x88A8
    PBB = 0x88E7  # the I-TAG of a provider backbone bridge
    NSH = 0x894F  # network service header
    OLD_QINQ = 0x9100
    OLDER_QINQ = 0x9200
    MPLS = 0x8847
    MPLS_UPSTREAM = 0x8848  # multicast once, now labels that the sender chose (RFC 5332)
    PPPOE = 0x8864  # the session stage
    CISCO_METADATA = 0x8909  # the security group tag of TrustSec
    VN_TAG = 0x8926
    DOVE = 0x88B5  # IEEE 802 local experimental EtherType 1


VLAN_TPIDS = frozenset({EtherType.VLAN, EtherType.QINQ, EtherType.OLD_QINQ, EtherType.OLDER_QINQ})
MPLS_TYPES = frozenset({EtherType.MPLS, EtherType.MPLS_UPSTREAM})


class Readable(Protocol):
    """A frame that octets are read from, by a range check and nothing else."""

    def take(self, offset: int, length: int, mask: bytes | None = None, *, layer: str = "frame") -> bytes:
        """The `length` octets at `offset`, with the bits that `mask` leaves out set to 0.

        Raises:
            TruncatedError: the frame was longer on the wire, and capturing cut it before the end of this range.
            MalformedError: the frame ended before the end of this range.
        """


@dataclass(frozen=True, slots=True)
class Octets:
    """Octets as a `Readable`. There is nobody to tell which bits were looked at, so a mask hides nothing."""

    octets: bytes

    def take(self, offset: int, length: int, mask: bytes | None = None, *, layer: str = "frame") -> bytes:
        """The `length` octets at `offset`; raises TruncatedError when fewer are left."""
        have = max(len(self.octets) - offset, 0)
        if have < length:
            raise TruncatedError(layer, offset, need=length, have=have)
        return self.octets[offset : offset + length]


def vnid(value: int) -> Vnid:
    """Check a virtual network identifier.

    Raises:
        ValueError: `value` does not fit into 24 bits; it is never cut to fit.
    """
    if not 0 <= value <= MAX_VNID:
        raise ValueError(f"VNID {value} is not in 0..{MAX_VNID}")
    return Vnid(value)


def unpack(layout: struct.Struct, octets: bytes, offset: int, *, layer: str) -> tuple[Any, ...]:
    """Read one header.

    Raises:
        TruncatedError: fewer octets are left than the header has.
    """
    have = max(len(octets) - offset, 0)
    if have < layout.size:
        raise TruncatedError(layer, offset, need=layout.size, have=have)
    return layout.unpack_from(octets, offset)


def is_group(mac: bytes) -> bool:
    """True for a broadcast or multicast MAC address: the I/G bit is set (IEEE 802-2014 section 8.2.2)."""
    return bool(mac[0] & 1)


def is_multicast(ip: bytes) -> bool:
    """True for a packed IP address in 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 section 2.7)."""
    return ip[0] >> 4 == 0xE if len(ip) == 4 else ip[:1] == b"\xff"
