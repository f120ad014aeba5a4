"""One stage at work on batches: decide by flow, carry out by batch, count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column, Interface, Path
from dovetool.capture.framing import Framing
from dovetool.capture.pcapng import changed
from dovetool.engine.apply import apply
from dovetool.engine.checking import combined_answers
from dovetool.engine.cutting import cut_frames
from dovetool.engine.flows import Flows
from dovetool.engine.key_table import Ids
from dovetool.engine.reassembly import UNDECIDED, Bounds, Gatherer
from dovetool.engine.tally import Tally
from dovetool.engine.verdict_table import KEEP, NONE, Choice, VerdictTable
from dovetool.frame.view import ETHERNET
from dovetool.stages.stage import Stage
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward

_REASONS = [str(reason) for reason in Reason]
_NO_ROWS: Column = np.empty(0, np.int64)
_MOST_VERDICTS = 48_000
"""Verdicts that are kept at a time. One takes 1.5 KB, and memory is to stay within bounds at any number of flows."""
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


class _State(NamedTuple):
    """The counts of a stage at some time, and the verdicts that they are counted by."""

    table: VerdictTable
    past: Tally
    counts: NDArray[np.int64]
    sums: tuple[int, int, int, int, int]


class StageRunner:
    """A stage with what it has learned so far.

    Attributes:
        stage: the stage.
        table: its verdicts.
    """

    def __init__(self, stage: Stage, bounds: Bounds | None = None) -> None:
        self.stage = stage
        self.table = VerdictTable()
        self._gatherer = Gatherer(self.table, bounds or Bounds())
        self._last: Batch | None = None
        self._flows = Flows(lambda view: self.table.number(stage.decide(view)), stage.change_times_ns)
        self._counts: NDArray[np.int64] = np.zeros(0, np.int64)
        self._bytes_in = self._bytes_out = self._fragments = self._had_fcs = 0
        self._past = Tally(stage.name)
        self._marked = self._state()

    def process(self, batch: Batch, framing: Framing) -> Iterator[Outcome]:
        """Put the frames of a batch through the stage; what becomes of them comes in parts where that is much."""
        if len(self.table.verdicts) > _MOST_VERDICTS:
            self._forget_verdicts()
        self._bytes_in += int(batch.orig_len.sum())
        if batch.had_fcs is not None:
            self._had_fcs += int(np.count_nonzero(batch.had_fcs))
            batch = replace(batch, had_fcs=None)
        self._last = batch
        yield from self._in_parts(*self._gathered(batch, self._decide(batch)), framing)

    def finish(self, framing: Framing) -> Iterator[Outcome]:
        """Settle what is held, at the end of the capture or of a section."""
        if self._last is not None and self.pending:
            yield from self._in_parts(*self._gatherer.flushed(self._last), framing)

    @property
    def pending(self) -> bool:
        """True while pieces are held, so that a later frame may depend on what was seen so far."""
        return self._gatherer.pending

    def forget_counts(self) -> None:
        """Count from 0 again."""
        self._counts, self._past = np.zeros(0, np.int64), Tally(self.stage.name)
        self._bytes_in = self._bytes_out = self._fragments = self._had_fcs = self._gatherer.absorbed = 0

    def _forget_verdicts(self) -> None:
        """Decide anew about all flows; what was counted by verdict becomes part of the past."""
        past = self.tally()
        self.forget_counts()
        self._past = past
        self._start_with(VerdictTable())

    def _start_with(self, table: VerdictTable) -> None:
        self.table = table
        self._gatherer.move_to(table)
        self._flows.forget()

    def _state(self) -> _State:
        sums = self._bytes_in, self._bytes_out, self._fragments, self._had_fcs, self._gatherer.absorbed
        return _State(self.table, self._past, self._counts, sums)

    def mark(self) -> None:
        """Remember the counts as they are, to come back to by `roll_back`."""
        self._marked = self._state()

    def roll_back(self) -> None:
        """Take the counts back to what they were at the last `mark`."""
        marked = self._marked
        if marked.table is not self.table:
            self._start_with(marked.table)
        self._past, self._counts = marked.past, marked.counts
        self._bytes_in, self._bytes_out, self._fragments, self._had_fcs, self._gatherer.absorbed = marked.sums

    def _gathered(self, batch: Batch, verdicts: Ids) -> tuple[Batch, Ids]:
        """The batch without pieces, and with what has become whole, which is decided about in its turn."""
        is_concerned = self.pending or self._has_pieces(verdicts)
        while is_concerned:
            batch, verdicts = self._gatherer.gathered(batch, verdicts)
            whole = np.flatnonzero(verdicts == UNDECIDED)
            if len(whole):
                verdicts[whole] = self._decide(batch.take(whole))
            is_concerned = self._has_pieces(verdicts)
        return batch, verdicts

    def _has_pieces(self, verdicts: Ids) -> bool:
        return bool(self.table.pieces) and bool((self.table.column("piece")[verdicts] != NONE).any())

    def _in_parts(self, batch: Batch, verdicts: Ids, framing: Framing) -> Iterator[Outcome]:
        """What becomes of the frames, in parts of which each makes not too much."""
        copies = self.table.column("copies")[verdicts]
        if int(copies.max(initial=0)) <= 1:
            yield self._carry_on(batch, verdicts, framing)
            return
        made = np.cumsum(copies * (np.maximum(batch.orig_len, batch.caplen) + _PER_FRAME)) // _MOST_MADE
        for rows in np.split(np.arange(len(batch)), np.flatnonzero(np.diff(made)) + 1):
            yield self._carry_on(batch.take(rows), verdicts[rows], framing)

    def _carry_on(self, batch: Batch, verdicts: Ids, framing: Framing) -> Outcome:
        choice = Choice.of(verdicts)
        self._count(choice.verdicts)
        copies, reasons = self.table.of("copies", choice), self.table.of("rejected", choice)
        if isinstance(copies, int) and copies == 1:
            kept, rejected, reasons_of = batch, _NO_ROWS, _NO_ROWS
        else:
            reasons = np.broadcast_to(reasons, len(batch))
            rejected = np.flatnonzero(reasons >= 0)
            reasons_of = reasons[rejected]
            rows, verdicts = self._expand(choice.verdicts, np.broadcast_to(copies, len(batch)))
            kept, choice = batch.take(rows), Choice.of(verdicts)
        made = self._carry_out(kept, choice, framing) if len(kept) else kept
        sent, by = cut_frames(made, choice.verdicts, self.table)
        self._fragments += len(sent) - len(made)
        self._bytes_out += int(sent.orig_len.sum())
        return Outcome(batch, sent, by, rejected, reasons_of)

    def _decide(self, batch: Batch) -> Ids:
        return self._within_limits(batch, self._guarded(batch, self._flows.numbers(batch)))

    def _guarded(self, batch: Batch, verdicts: Ids) -> Ids:
        """The verdicts, with others in place of those whose questions have other answers for a frame."""
        if not self.table.checks:
            return verdicts
        asked = self.table.column("checks")[verdicts]
        for number in np.flatnonzero(np.bincount(asked[asked != NONE])).tolist():
            rows = np.flatnonzero(asked == number)
            combination = combined_answers(self.table.checks[number], batch.take(rows))
            others = np.flatnonzero(combination)
            if len(others):
                rows, combination = rows[others], combination[others]
                verdicts[rows] = self.table.answered(verdicts[rows], combination)
        return verdicts

    def _within_limits(self, batch: Batch, verdicts: Ids) -> Ids:
        """The verdicts, with rejections in place of those whose limit a frame exceeds."""
        if self.table.column("over").max() != NONE:
            over = np.maximum(batch.orig_len, batch.caplen) > self.table.column("longest")[verdicts]
            verdicts[over] = self.table.column("over")[verdicts[over]]
        return verdicts

    def _count(self, verdicts: Ids) -> None:
        counts = np.bincount(verdicts, minlength=len(self.table.verdicts))
        counts[: len(self._counts)] += self._counts
        self._counts = counts

    def _expand(self, verdicts: Ids, copies: Column) -> tuple[Column, Ids]:
        """Rows and verdicts of the frames that go on, a row a copy."""
        rows = np.repeat(np.arange(len(verdicts)), copies)
        number_of_copy = np.arange(len(rows)) - np.repeat(np.cumsum(copies) - copies, copies)
        return rows, self.table.copy_verdicts(verdicts[rows], number_of_copy)

    def _carry_out(self, batch: Batch, choice: Choice, framing: Framing) -> Batch:
        batch = self._with_path(batch, choice.verdicts)
        unchanged = self.table.of("unchanged", choice)
        if isinstance(unchanged, int) and unchanged == 1:
            return batch
        touched = np.broadcast_to(np.asarray(unchanged) != 1, len(batch))
        if batch.annex is not None:
            batch = replace(batch, annex=changed(batch.annex, touched))
        linked = np.broadcast_to(self.table.of("linked", choice), len(batch))
        return apply(_as_ethernet(batch, touched & (linked == 0)), choice, self.table, framing)

    def _with_path(self, batch: Batch, verdicts: Ids) -> Batch:
        if batch.path is None:
            return batch
        known = {"ingress": batch.path.ingress, "tep": batch.path.tep, "origin": batch.path.origin}
        columns = {
            name: np.where(self.table.column(name)[verdicts] != KEEP, self.table.column(name)[verdicts], column)
            for name, column in known.items()
        }
        local = batch.path.local | self.table.column("local")[verdicts]
        return replace(batch, path=Path(**columns, local=local))

    def tally(self) -> Tally:
        """What happened so far."""
        tally = Tally(self.stage.name, bytes_in=self._bytes_in, bytes_out=self._bytes_out)
        tally.absorbed = self._gatherer.absorbed
        tally.replicas = self._fragments
        tally.notes += Counter({str(Reason.FCS_REMOVED): self._had_fcs})
        tally.frames_in = tally.absorbed
        columns = (self.table.column(name).tolist() for name in ("copies", "rejected", "unchanged", "vnid"))
        found = zip(self._counts.tolist(), self.table.verdicts, *columns, strict=False)
        for count, verdict, copies, rejected, unchanged, vnid in found:
            tally.frames_in += count
            if not count:
                continue
            if rejected != NONE:
                tally.rejected[_REASONS[rejected]] += count
                continue
            tally.forwarded += count
            tally.replicas += count * (copies - 1)
            tally.unchanged += count * (unchanged == 1)
            if vnid != NONE:
                tally.vnids[vnid] += count
            for note in getattr(verdict, "notes", ()):
                tally.notes[str(note)] += count
            for kind in getattr(verdict, "loss", ()):
                tally.loss[kind] += count
        tally.add(self._past)
        tally.check()
        return tally

    def forward(self, number: int) -> Forward:
        """The verdict of a forwarded frame."""
        verdict = self.table.verdicts[number]
        assert isinstance(verdict, Forward)  # noqa: S101  (only such numbers are handed out as forwarded)
        return verdict


def _as_ethernet(batch: Batch, touched: NDArray[np.bool_]) -> Batch:
    """Frames that a stage made are Ethernet: those of another link type move to a twin of their interface."""
    foreign = [index for index in batch.present.tolist() if batch.interfaces[index].link_type != ETHERNET]
    if not foreign:
        return batch
    twins: tuple[Interface, ...] = tuple(replace(batch.interfaces[index], link_type=ETHERNET) for index in foreign)
    places = np.arange(len(batch.interfaces))
    places[foreign] = len(batch.interfaces) + np.arange(len(foreign))
    return replace(
        batch,
        interface=np.where(touched, places[batch.interface], batch.interface),
        interfaces=(*batch.interfaces, *twins),
        clock=batch.clock.with_twins(foreign),
    )
