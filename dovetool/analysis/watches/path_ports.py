"""The UDP source ports between two tunnel end points, as long as there is one for all their inner flows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.findings import MOST_NUMBERS
from dovetool.capture.batch import Column
from dovetool.engine.flow_table import Numbered
from dovetool.values import dataclass

MANY = 16  # flows; that so many share one of 16,384 ports by chance does not happen
_NONE = -1
_FLOW_BITS = 16
_MOST_FLOW = (1 << _FLOW_BITS) - 1

Path = tuple[int, int]
"""Indexes of the tunnel end points that packets go between."""


@dataclass(slots=True)
class _Flow:
    """An inner flow of a path.

    Attributes:
        before: frames of the path before its first.
        numbers: of the first frames of the path from there on.
    """

    before: int
    numbers: list[int]


class Shared(NamedTuple):
    """A port that many flows share.

    Attributes:
        path: where.
        port: the port.
        frames: from the first on that shows so many flows.
        numbers: of the first of them.
    """

    path: Path
    port: int
    frames: int
    numbers: list[int]


class PortLedger:
    """Counts frames of paths that have shown a single port; what comes behind another port does not count.

    Attributes:
        paths: by number.
        port: (p,) of the first frame of each path.
        has_varied: (p,) whether it has shown another since.
        has_many: (p,) whether it has shown many flows.
    """

    def __init__(self, *, is_part: bool = False) -> None:
        """Begin; in a part of a capture, it is kept which frames follow the first of each flow."""
        self.paths: Numbered[Path] = Numbered()
        self.port = self._frames = np.empty(0, np.int64)
        self.has_varied = self.has_many = np.empty(0, np.bool_)
        self._flows: defaultdict[int, dict[int, _Flow | None]] = defaultdict(dict)
        self._filling: set[int] = set()
        self._is_part = is_part

    def know(self, paths: list[Path]) -> Column:
        """The numbers (n,) of paths, which get room."""
        numbers = np.array([self.paths.number(path) for path in paths], np.int64)
        more = len(self.paths.values) - len(self.port)
        self.port = np.concatenate([self.port, np.full(more, _NONE)])
        self._frames = np.concatenate([self._frames, np.zeros(more, np.int64)])
        self.has_varied, self.has_many = (
            np.concatenate([known, np.zeros(more, np.bool_)]) for known in (self.has_varied, self.has_many)
        )
        return numbers

    def take(self, paths: Column, flows: Column, numbers: Column) -> NDArray[np.bool_]:
        """Take in frames that have the port of their path.

        Args:
            paths: (n,) number of the path of each.
            flows: (n,) number of its flow, of 16 bits; of no meaning where the path has shown many.
            numbers: (n,) its number.

        Returns:
            (n,) whether it, or one before it, shows many flows.
        """
        told = self.has_many[paths]
        order = np.argsort(paths, kind="stable")
        present, starts, counts = np.unique(paths[order], return_index=True, return_counts=True)
        rank = np.empty(len(paths), np.int64)
        rank[order] = np.arange(len(paths)) - np.repeat(starts, counts)
        begins = dict(zip(present.tolist(), starts.tolist(), strict=True))
        ends = dict(zip(present.tolist(), (starts + counts).tolist(), strict=True))
        for path in self._filling & begins.keys():
            self._fill(path, numbers[order[begins[path] : ends[path]][:MOST_NUMBERS]].tolist())
        for row, path, flow in self._fresh(paths, flows, ~told):
            if not self.has_many[path]:
                behind = order[begins[path] + int(rank[row]) : ends[path]]
                first = _Flow(int(self._frames[path] + rank[row]), numbers[behind[:MOST_NUMBERS]].tolist())
                if self._begin(path, flow, first):
                    told[behind] = True
        self._frames[present] += counts
        return told

    def _fresh(self, paths: Column, flows: Column, are_open: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
        """The first rows of flows that their paths have not shown, with these."""
        rows = np.flatnonzero(are_open)
        keys, first = np.unique(paths[rows] << _FLOW_BITS | flows[rows], return_index=True)
        seen = zip(rows[first].tolist(), (keys >> _FLOW_BITS).tolist(), (keys & _MOST_FLOW).tolist(), strict=True)
        return sorted(each for each in seen if each[2] not in self._flows[each[1]])

    def _fill(self, path: int, numbers: list[int]) -> None:
        """More frames of a path, for those of its flows that have not enough."""
        flows = [flow for flow in self._flows[path].values() if flow is not None]
        for flow in flows:
            flow.numbers += numbers[: MOST_NUMBERS - len(flow.numbers)]
        if all(len(flow.numbers) == MOST_NUMBERS for flow in flows):
            self._filling.discard(path)

    def _begin(self, path: int, name: int, first: _Flow) -> bool:
        """A flow is new; say whether its path has many now."""
        known = self._flows[path]
        is_last = len(known) == MANY - 1
        is_told = is_last or self._is_part
        known[name] = first if is_told else None
        if is_told and len(first.numbers) < MOST_NUMBERS:
            self._filling.add(path)
        self.has_many[path] |= is_last
        return is_last

    def vary(self, paths: Column) -> None:
        """Paths (n,) have shown another port."""
        self.has_varied[paths] = True
        if not self._is_part:
            for path in np.unique(paths[~self.has_many[paths]]).tolist():
                self._flows.pop(path, None)

    def take_in(self, other: PortLedger, behind: int) -> None:
        """Take in what was seen in frames that come after these, of a part; their numbers are to be larger."""
        ours = self.know(other.paths.values)
        is_new = self.port[ours] == _NONE
        self.port[ours[is_new]] = other.port[is_new]
        is_same = ~self.has_varied[ours] & (self.port[ours] == other.port)
        for theirs in np.flatnonzero(is_same).tolist():
            self._go_on(int(ours[theirs]), other._flows[theirs], behind)
        self._frames[ours[is_same]] += other._frames[is_same]
        self.vary(ours[~is_same | other.has_varied])

    def _go_on(self, path: int, flows: dict[int, _Flow | None], behind: int) -> None:
        told = [(name, flow) for name, flow in flows.items() if flow is not None]  # all of them: it is of a part
        if told and path in self._filling:
            self._fill(path, [number + behind for number in told[0][1].numbers])
        for name, flow in told:
            if name not in self._flows[path] and not self.has_many[path]:
                numbers = [number + behind for number in flow.numbers]
                self._begin(path, name, _Flow(int(self._frames[path]) + flow.before, numbers))

    def shared(self) -> Iterator[Shared]:
        """The ports that many flows share; a path without a port, which is 0, has none."""
        for path, known in self._flows.items():
            last = [*known.values()][-1] if len(known) == MANY and self.port[path] else None
            if last is not None:
                frames = int(self._frames[path]) - last.before
                yield Shared(self.paths.values[path], int(self.port[path]), frames, last.numbers)
