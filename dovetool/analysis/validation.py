"""Hold a capture against a map: by flow, frame by frame where frames of a flow differ, and across frames.

Without a map it is the form of the frames alone that is looked at.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dovetool.analysis.broadcasts import BroadcastWatch
from dovetool.analysis.duplicate_addresses import DuplicateWatch
from dovetool.analysis.finding_columns import NONE, Answers
from dovetool.analysis.findings import Report
from dovetool.analysis.judging import other_answers
from dovetool.analysis.naming import named
from dovetool.analysis.offending_frames import Offenders
from dovetool.analysis.port_entropy import EntropyWatch
from dovetool.audit.audit import Audit
from dovetool.audit.examined import Examined, Hop
from dovetool.audit.form_audit import FormAudit
from dovetool.belonging.finding import Kind
from dovetool.capture.batch import Batch, Column, Passage
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.source import name_of
from dovetool.engine.flow_table import Classifier, Ids
from dovetool.engine.reading import Progress, read_through
from dovetool.errors import CorruptCaptureError
from dovetool.frame.view import FrameView

_HOPS = tuple(Hop)
_NO_ROWS: Column = np.empty(0, np.int64)
_MOST_ANSWERS = 1 << 16  # of odd frames that are all different, so as not to pile up
Pairs = tuple[Column, Column]
"""Rows of a batch, and the number of a finding about each."""


class Validation:
    """Holds batches against a map.

    Attributes:
        report: what was found so far.
    """

    def __init__(
        self,
        audit: Audit | FormAudit,
        offenders: Offenders | None = None,
        kinds: frozenset[Kind] = frozenset(Kind),
    ) -> None:
        """Look for findings of `kinds` in what `audit` says; `offenders` keeps the frames that have some."""
        self.report = Report(kinds)
        self._audit, self._offenders = audit, offenders
        self._classifier = Classifier(self._examine, audit.change_times_ns, most=_MOST_ANSWERS)
        self._answers = Answers(self.report)
        self._broadcasts = BroadcastWatch(audit.vnid_map, self._answers)
        self._duplicates = DuplicateWatch(audit.vnid_map, self._answers, self.report)
        self._frame_numbers: Column | None = None
        self._entropy = EntropyWatch(audit.vnid_map, self._answers, self.report)

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
        self._broadcasts.watch(batch, answers, self._numbers(batch))
        pairs = [self._by_flow(batch, answers), *self._by_frame(batch, answers)]
        pairs += [self._duplicates.watch(batch, answers), self._entropy.watch(batch, answers)]
        rows, found = (np.concatenate(columns) for columns in zip(*pairs, strict=True))
        if len(rows):
            order = np.lexsort((found, rows))
            rows, found = self.report.wanted(rows[order], found[order])
            self.report.note(self._numbers(batch)[rows], found)
            rows, found = self.report.offences(rows, found)
            if self._offenders is not None and len(rows):
                self._offenders.keep(batch, rows, found, self.report)

    def pass_on(self, passage: Passage) -> None:
        """A block without a frame."""
        if self._offenders is not None:
            self._offenders.pass_on(passage)

    def finish(self) -> None:
        """Judge what only the whole capture shows."""
        self._broadcasts.finish(self.report)

    def _numbers(self, batch: Batch) -> Column:
        """(n,) the numbers of the frames of a batch."""
        numbers = self._frame_numbers
        return batch.first_number + np.arange(len(batch)) if numbers is None else numbers

    def _count(self, batch: Batch, answers: Ids) -> None:
        self.report.frames += len(batch)
        self.report.octets += int(batch.orig_len.sum())
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
    damage = read_through(reader, validation.feed, validation.pass_on, progress)
    validation.finish()
    return damage
