"""Rings: FDDI, and Token Ring with source routing. LLC stands behind them.

    FDDI:        | Frame control (1) | Destination (6) | Source (6) | LLC
    Token Ring:  | Access control (1) | Frame control (1) | Destination (6) | Source (6) | Routing (0, 2 to 30) | LLC

The first bit of a source address says that routing information follows, whose first octet has its length.

Source: ANSI INCITS 239-1994; IEEE 802.5-1998 sections 3.2 and C.3.3.
"""

from __future__ import annotations

from dovetool.wire.fields import Readable
from dovetool.wire.links.ground import LLC, Ground, behind

_FDDI_LEN = 13
_FDDI_KIND, _FDDI_LLC = b"\x70", 0x50  # the class bit (synchronous or not) and the priority do not matter
_RING_LEN, _RING_SOURCE = 14, 8
_RING_KIND, _RING_LLC = b"\xc0", 0x40
_ROUTING_LENGTH = b"\x1f"


def fddi(frame: Readable, start: int, link_type: int) -> Ground:
    """FDDI."""
    kind = frame.take(start, 1, _FDDI_KIND, layer="FDDI")[0]
    return behind(link_type, start, start + _FDDI_LEN, LLC if kind == _FDDI_LLC else 0)


def token_ring(frame: Readable, start: int, link_type: int) -> Ground:
    """Token Ring."""
    kind = frame.take(start + 1, 1, _RING_KIND, layer="Token Ring")[0]
    end = start + _RING_LEN
    if frame.take(start + _RING_SOURCE, 1, b"\x80", layer="Token Ring")[0]:
        end += frame.take(end, 1, _ROUTING_LENGTH, layer="Token Ring")[0]
    return behind(link_type, start, end, LLC if kind == _RING_LLC else 0)
