"""Decide about every frame of a batch: once a flow, then by what each frame answers for itself, then by its length."""

from __future__ import annotations

import numpy as np

from dovetool.capture.batch import Batch
from dovetool.engine.flow_table import Flows, Ids
from dovetool.engine.verdict_table import NONE, VerdictTable
from dovetool.frame.view import FrameView, Shape
from dovetool.stages.stage import Stage

_MOST_VERDICTS = 48_000
"""Verdicts that are kept at a time. One takes 1.5 KB, and memory is to stay within bounds at any number of flows."""


class Decider:
    """A stage with what it has decided so far.

    Attributes:
        stage: the stage.
        table: its verdicts.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.table = VerdictTable()
        self._flows = Flows(stage.change_times_ns)

    @property
    def is_full(self) -> bool:
        """True when there are so many verdicts that they should be forgotten."""
        return len(self.table.verdicts) > _MOST_VERDICTS

    def forget(self) -> None:
        """Decide anew about all flows."""
        self.table = VerdictTable()
        self._flows.forget()

    def verdicts(self, batch: Batch) -> Ids:
        """The verdict (n,) of each frame, by its number in the table."""
        verdicts = self._flows.numbers(batch, self._decide)
        return self._within_limits(batch, self._guarded(batch, verdicts))

    def _decide(self, view: FrameView) -> tuple[int, Shape]:
        return self.table.number(self.stage.decide(view)), view.shape()

    def _guarded(self, batch: Batch, verdicts: Ids) -> Ids:
        """The verdicts, with others in place of those whose questions have other answers for a frame."""
        if not len(self.table.questions):
            return verdicts
        asked = self.table.column("checks")[verdicts]
        for number in np.flatnonzero(np.bincount(asked[asked != NONE])).tolist():
            rows = np.flatnonzero(asked == number)
            places = self.table.questions.answers(number, batch, rows)
            others = np.flatnonzero(places)
            if len(others):
                rows, places = rows[others], places[others]
                verdicts[rows] = self.table.answered(verdicts[rows], places)
        return verdicts

    def _within_limits(self, batch: Batch, verdicts: Ids) -> Ids:
        """The verdicts, with rejections in place of those whose limit a frame exceeds."""
        if self.table.column("over").max(initial=NONE) != NONE:
            over = batch.wire_len > self.table.column("longest")[verdicts]
            verdicts[over] = self.table.column("over")[verdicts[over]]
        return verdicts
