"""Sum up the traffic of a capture by several keys at once, or by any column, on whole batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from dovetool.analysis.columns import FrameTable, LookTable
from dovetool.analysis.columns.cells import combined
from dovetool.analysis.columns.group_keys import NONE, Codes, ColumnKey, GroupKey, TrafficKey
from dovetool.analysis.frame_selection import Finder
from dovetool.analysis.group_numbers import GroupNumbers
from dovetool.analysis.group_sums import Amount, GroupSums, Part, Summed
from dovetool.analysis.groups import Groups
from dovetool.analysis.time_bins import SECOND
from dovetool.capture.batch import Batch, Column
from dovetool.observe.by import By
from dovetool.observe.grouping import Grouping, Key, key_names

_LOOKS = ("vnid", "encap", "tep")
"""Keys whose names mean what they say, where others have the same names for something less exact."""


class ColumnStatistics(Summed):
    """Counts frames by group.

    With a key that has two ends (`tep`, `host`, `vm`), a frame counts for the sender there and for the receiver back;
    with a conversation alone, for its one direction there and for the other one back.
    """

    def __init__(
        self,
        finder: Finder,
        words: Sequence[str],
        interval_ns: int | None = None,
        over_time: Amount = Amount.OCTETS,
    ) -> None:
        """Count by keys.

        Args:
            finder: finds the frames that count.
            words: the keys, of `By` or columns of the catalogue.
            interval_ns: width of the bins of time, and of an interval where one of the keys is the time, else 1 s.
            over_time: what a group's series counts.
        """
        self._finder, self._table = finder, LookTable(finder.sight.names)
        self._keys = [_key(word, finder, interval_ns) for word in words]
        self.names = key_names(words)
        order = sorted(range(len(words)), key=lambda at: words[at] not in _LOOKS)
        places = [(name, at, place) for at in order for place, name in enumerate(self._keys[at].names)]
        self._places = [next((at, place) for known, at, place in places if known == name) for name in self.names]
        self._numbers = GroupNumbers[tuple[int, ...]]()
        self.sums = GroupSums(interval_ns, over_time=over_time)

    def feed(self, batch: Batch) -> None:
        """Count the frames of a batch."""
        found = self._finder.found(batch)
        if not len(found):
            return
        frames = FrameTable(found, self._table)
        octets, ts_ns = found.batch.wire_len, found.batch.told_ns
        overhead = np.array(self._table.shared("overhead", lambda entry, _: entry.look.seen.overhead), np.int64)
        amounts = np.stack([np.ones_like(octets), octets, overhead[frames.entries]], axis=1)
        self.sums.add_all(amounts, ts_ns)
        codes = [key.codes(frames) for key in self._keys]
        places = self._group(*(each.there for each in codes)) << 1
        has_other = np.stack([each.other != NONE for each in codes]).any(axis=0)
        if not has_other.any():
            places |= np.stack([each.back for each in codes]).any(axis=0)
        self.sums.add(len(self._numbers), places, ts_ns, amounts)
        rows = np.flatnonzero(has_other)
        if len(rows):
            others = self._group(*(_of_other_end(each)[rows] for each in codes)) << 1 | 1
            self.sums.add(len(self._numbers), others, ts_ns[rows], amounts[rows])

    def _group(self, *codes: Column) -> Column:
        """The number of the group of each frame, by the numbers of its keys."""
        first, numbers = combined(*codes)
        found = zip(*(each[first].tolist() for each in codes), strict=True)
        groups = list(map(self._numbers.number, found))
        column: Column = np.array(groups, np.int64)[numbers]
        return column

    def part(self) -> Part:
        """What was counted so far, as a part of more."""
        found = (zip(self._keys, codes, strict=True) for codes in self._numbers)
        return Part(tuple(tuple(key.keys[code] for key, code in each) for each in found), self.sums)

    def take_in(self, part: Part) -> None:
        """Add what was counted of another part of the frames, by the same keys."""
        rows = []
        for keys in cast("tuple[tuple[Key, ...], ...]", part.keys):
            own = tuple(key.number(each) for key, each in zip(self._keys, keys, strict=True))
            rows.append(self._numbers.number(own))
        self.sums.take_in(part.sums, np.array(rows, np.int64))

    def groups(self) -> Groups:
        """What was counted, group by group, in the order in which they were found."""
        found = list(self._numbers)

        def key(row: int) -> Key:
            parts = [self._keys[at].keys[code] for at, code in enumerate(found[row])]
            return tuple(parts[at][place] for at, place in self._places)

        return self.sums.groups(len(found), key)


def _key(word: str, finder: Finder, interval_ns: int | None) -> GroupKey:
    if word == By.TIME:
        return ColumnKey(word, interval_ns or SECOND)
    if word in tuple(By):
        return TrafficKey(Grouping(By(word), finder.sight.observe, finder.sight.names))
    return ColumnKey(word)


def _of_other_end(codes: Codes) -> Column:
    """The key of the other end; where there is but one for both, that."""
    return np.where(codes.other == NONE, codes.there, codes.other)
