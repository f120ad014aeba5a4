"""One stage at work on batches: decide by flow, put pieces together, carry out, count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dovetool.capture.batch import Batch, Column, Framing
from dovetool.engine.carry_out import carry_out, cut_frames
from dovetool.engine.counts import Counts
from dovetool.engine.decider import Decider
from dovetool.engine.flow_table import Ids
from dovetool.engine.reassembly import UNDECIDED, Bounds, Gatherer, Held
from dovetool.engine.tally import Tally
from dovetool.engine.verdict_table import NONE, Choice, VerdictTable
from dovetool.stages.stage import Stage
from dovetool.values import dataclass
from dovetool.verdict.verdict import Forward

_NO_ROWS: Column = np.empty(0, np.int64)
_MOST_MADE = 8 << 20
"""Octets of frames that are made at a time, where a frame becomes many."""
_PER_FRAME = 200
"""Octets that a frame takes besides its own: its headers, and its row in the columns of a batch."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch.

    Attributes:
        source: the frames that were decided about: those of the batch, but for pieces of packets, which are held until
            their packet is whole and then replaced by it.
        forwarded: the frames that go on, made for the framing that was asked for unless all went on as they were.
        verdicts: (n,) number of the verdict of each of them.
        rejected: rows of the frames of `source` that do not go on.
        reasons: for each of these, the index of its reason among all reasons.
    """

    source: Batch
    forwarded: Batch
    verdicts: Ids
    rejected: Column
    reasons: Column


class StageRunner:
    """A stage with what it has learned so far.

    Attributes:
        stage: the stage.
    """

    def __init__(self, stage: Stage, bounds: Bounds | None = None) -> None:
        self.stage = stage
        self._decider = Decider(stage)
        self._gatherer = Gatherer(self.table, bounds or Bounds())
        self._last: Batch | None = None
        self._counts = Counts(stage.name)

    @property
    def table(self) -> VerdictTable:
        """Its verdicts."""
        return self._decider.table

    def process(self, batch: Batch, framing: Framing) -> Iterator[Outcome]:
        """Put the frames of a batch through the stage; what becomes of them comes in parts where that is much."""
        if self._decider.is_full:
            self._forget_verdicts()
        self._counts.bytes_in += int(batch.wire_len.sum())
        if batch.had_fcs is not None:
            self._counts.had_fcs += int(np.count_nonzero(batch.had_fcs))
            batch = replace(batch, had_fcs=None)
        self._last = batch
        yield from self._in_parts(*self._gathered(batch, self._decider.verdicts(batch)), framing)

    def finish(self, framing: Framing) -> Iterator[Outcome]:
        """Settle what is held, at the end of the capture or of a section."""
        if self._last is not None and self.pending:
            yield from self._in_parts(*self._gatherer.flushed(self._last), framing)

    @property
    def pending(self) -> bool:
        """True while pieces are held, so that a later frame may depend on what was seen so far."""
        return self._gatherer.pending

    @property
    def held(self) -> Held:
        """The pieces that are held."""
        return self._gatherer.held

    def take_over(self, held: Held) -> None:
        """Go on with the pieces that another has held."""
        self._gatherer.take_over(held)

    def count_anew(self) -> None:
        """Forget what was counted, and nothing else."""
        self._counts, self._gatherer.absorbed = Counts(self.stage.name), 0

    def _forget_verdicts(self) -> None:
        """Decide anew about all flows; what was counted by verdict becomes part of the past."""
        self._counts = self._counts.settled(self.table, self._gatherer.absorbed)
        self._gatherer.absorbed = 0
        self._decider.forget()
        self._gatherer.move_to(self.table)

    def _gathered(self, batch: Batch, verdicts: Ids) -> tuple[Batch, Ids]:
        """The batch without pieces, and with what has become whole, which is decided about in its turn."""
        if not self.table.pieces:
            return batch, verdicts
        is_concerned = self.pending or self._has_pieces(verdicts)
        while is_concerned:
            batch, verdicts = self._gatherer.gathered(batch, verdicts)
            whole = np.flatnonzero(verdicts == UNDECIDED)
            if len(whole):
                verdicts[whole] = self._decider.verdicts(batch.take(whole))
            is_concerned = self._has_pieces(verdicts)
        return batch, verdicts

    def _has_pieces(self, verdicts: Ids) -> bool:
        return bool((self.table.column("piece")[verdicts] != NONE).any())

    def _in_parts(self, batch: Batch, verdicts: Ids, framing: Framing) -> Iterator[Outcome]:
        """What becomes of the frames, in parts of which each makes not too much."""
        choice, copies = Choice.of(verdicts), self.table.column("copies")
        if int(copies[choice.present].max(initial=0)) <= 1:
            yield self._carry_on(batch, choice, framing)
            return
        made = np.cumsum(copies[verdicts] * (batch.wire_len + _PER_FRAME)) // _MOST_MADE
        for rows in np.split(np.arange(len(batch)), np.flatnonzero(np.diff(made)) + 1):
            yield self._carry_on(batch.take(rows), Choice.of(verdicts[rows]), framing)

    def _carry_on(self, batch: Batch, choice: Choice, framing: Framing) -> Outcome:
        self._counts.add(choice.counts)
        copies, reasons = self.table.of("copies", choice), self.table.of("rejected", choice)
        if isinstance(copies, int) and copies == 1:
            kept, rejected, reasons_of = batch, _NO_ROWS, _NO_ROWS
        else:
            reasons = np.broadcast_to(reasons, len(batch))
            rejected = np.flatnonzero(reasons >= 0)
            reasons_of = reasons[rejected]
            rows, verdicts = self._expand(choice.verdicts, np.broadcast_to(copies, len(batch)))
            kept, choice = batch.take(rows), Choice.of(verdicts)
        made = carry_out(kept, choice, self.table, framing) if len(kept) else kept
        sent, by = cut_frames(made, choice.verdicts, self.table)
        self._counts.fragments += len(sent) - len(made)
        self._counts.bytes_out += int(sent.wire_len.sum())
        return Outcome(batch, sent, by, rejected, reasons_of)

    def _expand(self, verdicts: Ids, copies: Column) -> tuple[Column, Ids]:
        """Rows and verdicts of the frames that go on, a row a copy."""
        rows = np.repeat(np.arange(len(verdicts)), copies)
        number_of_copy = np.arange(len(rows)) - np.repeat(np.cumsum(copies) - copies, copies)
        return rows, self.table.copy_verdicts(verdicts[rows], number_of_copy)

    def tally(self) -> Tally:
        """What happened so far."""
        return self._counts.tally(self.table, self._gatherer.absorbed)

    def forward(self, number: int) -> Forward:
        """The verdict of a forwarded frame."""
        verdict = self.table.verdicts[number]
        assert isinstance(verdict, Forward)  # noqa: S101  (only such numbers are handed out as forwarded)
        return verdict
