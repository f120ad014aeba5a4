"""Do the UDP source ports between two tunnel end points tell flows apart (RFC 7348 section 5)?

A pair of end points with a single port for many inner flows has none; once two ports were seen, it is no longer looked
at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dovetool.analysis.finding_columns import NONE, Answers
from dovetool.analysis.findings import Report
from dovetool.belonging.finding import Finding, Kind
from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import gather
from dovetool.engine.flow_table import Flows, Ids
from dovetool.frame.flow_hash import entropy_port, places_of
from dovetool.frame.view import FrameView, Shape, shape_of
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
        self._numbers: dict[tuple[int, int], int] = {}
        self._paths: dict[int, _Path] = {}
        self._flows = Flows()
        self._path = np.empty(0, np.int64)
        self._port_at = np.empty(0, np.int64)
        """Both by the number of what is to be watched: the number of its path, and where its source port is."""
        self._has_varied = np.empty(0, np.bool_)
        """By the number of a path; True once it has shown two ports."""

    def watch(self, batch: Batch, answers: Ids) -> tuple[Column, Column]:
        """The rows of frames without entropy, and the number of the finding about each."""
        self._learn()
        numbers = self._answers.column("entropy", answers)
        rows = np.flatnonzero(numbers != NONE)
        paths = self._path[numbers[rows]]
        is_watched = ~self._has_varied[paths]
        rows, paths = rows[is_watched], paths[is_watched]
        order = np.argsort(paths, kind="stable")
        by_path = np.split(order, np.flatnonzero(np.diff(paths[order])) + 1) if len(order) else []
        found = [self._of_path(batch, rows[each], numbers[rows[each]], int(paths[each[0]])) for each in by_path]
        pairs = [(_NO_ROWS, _NO_ROWS), *found]
        return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])

    def _learn(self) -> None:
        """Number the paths of what is to be watched since the last time; there may be as many as frames."""
        new = self._answers.entropies.values[len(self._path) :]
        paths = [self._numbers.setdefault(each.path, len(self._numbers)) for each in new]
        self._path = np.concatenate([self._path, np.array(paths, np.int64)])
        self._port_at = np.concatenate([self._port_at, np.array([each.port_at for each in new], np.int64)])
        more = np.zeros(len(self._numbers) - len(self._has_varied), np.bool_)
        self._has_varied = np.concatenate([self._has_varied, more])

    def _of_path(self, batch: Batch, rows: Column, kinds: Column, path: int) -> tuple[Column, Column]:
        known = self._answers.entropies.values

        def hashed(row: int, view: FrameView) -> tuple[int, Shape]:
            flow = known[int(kinds[row])].flow
            return entropy_port(view.octets, flow), shape_of(places_of(flow))

        ports = gather(batch.octets, batch.offset[rows] + self._port_at[kinds], 2).view(">u2").astype(np.int64)
        state = self._paths.setdefault(path, _Path(int(ports[0])))
        others = np.flatnonzero(ports != state.port)
        if len(others):
            self._has_varied[path] = True
            rows, kinds = rows[: others[0]], kinds[: others[0]]
        if not len(rows) or state.port == 0:  # with port 0 each frame is a finding by itself
            return _NO_ROWS, _NO_ROWS
        flows = self._flows.numbers(batch.take(rows), hashed, kinds.astype(np.int32))
        begin = self._begin(state, flows)
        number = self._number(known[int(kinds[0])].path, state.port) if begin < len(rows) else 0
        return rows[begin:], np.full(len(rows) - begin, number, np.int64)

    def _begin(self, state: _Path, flows: Ids) -> int:
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
