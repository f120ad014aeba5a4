"""How long packets are: those of tenants, and those in the underlay that carry them; and what MTUs they ask for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns import FrameTable
from dovetool.analysis.columns.places import NOWHERE, Entry
from dovetool.capture.batch import Column
from dovetool.portrait.look_codes import look_codes

MTUS = (1280, 1400, 1450, 1500, 1550, 1600, 8950, 9000, 9216)
"""Octets of a packet from its IP header on: what links are set to, and what is left of these in a tunnel."""
_CLASSES = (64, 128, 256, 512, 1024, 1280, 1400, 1450, 1500, 1550, 1600, 8950, 9000)
_LONGEST = 1 << 16
_ETHERNET, _TAG = 14, 4


class SizeClass(NamedTuple):
    """Packets of at least `first` octets and at most `last`; None: no matter how many."""

    first: int
    last: int | None
    tenant: int
    underlay: int


class Fit(NamedTuple):
    """Packets that are longer than an MTU: of tenants, and in the underlay."""

    mtu: int
    tenant: int
    underlay: int


class Sizes(NamedTuple):
    """Lengths of packets in octets, from the IP header on; without one, from behind the Ethernet header.

    Attributes:
        tenant: how many packets of tenants there are: the innermost of each frame.
        underlay: how many packets of the underlay carry a tunnel.
        longest_tenant: octets of the longest.
        longest_underlay: likewise.
        classes: packets by length.
        fits: packets that are too long, by MTU.
    """

    tenant: int
    underlay: int
    longest_tenant: int
    longest_underlay: int
    classes: list[SizeClass]
    fits: list[Fit]


class SizeCount:
    """Counts packets by length, each length by itself."""

    def __init__(self) -> None:
        self._headers = look_codes(_header)
        self._tenant: NDArray[np.int64] = np.zeros(_LONGEST + 1, np.int64)
        self._underlay: NDArray[np.int64] = np.zeros(_LONGEST + 1, np.int64)
        self._longest = [0, 0]

    def add(self, frames: FrameTable) -> None:
        """Count frames."""
        length = frames.found.batch.wire_len
        behind_header = frames.at("start") + self._headers_of(frames)
        begin = np.where(frames.at("ip") == NOWHERE, behind_header, frames.at("ip"))
        self._count(0, self._tenant, length - frames.at("behind") - begin)
        outer = frames.at("outer_ip")
        rows = np.flatnonzero(outer != NOWHERE)
        if len(rows):
            self._count(1, self._underlay, (length - frames.at("outer_behind") - outer)[rows])

    def _headers_of(self, frames: FrameTable) -> Column:
        codes = self._headers.of(frames)
        octets: Column = np.array(self._headers.values, np.int64)[codes]
        return octets

    def _count(self, which: int, counts: NDArray[np.int64], octets: Column) -> None:
        octets = np.maximum(octets, 0)
        self._longest[which] = max(self._longest[which], int(octets.max()))
        counts += np.bincount(np.minimum(octets, _LONGEST), minlength=_LONGEST + 1)

    def told(self) -> Sizes:
        """What was counted."""
        totals = int(self._tenant.sum()), int(self._underlay.sum())
        begins = (0, *(limit + 1 for limit in _CLASSES))
        classes = [
            SizeClass(first, last, *self._between(first, last))
            for first, last in zip(begins, (*_CLASSES, None), strict=True)
        ]
        fits = [Fit(mtu, *self._between(mtu + 1, None)) for mtu in MTUS]
        longest_tenant, longest_underlay = self._longest
        return Sizes(*totals, longest_tenant, longest_underlay, classes, fits)

    def _between(self, first: int, last: int | None) -> tuple[int, int]:
        stop = None if last is None else last + 1
        return int(self._tenant[first:stop].sum()), int(self._underlay[first:stop].sum())


def _header(entry: Entry) -> int:
    """Octets of the Ethernet header of the innermost frame, with its tags."""
    inner = entry.look.seen.inner
    return _ETHERNET + _TAG * len(inner.vlans) if inner.has("src_mac") else 0
