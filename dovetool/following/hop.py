"""One hop: what became of each packet between a place and the next one on its way."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.changes import changes
from dovetool.following.copies import copies
from dovetool.following.covered import is_covered
from dovetool.following.digests import Digests, mixed
from dovetool.following.expected import passes_by
from dovetool.following.misdelivered import misdelivered
from dovetool.following.senders import go_back
from dovetool.following.siblings import with_twin
from dovetool.following.tracks import Tracks
from dovetool.values import dataclass

_ROW = 3
"""So many packets, one behind the other, have not been missed by accident."""


@dataclass(frozen=True, slots=True)
class Hop:
    """From a place to the next one. Packets are named by their number among the tracks.

    Attributes:
        at: number of the place where they come from.
        to: that of the place where they go to.
        arrived: (n,) those that were seen at both.
        delay_ns: (n,) how long each took.
        changed: by field, which of them (n,) had another value on arrival.
        is_reordered: (n,) which of them came after one of their flow that had been behind them.
        is_misdelivered: (n,) which of them arrived where they do not belong.
        lost: (m,) those that should have come, and did not.
        is_seen_later: (m,) which of these were seen further on.
        duplicated: those that came more often than they had been sent on.
        outside: how many were sent on when the next place was not captured.
        passing: (k,) those that do not pass the next place.
    """

    at: int
    to: int
    arrived: Column
    delay_ns: Column
    changed: Mapping[str, NDArray[np.bool_]]
    is_reordered: NDArray[np.bool_]
    is_misdelivered: NDArray[np.bool_]
    lost: Column
    is_seen_later: NDArray[np.bool_]
    duplicated: Column
    outside: int
    passing: Column


@dataclass(frozen=True, slots=True)
class HopFinder:
    """Finds what became of packets.

    Attributes:
        tracks: their ways.
        has_map: there is a map.
    """

    tracks: Tracks
    has_map: bool

    def hops(self) -> list[Hop]:
        """All hops, in the order of the places, and after each the way back where there is one."""
        found = []
        for at in range(len(self.tracks.places) - 1):
            found.append(self._hop(at, at + 1))
            if self.tracks.chains.ways[at].is_two_way:
                found.append(self._hop(at + 1, at))
        return found

    def _hop(self, at: int, to: int) -> Hop:
        tracks = self.tracks
        here, there = tracks.seen(at), tracks.seen(to)
        both = np.flatnonzero(here & there)
        arrived = self._going(both, at, to, self.tracks.later_ns(both, min(at, to), max(at, to)))
        missed = self._going_alone(np.flatnonzero(here & ~there), at, to, of=at)
        lost, passing, outside = self._lost(missed, arrived, at, to)
        rows, others = tracks.rows(at, arrived), tracks.rows(to, arrived)
        first, second = tracks.places[at].packets, tracks.places[to].packets
        changed = dict(changes(first, rows, second, others))
        changed["fragments"] = changed["fragments"] | (self._is_loose(at, to, arrived) & (first.load[rows] < 0))
        return Hop(
            at,
            to,
            arrived,
            second.ts_ns[others] - first.ts_ns[rows] - self._base(at, to),
            changed,
            _reordered(self._stream(arrived, rows, others, first.way, second.way), rows, others),
            misdelivered(tracks, at, to, arrived, has_map=self.has_map),
            lost,
            tracks.seen_beyond(to, to - at)[lost],
            self._duplicated(at, to, arrived),
            outside,
            passing,
        )

    def _stream(
        self, which: Column, rows: Column, others: Column, way: NDArray[np.int32], other_way: NDArray[np.int32]
    ) -> Digests:
        """(n,) what is to stay in order: packets of a flow that come by in the same way at both places."""
        flow = mixed(self.tracks.flow[which], self.tracks.vnid[which])
        return mixed(mixed(flow, way[rows]), other_way[others])

    def _base(self, at: int, to: int) -> int:
        """What is taken off a difference of times to get a delay."""
        base = self.tracks.chains.ways[min(at, to)].base_ns
        return base if to > at else -base

    def _going(self, which: Column, at: int, to: int, later_ns: Column) -> Column:
        """Those of some packets that were seen at both places that go this way."""
        back = self.tracks.chains.ways[min(at, to)].back(self.tracks.pair[which], later_ns)
        return which[back if to < at else ~back]

    def _going_alone(self, which: Column, at: int, to: int, *, of: int) -> Column:
        """Those of some packets that were seen at one of the places that go this way."""
        back = go_back(self.tracks, which, (min(at, to), max(at, to)), of)
        return which[back if to < at else ~back]

    def _is_loose(self, at: int, to: int, which: Column) -> NDArray[np.bool_]:
        loose: NDArray[np.bool_] = self.tracks.chains.is_loose[which, max(at, to)]
        return loose

    def _lost(self, missed: Column, arrived: Column, at: int, to: int) -> tuple[Column, Column, int]:
        """Those that should have come, those that pass by, and how many were sent when nobody could see them come."""
        if not len(missed):
            return missed, missed, 0
        tracks, here = self.tracks, self.tracks.places[at]
        passes = passes_by(tracks, at, to, missed, has_map=self.has_map)
        passes |= self._goes_round(missed, at, to)
        passing, missed = missed[passes], missed[~passes]
        rows, sent_on = tracks.rows(at, missed), tracks.rows(at, arrived)
        is_there = self._is_copy(missed, rows, sent_on, at)
        loose = tracks.rows(to, arrived[self._is_loose(at, to, arrived)])
        is_there |= is_covered(here.packets, rows, tracks.places[to].packets, loose)
        missed = missed[~is_there]
        is_outside = self._is_outside(missed, at, to)
        return missed[~is_outside], passing, int(np.count_nonzero(is_outside))

    def _is_copy(self, missed: Column, rows: Column, sent_on: Column, at: int) -> NDArray[np.bool_]:
        """(m,) duplicates of what went on, and what went on as it was seen in another layer or at another interface."""
        packets = self.tracks.places[at].packets
        is_copy = with_twin(packets, rows, sent_on, alike=False)
        before = self.tracks.chains.at[missed, :at] if at else self.tracks.chains.at[missed, :0]
        can_be = packets.is_sure[rows] | (np.full(len(missed), at > 0) & (before < 0).all(axis=1))
        is_copy |= can_be & with_twin(packets, rows, sent_on, alike=True)
        return is_copy

    def _goes_round(self, missed: Column, at: int, to: int) -> NDArray[np.bool_]:
        """(m,) which come out further on, as all of their sender for their receiver do, or several in a row."""
        tracks = self.tracks
        later = tracks.seen_beyond(to, to - at)
        if not later[missed].any():
            return later[missed]
        here = tracks.seen(at)
        kind = np.zeros(len(here), np.uint64)
        packets, rows = tracks.places[at].packets, tracks.chains.at[here, at]
        kind[here] = mixed(
            mixed(tracks.pair[here], packets.tunnel[rows]), packets.vnid[rows] * 2 + packets.is_group[rows]
        )
        goes_round = later & ~np.isin(kind, np.unique(kind[here & tracks.seen(to)]))
        known = np.flatnonzero(here & (tracks.seen(to) | later))
        goes_round[known[in_a_row(tracks.pair[known], tracks.rows(at, known), ~tracks.seen(to)[known])]] = True
        round_: NDArray[np.bool_] = goes_round[missed]
        return round_

    def _is_outside(self, missed: Column, at: int, to: int) -> NDArray[np.bool_]:
        """(m,) which would have come before the next place's capture began, or after it ended."""
        tracks, there = self.tracks, self.tracks.places[to]
        sent_ns = tracks.places[at].packets.ts_ns[tracks.rows(at, missed)]
        later_ns = tracks.chains.ways[min(at, to)].expected(tracks.pair[missed])
        due_ns = sent_ns + (later_ns if to > at else -later_ns)
        outside: NDArray[np.bool_] = (due_ns < there.first_ns) | (due_ns > there.last_ns)
        return outside

    def _duplicated(self, at: int, to: int, arrived: Column) -> Column:
        """Those that were not seen before, and are the same as one that arrived."""
        tracks = self.tracks
        known = tracks.chains.at[:, :to] if to > at else tracks.chains.at[:, to + 1 :]
        new = np.flatnonzero(tracks.seen(to) & (known < 0).all(axis=1))
        new = self._going_alone(new, at, to, of=to)
        packets, rows = tracks.places[to].packets, tracks.rows(to, arrived)
        new = new[with_twin(packets, tracks.rows(to, new), rows, alike=True)]
        if not len(new):
            return new
        sent = tracks.places[at].packets
        is_copy = copies(packets, tracks.rows(to, new), rows, sent, tracks.rows(at, arrived))
        return new[~is_copy]


def _reordered(stream: Digests, sent: Column, came: Column) -> NDArray[np.bool_]:
    """(n,) packets that came after one of their stream that was sent after them (RFC 4737 section 3.3).

    Args:
        stream: (n,) what each is to stay in order with.
        sent: (n,) the place of each in the order at the one place.
        came: (n,) that in the order at the other.
    """
    reordered = np.zeros(len(stream), np.bool_)
    order = np.argsort(sent, kind="stable")
    if (np.diff(came[order]) >= 0).all():
        return reordered
    order = np.lexsort((sent, stream))
    begins = np.flatnonzero(np.append(True, np.diff(stream[order]) != 0))
    number = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(order))))
    place = came[order].astype(np.int64) + number * (int(came.max()) + 1)
    latest = np.maximum.accumulate(place)
    reordered[order[1:]] = place[1:] < latest[:-1]
    return reordered


def in_a_row(pair: Digests, sent: Column, is_missed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n,) packets that were missed with others of their sender for their receiver right before or behind them.

    Args:
        pair: (n,) addresses of each.
        sent: (n,) the place of each in the order in which they were sent.
        is_missed: (n,) which were missed.
    """
    order = np.lexsort((sent, pair))
    pairs, missed = pair[order], is_missed[order]
    begins = np.flatnonzero(np.append(True, (np.diff(pairs) != 0) | (missed[1:] != missed[:-1])))
    length = np.diff(np.append(begins, len(order)))
    found = np.zeros(len(order), np.bool_)
    found[order] = missed & np.repeat(length >= _ROW, length)
    return found
