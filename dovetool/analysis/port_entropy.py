"""Do the UDP source ports between two tunnel end points tell flows apart (RFC 7348 section 5)?

A pair of end points with a single port for many inner flows has none; once two ports were seen, it is no longer looked
at.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.finding_columns import NONE, Answers
from dovetool.analysis.findings import Report
from dovetool.belonging.finding import Finding, Kind
from dovetool.capture.batch import Batch, Column, Octets
from dovetool.capture.copying import gather
from dovetool.engine.flow_table import Ids, Numbered
from dovetool.frame.flow_hash import FINISHER, FIRST_PORT, MULTIPLIERS, PORT_SHIFT, FlowFields
from dovetool.vnid_map import VnidMap

_MANY = 16  # flows; that so many share one of 16,384 ports by chance does not happen


def entropy_ports(block: Octets, at: Column, fields: FlowFields) -> Column:
    """What `entropy_port` says of the frames at `at` (n,) of a block, which goes on for a word behind them."""
    total = np.zeros(len(at), np.uint64)
    for (offset, mask), multiplier in zip(fields, MULTIPLIERS, strict=False):
        total += (gather(block, at + offset, 8).view("<u8") & np.uint64(mask)) * np.uint64(multiplier)
    mixed = (total ^ total >> np.uint64(32)) * np.uint64(FINISHER)
    ports: Column = FIRST_PORT + (mixed >> np.uint64(PORT_SHIFT)).astype(np.int64)
    return ports


class EntropyWatch:
    """Remembers the source ports between tunnel end points."""

    def __init__(self, vnid_map: VnidMap, answers: Answers, report: Report) -> None:
        self._vnid_map, self._answers, self._report = vnid_map, answers, report
        self._numbers: dict[tuple[int, int], int] = {}
        self._fields: Numbered[FlowFields] = Numbered()
        self._path = self._port_at = self._tells = np.empty(0, np.int64)
        """By the number of what is to be watched: of its path, where its source port is, of what tells its flow."""
        self._port = np.empty(0, np.int64)
        self._has_varied = self._has_many = np.empty(0, np.bool_)
        """By the number of a path: the port of its first frame, True once it has shown another, and many flows."""
        self._flows: defaultdict[int, set[int]] = defaultdict(set)
        """By the number of a path: the hashes of the flows that its first port had."""

    def watch(self, batch: Batch, answers: Ids) -> tuple[Column, Column]:
        """The rows of frames without entropy, and the number of the finding about each."""
        self._learn()
        numbers = self._answers.column("entropy", answers)
        rows = np.flatnonzero(numbers != NONE)
        rows = rows[~self._has_varied[self._path[numbers[rows]]]]
        rows = self._with_one_port(batch, rows, numbers[rows])
        begins = self._begins(batch, rows, numbers[rows])
        rows = rows[rows >= begins[self._path[numbers[rows]]]]
        paths, which = np.unique(self._path[numbers[rows]], return_inverse=True)
        ends = list(self._numbers)
        found = np.array([self._number(ends[path], int(self._port[path])) for path in paths.tolist()], np.int64)
        return rows, found[which]

    def _learn(self) -> None:
        """Number the paths of what is to be watched since the last time; there may be as many as frames."""
        new = self._answers.entropies.values[len(self._path) :]
        paths = [self._numbers.setdefault(each.path, len(self._numbers)) for each in new]
        tells = [self._fields.number(each.flow) for each in new]
        self._path = np.concatenate([self._path, np.array(paths, np.int64)])
        self._port_at = np.concatenate([self._port_at, np.array([each.port_at for each in new], np.int64)])
        self._tells = np.concatenate([self._tells, np.array(tells, np.int64)])
        more = len(self._numbers) - len(self._port)
        self._port = np.concatenate([self._port, np.full(more, NONE)])
        self._has_varied = np.concatenate([self._has_varied, np.zeros(more, np.bool_)])
        self._has_many = np.concatenate([self._has_many, np.zeros(more, np.bool_)])

    def _with_one_port(self, batch: Batch, rows: Column, kinds: Column) -> Column:
        """The rows of the frames before their path shows another port than its first."""
        paths = self._path[kinds]
        ports = gather(batch.octets, batch.offset[rows] + self._port_at[kinds], 2).view(">u2").astype(np.int64)
        present, first = np.unique(paths, return_index=True)
        self._port[present] = np.where(self._port[present] == NONE, ports[first], self._port[present])
        others = np.flatnonzero(ports != self._port[paths])
        self._has_varied[paths[others]] = True
        ends = np.full(len(self._port), len(batch))
        np.minimum.at(ends, paths[others], rows[others])
        kept: Column = rows[(rows < ends[paths]) & (self._port[paths] != 0)]
        return kept  # with port 0 each frame is a finding by itself

    def _begins(self, batch: Batch, rows: Column, kinds: Column) -> NDArray[np.int64]:
        """By the number of a path: the row from which on it has many flows."""
        begins = np.where(self._has_many, 0, len(batch))
        is_open = ~self._has_many[self._path[kinds]]
        rows, kinds = rows[is_open], kinds[is_open]
        paths, hashes = self._path[kinds], np.empty(len(rows), np.int64)
        tells = self._tells[kinds]
        for number in np.flatnonzero(np.bincount(tells)).tolist():
            of_kind = np.flatnonzero(tells == number)
            fields = self._fields.values[number]
            hashes[of_kind] = entropy_ports(batch.octets, batch.offset[rows[of_kind]], fields)
        first = np.sort(np.unique(paths << 16 | hashes, return_index=True)[1])
        each = zip(rows[first].tolist(), paths[first].tolist(), hashes[first].tolist(), strict=True)
        for row, path, flow in each:
            if not self._has_many[path]:
                self._flows[path].add(flow)
                if len(self._flows[path]) >= _MANY:
                    self._has_many[path], begins[path] = True, row
        return begins

    def _number(self, path: tuple[int, int], port: int) -> int:
        sender, receiver = (self._vnid_map.teps[index].name for index in path)
        text = f"all {_MANY} and more inner flows from {sender} to {receiver} have UDP source port {port}"
        return self._report.number(Finding(Kind.NO_ENTROPY, text))
