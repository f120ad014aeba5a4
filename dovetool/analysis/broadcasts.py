"""Did every tunnel end point of a network get its copy of a broadcast (RFC 7348 section 4.2)?

A tunnel end point without a multicast group sends a copy of a broadcast to each of the others, back to back. Copies of
one inner frame from one sender within a short time belong together, and the map says how many there should be. What
the capture cannot have seen is not missed: a copy is, if packets of the same sender to the same receiver are in the
capture elsewhere, or if all packets in the capture are this sender's, so that it was taken there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from hashlib import blake2b
from struct import pack

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.finding_columns import NONE, Answers
from dovetool.analysis.findings import Entry, Report
from dovetool.belonging.finding import Finding, Kind
from dovetool.capture.batch import Batch, Column, Octets
from dovetool.engine.flow_table import Ids, Numbered
from dovetool.values import dataclass
from dovetool.vnid_map import VnidMap

_WINDOW_NS = 100_000_000
_MOST_PENDING = 1 << 18
_MOST_MISSES = 1 << 14

Origin = tuple[int, int, tuple[int, ...]]
"""VNID, sender, and the receivers that should get a copy each."""


@dataclass(frozen=True, slots=True)
class _Copies:
    """Copies that were seen: columns (n,)."""

    key: NDArray[np.uint64]
    ts_ns: Column
    number: Column
    receiver: Column
    origin: Column

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: Column) -> _Copies:
        return _Copies(*(getattr(self, each.name)[rows] for each in fields(self)))

    def then(self, more: _Copies) -> _Copies:
        return _Copies(*(np.concatenate([getattr(self, each.name), getattr(more, each.name)]) for each in fields(self)))


_NO_ROWS = np.empty(0, np.int64)
_NONE_YET = _Copies(np.empty(0, np.uint64), _NO_ROWS, _NO_ROWS, _NO_ROWS, _NO_ROWS)


class BroadcastWatch:
    """Gathers the copies of broadcasts."""

    def __init__(self, vnid_map: VnidMap, answers: Answers) -> None:
        self._vnid_map, self._answers = vnid_map, answers
        self._pending = _NONE_YET
        self._newest = 0
        self._origins: Numbered[Origin] = Numbered()
        self._columns: NDArray[np.int64] = np.empty((0, 4), np.int64)
        self._misses: dict[tuple[int, int], list[int]] = {}
        self._counts: defaultdict[tuple[int, int], int] = defaultdict(int)

    def watch(self, batch: Batch, answers: Ids, frame_numbers: Column) -> None:
        """Take the copies out of a batch, whose frames have these numbers (n,)."""
        numbers = self._answers.column("broadcast", answers)
        rows = np.flatnonzero(numbers != NONE)
        if not len(rows) and not len(self._pending):
            return
        times = batch.told_ns
        self._newest = max(self._newest, int(times.max()))
        if len(rows):
            self._pending = self._pending.then(self._seen(batch, rows, numbers[rows], times[rows], frame_numbers[rows]))
        self._settle(self._newest - _WINDOW_NS)
        if len(self._pending) > _MOST_PENDING:
            self._settle(self._newest + 1)

    def _seen(self, batch: Batch, rows: Column, numbers: Column, times: Column, frame_numbers: Column) -> _Copies:
        start, behind, receiver, origin = self._by_number()[numbers].T
        length = batch.wire_len[rows] - behind - start
        begin = batch.offset[rows] + start
        end = np.minimum(batch.offset[rows] + batch.caplen[rows], begin + length)
        told = zip(begin.tolist(), end.tolist(), length.tolist(), origin.tolist(), strict=True)
        keys = [_key(batch.octets[first:last], rest) for first, last, *rest in told]
        return _Copies(np.array(keys, np.uint64), times, frame_numbers, receiver, origin)

    def _by_number(self) -> NDArray[np.int64]:
        """Start, octets behind, receiver and origin of each kind of copy."""
        known = self._answers.broadcasts.values
        new = [
            (each.start, each.behind, each.receiver, self._origins.number((each.vnid, each.sender, each.expected)))
            for each in known[len(self._columns) :]
        ]
        if new:
            self._columns = np.concatenate([self._columns, np.array(new, np.int64)])
        return self._columns

    def _settle(self, until_ns: int) -> None:
        """Judge the broadcasts of which the last copy came before a time."""
        copies = self._pending
        if not len(copies) or (int(copies.ts_ns.min()) >= until_ns):
            return
        copies = copies.take(np.lexsort((copies.ts_ns, copies.key)))
        begins = np.ones(len(copies), np.bool_)
        begins[1:] = (copies.key[1:] != copies.key[:-1]) | (np.diff(copies.ts_ns) > _WINDOW_NS)
        group = np.cumsum(begins) - 1
        last = copies.ts_ns[np.append(np.flatnonzero(begins)[1:], len(copies)) - 1]
        is_over = (last < until_ns)[group]
        self._pending = copies.take(np.flatnonzero(~is_over))
        over = np.flatnonzero(is_over)
        if len(over):
            self._judge(copies.take(over), group[over])

    def _judge(self, copies: _Copies, group: Column) -> None:
        """Note the broadcasts that lack copies."""
        _, group = np.unique(group, return_inverse=True)
        first = np.unique(group, return_index=True)[1]
        pairs = np.unique(np.stack([group, copies.receiver]), axis=1)
        seen = np.bincount(pairs[0])
        wanted = np.array([len(expected) for _, _, expected in self._origins.values], np.int64)[copies.origin[first]]
        for place in np.flatnonzero(seen < wanted).tolist():
            origin = int(copies.origin[first[place]])
            got = set(pairs[1][pairs[0] == place].tolist())
            for receiver in self._origins.values[origin][2]:
                if receiver not in got:
                    self._miss(origin, receiver, int(copies.number[group == place].min()))

    def _miss(self, origin: int, receiver: int, number: int) -> None:
        if (origin, receiver) in self._misses or len(self._misses) < _MOST_MISSES:
            self._counts[origin, receiver] += 1
            numbers = self._misses.setdefault((origin, receiver), [])
            if len(numbers) < 10:
                numbers.append(number)

    def finish(self, report: Report) -> None:
        """Say what was missed, as far as the capture could have shown it."""
        self._settle(self._newest + 1)
        for (origin, receiver), numbers in self._misses.items():
            vnid, sender, _ = self._origins.values[origin]
            ground = self._ground(sender, receiver)
            if ground is not None:
                found = Finding(Kind.BROADCAST_INCOMPLETE, self._text(vnid, sender, receiver, ground))
                entry: Entry = report.entries[report.number(found)]
                entry.add(sorted(numbers), self._counts[origin, receiver])

    def _ground(self, sender: int, receiver: int) -> str | None:
        """Why the capture should show a copy, if it should."""
        paths = self._answers.paths
        if (sender, receiver) in paths:
            return "the capture has other packets on that way"
        peers = {end for path in paths for end in path} - {sender}
        if len(peers) > 1 and all(sender in path for path in paths):
            return "all packets of the capture are its own"
        return None

    def _text(self, vnid: int, sender: int, receiver: int, ground: str) -> str:
        teps, network = self._vnid_map.teps, self._vnid_map.network(vnid)
        name = network.name if network is not None else str(vnid)
        return f"a broadcast in {name} from {teps[sender].name}: no copy to {teps[receiver].name}, and {ground}"


def _key(octets: Octets, told: list[int]) -> int:
    """A hash of an inner frame, and of what else there is to tell of it."""
    hashed = blake2b(octets.data, digest_size=8, salt=pack("<qq", *told))
    return int.from_bytes(hashed.digest(), "little")
