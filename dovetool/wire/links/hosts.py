"""Captures of a host's own layers: loopback, raw IP, Linux cooked captures, the enc interface of OpenBSD.

BSD loopback and OpenBSD's, with an address family of the capturing host's byte order, or the network's:

    | Family (4 octets) | packet

Linux cooked capture, version 1 and 2; the protocol is an EtherType, or 4 for LLC:

    | Type (2) | ARPHRD (2) | Address length (2) | Address (8) | Protocol (2) | packet
    | Protocol (2) | Reserved (2) | Interface (4) | ARPHRD (2) | Type (1) | Address length (1) | Address (8) | packet

The enc interface:

    | Family (4) | SPI (4) | Flags (4) | packet

Source: https://www.tcpdump.org/linktypes.html.
"""

from __future__ import annotations

from dovetool.wire.fields import EtherType, Readable
from dovetool.wire.links.ground import Ground, behind, ip, word

LINUX_SLL2 = 276
_FAMILIES = {
    2: EtherType.IPV4,
    24: EtherType.IPV6,
    28: EtherType.IPV6,
    30: EtherType.IPV6,
}  # AF_INET, the BSDs' AF_INET6
_FAMILY_LEN, _ENC_LEN = 4, 12


def family(frame: Readable, start: int, link_type: int) -> Ground:
    """BSD loopback and OpenBSD's."""
    return behind(link_type, start, start + _FAMILY_LEN, _of_family(frame, start, "loopback"))


def enc(frame: Readable, start: int, link_type: int) -> Ground:
    """The enc interface of OpenBSD: packets before and behind IPsec."""
    return behind(link_type, start, start + _ENC_LEN, _of_family(frame, start, "ENC"))


def _of_family(frame: Readable, at: int, layer: str) -> int:
    octets = frame.take(at, _FAMILY_LEN, layer=layer)
    return _FAMILIES.get(min(int.from_bytes(octets, "big"), int.from_bytes(octets, "little")), 0)


def raw_ip(frame: Readable, start: int, link_type: int) -> Ground:
    """IP without a link layer."""
    return Ground(ip(frame, start), start)


def cooked(frame: Readable, start: int, link_type: int) -> Ground:
    """Linux cooked captures of either version."""
    place, length = (0, 20) if link_type == LINUX_SLL2 else (14, 16)
    return behind(link_type, start, start + length, word(frame, start + place, "SLL"))
