"""What stands behind the headers of a link layer, and how readers of such headers say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dovetool.wire.fields import EtherType, Readable

LLC = 4
"""Stands for an LLC header where an EtherType is told, as in Linux cooked captures (ETH_P_802_2)."""


class Step(NamedTuple):
    """A header on the way: the link type that it is of, where it begins and where it ends."""

    link_type: int
    start: int
    end: int


class Ground(NamedTuple):
    """Where the headers that belong to a link type end.

    Attributes:
        ethertype: what follows: an EtherType (that of Transparent Ethernet Bridging for an Ethernet frame), or `LLC`;
            0 where nothing can be told.
        offset: where it begins.
        steps: the headers before it, the outermost first.
    """

    ethertype: int
    offset: int
    steps: tuple[Step, ...] = ()


Reader = Callable[[Readable, int, int], Ground]
"""Reads the headers of a link type, the last argument, from an offset on; raises a FrameError when they are cut."""


def behind(link_type: int, start: int, end: int, ethertype: int = 0) -> Ground:
    """What follows a single header from `start` to `end`."""
    return Ground(ethertype, end, (Step(link_type, start, end),))


def within(outer: Step, inner: Ground) -> Ground:
    """What follows a header with others behind it."""
    return inner._replace(steps=(outer, *inner.steps))


def word(frame: Readable, at: int, layer: str) -> int:
    """The big-endian 16-bit number at `at`."""
    return int.from_bytes(frame.take(at, 2, layer=layer), "big")


def little_word(frame: Readable, at: int, layer: str) -> int:
    """The little-endian 16-bit number at `at`."""
    return int.from_bytes(frame.take(at, 2, layer=layer), "little")


def ip(frame: Readable, at: int) -> int:
    """The EtherType of the IP packet at `at`, by its version."""
    return EtherType.IPV4 if frame.take(at, 1, b"\xf0", layer="IP")[0] >> 4 == 4 else EtherType.IPV6
