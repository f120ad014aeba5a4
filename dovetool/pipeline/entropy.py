"""Do the UDP source ports between two tunnel end points tell flows apart (RFC 7348 section 5)?

A pair of end points with a single port for many inner flows has none; once two ports were seen, it is no longer looked
at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import gather
from dovetool.pipeline.answers import NONE, Answers
from dovetool.pipeline.key_table import Ids
from dovetool.pipeline.patching import entropy_ports
from dovetool.pipeline.report import Report
from dovetool.stages.finding import Finding, Kind
from dovetool.vnid_map import VnidMap

_MANY = 16  # flows; that so many share one of 16,384 ports by chance does not happen
_NO_ROWS: Column = np.empty(0, np.int64)


@dataclass(slots=True)
class _Path:
    """The only port that was seen between two end points, and the hashes of the flows that have it."""

    port: int
    flows: set[int] = field(default_factory=set)


class EntropyWatch:
    """Remembers the source ports between tunnel end points."""

    def __init__(self, vnid_map: VnidMap, answers: Answers, report: Report) -> None:
        self._vnid_map, self._answers, self._report = vnid_map, answers, report
        self._paths: dict[tuple[int, int], _Path] = {}
        self._is_watched = np.empty(0, np.bool_)
        """By the number of what is to be watched; False once its path has shown two ports."""

    def watch(self, batch: Batch, answers: Ids) -> tuple[Column, Column]:
        """The rows of frames without entropy, and the number of the finding about each."""
        numbers = self._answers.column("entropy", answers)
        known = self._answers.entropies.values
        if len(known) > len(self._is_watched):
            varied = {path for path in self._varied() if path is not None}
            self._is_watched = np.array([each.path not in varied for each in known], np.bool_)
        rows = np.flatnonzero(numbers != NONE)
        rows = rows[self._is_watched[numbers[rows]]]
        pairs = [(_NO_ROWS, _NO_ROWS)]
        by_path: dict[tuple[int, int], list[int]] = {}
        for number in np.flatnonzero(np.bincount(numbers[rows], minlength=1)).tolist():
            by_path.setdefault(known[number].path, []).append(number)
        for path, kinds in by_path.items():
            pairs.append(self._of_path(batch, rows[np.isin(numbers[rows], kinds)], numbers, path))
        return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])

    def _varied(self) -> list[tuple[int, int] | None]:
        known = self._answers.entropies.values
        return [each.path if not on else None for each, on in zip(known, self._is_watched, strict=False)]

    def _of_path(self, batch: Batch, rows: Column, numbers: Column, path: tuple[int, int]) -> tuple[Column, Column]:
        known = self._answers.entropies.values
        kinds = numbers[rows]
        places = np.array([each.port_at for each in known], np.int64)[kinds]
        ports = gather(batch.octets, batch.offset[rows] + places, 2).view(">u2").astype(np.int64)
        state = self._paths.setdefault(path, _Path(int(ports[0])))
        others = np.flatnonzero(ports != state.port)
        if len(others):
            self._is_watched &= np.array([each.path != path for each in known], np.bool_)
            rows, kinds = rows[: others[0]], kinds[: others[0]]
        if not len(rows) or state.port == 0:  # with port 0 each frame is a finding by itself
            return _NO_ROWS, _NO_ROWS
        flows = np.empty(len(rows), np.int64)
        for kind in np.unique(kinds).tolist():
            flows[kinds == kind] = entropy_ports(batch.take(rows[kinds == kind]), known[kind].flow)
        begin = self._begin(state, flows)
        found = np.full(len(rows) - begin, self._number(path, state.port) if begin < len(rows) else 0, np.int64)
        return rows[begin:], found

    def _begin(self, state: _Path, flows: Column) -> int:
        """From which of the frames on there are many flows; all of them are too few: how many frames there are."""
        if len(state.flows) >= _MANY:
            return 0
        values, first = np.unique(flows, return_index=True)
        for place in np.argsort(first).tolist():
            state.flows.add(int(values[place]))
            if len(state.flows) >= _MANY:
                return int(first[place])
        return len(flows)

    def _number(self, path: tuple[int, int], port: int) -> int:
        sender, receiver = (self._vnid_map.teps[index].name for index in path)
        text = f"all {_MANY} and more inner flows from {sender} to {receiver} have UDP source port {port}"
        return self._report.number(Finding(Kind.NO_ENTROPY, text))
