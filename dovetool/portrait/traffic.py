"""What there is: frames and octets by network, by encapsulation and by hop, what tunnels cost, what is cut or odd."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from typing import Generic, NamedTuple

import numpy as np

from dovetool.analysis.columns import FrameTable
from dovetool.analysis.columns.places import Entry
from dovetool.capture.batch import Column
from dovetool.observe.names import Names
from dovetool.portrait.labels import network_label
from dovetool.portrait.look_codes import LookCodes, Value, look_codes
from dovetool.portrait.sums import Amount, Sums

MOST_NETWORKS = 1000
_MOST_ENCAPS = 50


class NetworkSum(NamedTuple):
    """A network: its traffic, the octets that tunnels and tags cost of it, and its time in ns since 1970."""

    vnid: int | None
    name: str
    amount: Amount
    overhead: int
    first_ns: int
    last_ns: int

    @property
    def label(self) -> str:
        """What it is called."""
        return network_label(self.vnid, self.name)


class EncapSum(NamedTuple):
    """Frames with the same headers, the outermost first; `none` for those without."""

    encap: str
    amount: Amount
    overhead: int


class Traffic(NamedTuple):
    """All frames.

    Attributes:
        total: frames and octets.
        overhead: octets of them that tunnels and tags cost.
        first_ns: time of the first frame, in ns since 1970.
        last_ns: time of the last one.
        cut: frames of which not all was captured.
        odd: frames that cannot be read to their end, by reason.
        hops: frames by where such are seen: underlay, tagged, untagged.
        networks: the largest ones.
        networks_in_all: how many there are.
        encaps: the largest ones.
    """

    total: Amount
    overhead: int
    first_ns: int
    last_ns: int
    cut: int
    odd: dict[str, int]
    hops: dict[str, int]
    networks: list[NetworkSum]
    networks_in_all: int
    encaps: list[EncapSum]


class TrafficCount:
    """Counts the frames of batches."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._networks = _Costed(look_codes(lambda entry: names.vnid(entry.look.seen)))
        self._encaps = _Costed(look_codes(_encap))
        self._odd: Counter[str] = Counter()
        self._hops: Counter[str] = Counter()
        self._cut = 0
        self._by_hop = look_codes(lambda entry: entry.look.seen.hop)
        self._by_problem = look_codes(lambda entry: str(entry.look.seen.problem or ""))
        self._by_overhead = look_codes(lambda entry: entry.look.seen.overhead)

    def add(self, frames: FrameTable, ts_ns: Column) -> None:
        """Count frames, which were seen at these times."""
        batch = frames.found.batch
        self._cut += int(np.count_nonzero(batch.caplen < batch.orig_len))
        costs = self._overhead(frames)
        self._networks.add(frames, batch.wire_len, costs, ts_ns)
        self._encaps.add(frames, batch.wire_len, costs, ts_ns)
        for counter, which in ((self._hops, self._by_hop), (self._odd, self._by_problem)):
            for number, count in enumerate(np.bincount(which.of(frames)).tolist()):
                if count and which.values[number]:
                    counter[which.values[number]] += count

    def _overhead(self, frames: FrameTable) -> Column:
        numbers = self._by_overhead.of(frames)
        octets: Column = np.array(self._by_overhead.values, np.int64)[numbers]
        return octets

    def told(self) -> Traffic:
        """What was counted."""
        networks, encaps = self._networks.sums.ranked(), self._encaps.sums.ranked()
        costs = self._networks.costs
        told = [
            NetworkSum(key, self._names.network(key) or "", amount, costs[key], first_ns, last_ns)
            for key, amount, first_ns, last_ns in networks[:MOST_NETWORKS]
        ]
        return Traffic(
            reduce(Amount.plus, (each.amount for each in networks), self._networks.sums.others),
            costs.total(),
            min((each.first_ns for each in networks), default=0),
            max((each.last_ns for each in networks), default=0),
            self._cut,
            dict(self._odd.most_common()),
            dict(self._hops.most_common()),
            told,
            len(networks) + self._networks.sums.given_up,
            [EncapSum(key, amount, self._encaps.costs[key]) for key, amount, *_ in encaps[:_MOST_ENCAPS]],
        )


class _Costed(Generic[Value]):
    """Sums by what looks have, with the octets that tunnels and tags cost."""

    def __init__(self, by: LookCodes[Value]) -> None:
        self._by = by
        self.sums: Sums[Value] = Sums()
        self.costs: Counter[Value] = Counter()

    def add(self, frames: FrameTable, octets: Column, costs: Column, ts_ns: Column) -> None:
        present, places = np.unique(self._by.of(frames), return_inverse=True)
        keys = [self._by.values[number] for number in present.tolist()]
        self.sums.add(keys, places, octets, ts_ns)
        cost = np.zeros(len(keys), np.int64)
        np.add.at(cost, places, costs)
        for key, each in zip(keys, cost.tolist(), strict=True):
            self.costs[key] += each


def _encap(entry: Entry) -> str:
    return "/".join(overlay.encap for overlay in entry.look.seen.overlays) or "none"
