"""Do the UDP source ports between two tunnel end points tell flows apart (RFC 7348 section 5)?

A pair of end points with a single port for many inner flows has none; once two ports were seen, it is no longer looked
at.
"""

from __future__ import annotations

import numpy as np

from dovetool.analysis.finding_columns import NONE, Answers
from dovetool.analysis.findings import Report
from dovetool.analysis.watches.path_ports import MANY, Path, PortLedger
from dovetool.belonging.finding import Finding, Kind
from dovetool.capture.batch import Batch, Column, Octets
from dovetool.capture.copying import gather
from dovetool.engine.flow_table import Ids, Numbered
from dovetool.frame.flow_hash import FINISHER, FIRST_PORT, MULTIPLIERS, PORT_SHIFT, FlowFields
from dovetool.vnid_map import VnidMap


def entropy_ports(block: Octets, at: Column, fields: FlowFields) -> Column:
    """What `entropy_port` says of the frames at `at` (n,) of a block, which goes on for a word behind them."""
    total = np.zeros(len(at), np.uint64)
    for (offset, mask), multiplier in zip(fields, MULTIPLIERS, strict=False):
        total += (gather(block, at + offset, 8).view("<u8") & np.uint64(mask)) * np.uint64(multiplier)
    mixed = (total ^ total >> np.uint64(32)) * np.uint64(FINISHER)
    ports: Column = FIRST_PORT + (mixed >> np.uint64(PORT_SHIFT)).astype(np.int64)
    return ports


class EntropyWatch:
    """Looks at the source ports between tunnel end points."""

    def __init__(self, vnid_map: VnidMap, answers: Answers, report: Report, ledger: PortLedger) -> None:
        self._vnid_map, self._answers, self._report, self._ledger = vnid_map, answers, report, ledger
        self._fields: Numbered[FlowFields] = Numbered()
        self._path = self._port_at = self._tells = np.empty(0, np.int64)
        """By the number of what is to be watched: of its path, where its source port is, of what tells its flow."""

    def watch(self, batch: Batch, answers: Ids, frame_numbers: Column) -> tuple[Column, Column]:
        """The rows of frames without entropy, and the number of the finding about each; the ledger counts them."""
        self._learn()
        ledger, numbers = self._ledger, self._answers.column("entropy", answers)
        rows = np.flatnonzero(numbers != NONE)
        rows = rows[~ledger.has_varied[self._path[numbers[rows]]]]
        rows, others = self._with_one_port(batch, rows, numbers[rows])
        kinds = numbers[rows]
        rows = rows[ledger.take(self._path[kinds], self._flows(batch, rows, kinds), frame_numbers[rows])]
        ledger.vary(others)
        paths, which = np.unique(self._path[numbers[rows]], return_inverse=True)
        told = [(ledger.paths.values[path], int(ledger.port[path])) for path in paths.tolist()]
        found = [self._report.number(finding_of(path, port, self._vnid_map)) for path, port in told]
        return rows, np.array(found, np.int64)[which]

    def _learn(self) -> None:
        """Number the paths of what is to be watched since the last time; there may be as many as frames."""
        new = self._answers.entropies.values[len(self._path) :]
        paths = self._ledger.know([each.path for each in new])
        tells = [self._fields.number(each.flow) for each in new]
        self._path = np.concatenate([self._path, paths])
        self._port_at = np.concatenate([self._port_at, np.array([each.port_at for each in new], np.int64)])
        self._tells = np.concatenate([self._tells, np.array(tells, np.int64)])

    def _with_one_port(self, batch: Batch, rows: Column, kinds: Column) -> tuple[Column, Column]:
        """The rows of the frames before their path shows another port than its first, and the paths that do."""
        paths, known = self._path[kinds], self._ledger.port
        ports = gather(batch.octets, batch.offset[rows] + self._port_at[kinds], 2).view(">u2").astype(np.int64)
        present, first = np.unique(paths, return_index=True)
        known[present] = np.where(known[present] == NONE, ports[first], known[present])
        others = np.flatnonzero(ports != known[paths])
        ends = np.full(len(known), len(batch))
        np.minimum.at(ends, paths[others], rows[others])
        kept: Column = rows[(rows < ends[paths]) & (known[paths] != 0)]
        return kept, paths[others]  # with port 0 each frame is a finding by itself

    def _flows(self, batch: Batch, rows: Column, kinds: Column) -> Column:
        """By what each frame (n,) tells of its flow: a number, where that matters."""
        flows = np.zeros(len(rows), np.int64)
        matters = np.flatnonzero(~self._ledger.has_many[self._path[kinds]])
        tells = self._tells[kinds[matters]]
        for number in np.flatnonzero(np.bincount(tells)).tolist():
            of_kind = matters[tells == number]
            flows[of_kind] = entropy_ports(batch.octets, batch.offset[rows[of_kind]], self._fields.values[number])
        return flows


def finding_of(path: Path, port: int, vnid_map: VnidMap) -> Finding:
    """What is said of a port that many flows share."""
    sender, receiver = (vnid_map.teps[index].name for index in path)
    text = f"all {MANY} and more inner flows from {sender} to {receiver} have UDP source port {port}"
    return Finding(Kind.NO_ENTROPY, text)


def tell_shared(ledger: PortLedger, vnid_map: VnidMap, report: Report) -> None:
    """Say which ports many flows share."""
    for path, port, frames, numbers in ledger.shared():
        report.tell(finding_of(path, port, vnid_map), numbers, frames)
