"""The UDP source ports between two tunnel end points, as long as there is one for all their inner flows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.findings import MOST_NUMBERS
from dovetool.capture.batch import Column
from dovetool.engine.flow_table import Numbered
from dovetool.values import dataclass

MANY = 16  # flows; that so many share one of 16,384 ports by chance does not happen
_NONE = -1

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
    numbers: list[int] = field(default_factory=list)

    def add(self, numbers: list[int]) -> None:
        """More frames of the path."""
        self.numbers += numbers[: MOST_NUMBERS - len(self.numbers)]


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
        self._flows: defaultdict[int, dict[int, _Flow]] = defaultdict(dict)
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
            flows: (n,) number of its flow; of no meaning where the path has shown many.
            numbers: (n,) its number.

        Returns:
            (n,) whether it, or one before it, shows many flows.
        """
        told = self.has_many[paths]
        if not len(paths):
            return told
        order = np.argsort(paths, kind="stable")
        present, starts = np.unique(paths[order], return_index=True)
        ends = np.append(starts[1:], len(order))
        for path, start, end in zip(present.tolist(), starts.tolist(), ends.tolist(), strict=True):
            known = self._flows[path]
            if len(known) < MANY or any(len(flow.numbers) < MOST_NUMBERS for flow in self._told(known)):
                rows = order[start:end]
                many = self._add(path, flows[rows], numbers[rows].tolist())
                told[rows[many:]] = True
            self._frames[path] += end - start
        return told

    def _told(self, known: dict[int, _Flow]) -> Iterator[_Flow]:
        return (flow for place, flow in enumerate(known.values()) if self._is_part or place == MANY - 1)

    def _add(self, path: int, flows: Column, numbers: list[int]) -> int:
        """Take in frames of a path; returns the place of the first of them from which on it shows many flows."""
        known = self._flows[path]
        for flow in self._told(known):
            flow.add(numbers)
        if len(known) >= MANY:
            return 0
        fresh, first = np.unique(flows, return_index=True)
        begins: list[tuple[int, int]] = sorted(zip(first.tolist(), fresh.tolist(), strict=True))
        for row, name in begins:
            if name not in known and len(known) < MANY:
                self._begin(path, name, _Flow(int(self._frames[path]) + row, numbers[row : row + MOST_NUMBERS]))
                if len(known) == MANY:
                    return row
        return len(numbers)

    def _begin(self, path: int, name: int, flow: _Flow) -> None:
        known = self._flows[path]
        if len(known) == MANY - 1:
            self.has_many[path] = True
        elif not self._is_part:
            flow.numbers = []
        known[name] = flow

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
            self._go_on(int(ours[theirs]), list(other._flows[theirs].items()), behind)
        self._frames[ours[is_same]] += other._frames[is_same]
        self.vary(ours[~is_same | other.has_varied])

    def _go_on(self, path: int, flows: list[tuple[int, _Flow]], behind: int) -> None:
        known = self._flows[path]
        if flows:
            for flow in self._told(known):
                flow.add([number + behind for number in flows[0][1].numbers])
        for name, flow in flows:
            if name not in known and len(known) < MANY:
                numbers = [number + behind for number in flow.numbers]
                self._begin(path, name, _Flow(int(self._frames[path]) + flow.before, numbers))

    def shared(self) -> Iterator[Shared]:
        """The ports that many flows share; a path without a port, which is 0, has none."""
        for path, known in self._flows.items():
            if len(known) == MANY and self.port[path]:
                last = list(known.values())[-1]
                frames = int(self._frames[path]) - last.before
                yield Shared(self.paths.values[path], int(self.port[path]), frames, last.numbers)
