"""Hold a capture against a map: by flow, frame by frame where frames of a flow differ, and across frames.

Without a map it is the form of the frames alone that is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dovetool.analysis.finding_columns import NONE, Answers
from dovetool.analysis.findings import Report
from dovetool.analysis.judging import other_answers
from dovetool.analysis.naming import named
from dovetool.analysis.offending_frames import Offenders
from dovetool.analysis.watches import Sightings
from dovetool.analysis.watches.broadcasts import BroadcastWatch
from dovetool.analysis.watches.duplicate_addresses import DuplicateWatch
from dovetool.analysis.watches.port_entropy import EntropyWatch
from dovetool.audit.audit import Audit
from dovetool.audit.examined import Examined, Hop
from dovetool.audit.form_audit import FormAudit
from dovetool.belonging.finding import Kind
from dovetool.capture.batch import Batch, Column, Passage
from dovetool.capture.names import name_of
from dovetool.capture.open_capture import OpenCapture
from dovetool.engine.flow_table import Classifier, Ids
from dovetool.engine.reading import Progress, read_through
from dovetool.errors import CorruptCaptureError
from dovetool.frame.view import FrameView
from dovetool.values import dataclass
from dovetool.vnid_map import VnidMap

_HOPS = tuple(Hop)
_NO_ROWS: Column = np.empty(0, np.int64)
_MOST_ANSWERS = 1 << 16  # of odd frames that are all different, so as not to pile up
Pairs = tuple[Column, Column]
"""Rows of a batch, and the number of a finding about each."""


@dataclass(slots=True)
class Checked:
    """What was found in frames.

    Attributes:
        report: what single frames show, and what several show so far.
        sightings: what was seen of all else that only several frames show.
    """

    report: Report
    sightings: Sightings

    def take_in(self, other: Checked, vnid_map: VnidMap, behind: int) -> None:
        """Take in what was found in a part that comes next, whose frame numbers are to be larger by `behind`."""
        self.sightings.take_in(other.sightings, vnid_map, self.report, behind)
        self.report.take_in(other.report, behind)

    def finish(self, vnid_map: VnidMap) -> Report:
        """What was found in all; no more comes."""
        self.sightings.finish(vnid_map, self.report)
        return self.report


class Validation:
    """Holds batches against a map.

    Attributes:
        report: what was found so far.
        checked: that, and what other frames may change.
    """

    def __init__(
        self,
        audit: Audit | FormAudit,
        offenders: Offenders | None = None,
        kinds: frozenset[Kind] = frozenset(Kind),
        *,
        is_part: bool = False,
    ) -> None:
        """Begin.

        Args:
            audit: looks at frames.
            offenders: keeps the frames that something is wrong with.
            kinds: the findings that are looked for.
            is_part: other frames come before these, and somebody else knows them.
        """
        self.report, sightings = Report(kinds), Sightings(is_part=is_part)
        self.checked = Checked(self.report, sightings)
        self._audit, self._offenders = audit, offenders
        self._classifier = Classifier(self._examine, audit.change_times_ns, most=_MOST_ANSWERS)
        self._answers = Answers(self.report)
        sightings.copies.paths = self._answers.paths
        self._frame_numbers: Column | None = None
        self._broadcasts = BroadcastWatch(self._answers, sightings.copies)
        self._duplicates = DuplicateWatch(audit.vnid_map, self._answers, self.report, sightings.places)
        self._entropy = EntropyWatch(audit.vnid_map, self._answers, self.report, sightings.ports)

    def _examine(self, view: FrameView) -> Examined:
        """The audit's answer, with texts that cannot become too many."""
        answer, bounded = self._audit.examine(view), self.report.bounded
        found = tuple(map(bounded, answer.findings))
        for finding in found:
            self.report.number(finding)
        return answer if found == answer.findings else replace(answer, findings=found)

    def feed(self, batch: Batch, frame_numbers: Column | None = None) -> None:
        """Look at the frames of a batch.

        Args:
            batch: n frames.
            frame_numbers: (n,) their numbers in the capture; None: each has that in its file.
        """
        if frame_numbers is None and batch.origin is not None:
            frame_numbers = batch.origin.numbers
            self.report.files = self.report.files or [*map(name_of, batch.origin.files)]
        self._frame_numbers = frame_numbers
        answers = self._classifier.numbers(batch)
        self._answers.learn(self._classifier)
        self._count(batch, answers)
        numbers = self._numbers(batch)
        self._broadcasts.watch(batch, answers, numbers)
        pairs = [self._by_flow(batch, answers), *self._by_frame(batch, answers)]
        pairs.append(self._duplicates.watch(batch, answers, numbers))
        rows, found = self._sorted(pairs)
        self.report.note(numbers[rows], found)
        rows, found = self._sorted([(rows, found), self._entropy.watch(batch, answers, numbers)])
        rows, found = self.report.offences(rows, found)
        if self._offenders is not None and len(rows):
            self._offenders.keep(batch, rows, found, self.report)

    def _sorted(self, pairs: Sequence[Pairs]) -> Pairs:
        """Those that are of kinds that are looked for, by row."""
        rows, found = (np.concatenate(columns) for columns in zip(*pairs, strict=True))
        order = np.lexsort((found, rows))
        return self.report.wanted(rows[order], found[order])

    def pass_on(self, passage: Passage) -> None:
        """A block without a frame."""
        if self._offenders is not None:
            self._offenders.pass_on(passage)

    def finish(self) -> Report:
        """What was found in all; no more comes, and none came before."""
        return self.checked.finish(self._audit.vnid_map)

    def _numbers(self, batch: Batch) -> Column:
        """(n,) the numbers of the frames of a batch."""
        numbers = self._frame_numbers
        return batch.first_number + np.arange(len(batch)) if numbers is None else numbers

    def _count(self, batch: Batch, answers: Ids) -> None:
        self.report.frames += len(batch)
        self.report.octets += int(batch.wire_len.sum())
        self.report.cut += int(self._answers.column("cut", answers).sum())
        for hop, count in enumerate(np.bincount(self._answers.column("hop", answers)).tolist()):
            self.report.hops[_HOPS[hop]] += count

    def _by_flow(self, batch: Batch, answers: Ids) -> Pairs:
        """What all frames of a flow have in common."""
        numbers = self._answers.column("findings", answers)
        rows = np.flatnonzero(numbers != NONE)
        lists, which = np.unique(numbers[rows], return_inverse=True)
        pairs = [(_NO_ROWS, _NO_ROWS)]
        for place, number in enumerate(lists.tolist()):
            of_list = rows[which == place]
            pairs += [(of_list, np.full(len(of_list), each)) for each in self._answers.findings.values[number]]
        rows, found = np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])
        return rows, named(batch, self._answers, self.report, answers, rows, found)

    def _by_frame(self, batch: Batch, answers: Ids) -> list[Pairs]:
        """What is wrong with single frames of a flow."""
        sets, questions = self._answers.column("checks", answers), self._answers.checks
        return [
            self._failed(batch, rows, answers, place, answer)
            for rows, place, answer in other_answers(batch, sets, questions)
        ]

    def _failed(self, batch: Batch, rows: Column, answers: Ids, place: int, answer: int) -> Pairs:
        """The findings by an answer to the question of a place; the first frame with each is its example."""
        kinds, inverse = np.unique(answers[rows], return_inverse=True)
        by_kind = np.array([self._answers.failed(kind, place, answer) for kind in kinds.tolist()], np.int64)
        found = named(batch, self._answers, self.report, answers, rows, by_kind[inverse])
        numbers, first = np.unique(found, return_index=True)
        for number, row in zip(numbers.tolist(), rows[first].tolist(), strict=True):
            entry = self.report.entries[number]
            if not entry.example and entry.finding.kind is Kind.BAD_CHECKSUM:
                told = self._answers.told(int(answers[row]), place, batch.frame(row), int(batch.orig_len[row]))
                entry.example, entry.example_number = told, self._numbers(batch).item(row)
        return rows, found


def validate(
    reader: OpenCapture, validation: Validation, progress: Progress | None = None
) -> CorruptCaptureError | None:
    """Hold a capture against a map, to its end.

    Returns:
        What is wrong with the file from some point on; all before it was looked at.
    """
    return read_through(reader, validation.feed, validation.pass_on, progress)
