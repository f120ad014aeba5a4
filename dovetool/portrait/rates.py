"""How much there is when, by network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dovetool.analysis.columns import FrameTable
from dovetool.analysis.time_bins import TimeBins
from dovetool.capture.batch import Column
from dovetool.observe.names import Names
from dovetool.portrait.labels import network_label
from dovetool.portrait.look_codes import look_codes

MOST_BINS = 600
MOST_SERIES = 7
"""Networks that have a line of their own: as many as colours that everybody can tell apart."""
_MOST_ROWS = 512


class Series(NamedTuple):
    """Octets and frames of a network by bin."""

    network: str
    octets: list[int]
    frames: list[int]


class Rates(NamedTuple):
    """The rate over time.

    Attributes:
        width_ns: width of a bin.
        begin_ns: when the first one begins, in ns since 1970.
        series: the networks with the most octets, then all others, if there are any.
    """

    width_ns: int
    begin_ns: int
    series: list[Series]


class RateCount:
    """Counts frames by network and time."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._by_network = look_codes(lambda entry: names.vnid(entry.look.seen))
        self._rows: dict[int | None, int] = {}
        self._octets, self._frames = TimeBins(MOST_BINS), TimeBins(MOST_BINS)

    def add(self, frames: FrameTable, ts_ns: Column) -> None:
        """Count frames, which were seen at these times."""
        numbers = self._by_network.of(frames)
        rows = np.array([self._row(vnid) for vnid in self._by_network.values], np.int64)[numbers]
        octets = frames.found.batch.wire_len
        count = min(len(self._rows) + 1, _MOST_ROWS)
        self._octets.add(count, rows, ts_ns, octets)
        self._frames.add(count, rows, ts_ns, np.ones_like(octets))

    def _row(self, vnid: int | None) -> int:
        """The row of a network; those that come when there is no more room share the first one."""
        known = self._rows.get(vnid)
        if known is None:
            known = len(self._rows) + 1 if len(self._rows) + 1 < _MOST_ROWS else 0
            if known:
                self._rows[vnid] = known
        return known

    def told(self) -> Rates:
        """What was counted."""
        octets, frames = self._octets.sums, self._frames.sums
        if not octets.size:
            return Rates(self._octets.width_ns, 0, [])
        by_row = octets.sum(axis=1)
        known = sorted(self._rows, key=lambda vnid: -int(by_row[self._rows[vnid]]))
        shown = known if len(known) <= MOST_SERIES + 1 and not by_row[0] else known[:MOST_SERIES]
        series = [self._series(vnid) for vnid in shown]
        rest = np.ones(len(octets), np.bool_)
        rest[[self._rows[vnid] for vnid in shown]] = False
        if frames[rest].any():
            left = len(known) - len(shown)
            name = f"{left} others" if not by_row[0] else f"{left} others and more"
            series.append(Series(name, octets[rest].sum(axis=0).tolist(), frames[rest].sum(axis=0).tolist()))
        return Rates(self._octets.width_ns, self._octets.first * self._octets.width_ns, series)

    def _series(self, vnid: int | None) -> Series:
        row = self._rows[vnid]
        label = network_label(vnid, self._names.network(vnid))
        return Series(label, self._octets.sums[row].tolist(), self._frames.sums[row].tolist())
