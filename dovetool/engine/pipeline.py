"""Carry a capture through stages: read, decide, apply, write, and account for every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dovetool.capture.batch import Batch, Column, Framing, Passage
from dovetool.capture.batch import Path as FramePath
from dovetool.capture.framing import BARE
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.pcapng import SECTION
from dovetool.capture.writer import CaptureWriter
from dovetool.engine.fates import Fates
from dovetool.engine.flow_table import Ids
from dovetool.engine.one_each import OneEach
from dovetool.engine.reading import Progress, read_through
from dovetool.engine.reassembly import Bounds
from dovetool.engine.side_outputs import Rejects, with_remarks
from dovetool.engine.stage_runner import Outcome, StageRunner
from dovetool.engine.tally import Tally
from dovetool.engine.tenants import Tenants, tenancy
from dovetool.errors import CorruptCaptureError
from dovetool.observe.share import Share
from dovetool.stages.stage import Stage, hops_of, is_beyond_tep, is_of_gateway
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.engine.sieve import Sieve
    from dovetool.engine.split_writer import Splitter


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the frames of a run go.

    Attributes:
        writer: takes the frames that come out of the last stage.
        rejects: keeps the frames that a stage rejected.
        taps: a writer before the first stage, and one behind each stage; empty when nobody looks.
        splitter: gets a copy of what comes out of the last stage.
        tenants: tells the writer the virtual network of frames that no longer show it.
    """

    writer: CaptureWriter
    rejects: Rejects | None = None
    taps: Sequence[CaptureWriter] = ()
    splitter: Splitter | None = None
    tenants: Tenants | None = None


Choose = Callable[[Batch], Batch]
"""Gives the wanted frames of a batch."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Which frames a run is about; None: all.

    Attributes:
        before: chooses from what is read; the stages get to see no other frames.
        after: chooses from what comes out of the last stage.
    """

    before: Choose | None = None
    after: Choose | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended.

    Attributes:
        tallies: one a stage.
        total: one over all stages, in which each frame that came in counts once.
        damage: what is wrong with the input from some point on; everything before it was processed.
    """

    tallies: tuple[Tally, ...]
    total: Tally
    damage: CorruptCaptureError | None = None


@dataclass(slots=True)
class Pipeline:
    """Stages in a row, at work.

    Attributes:
        stages: what they decide.
        outputs: where the frames go.
        bounds: how much may be held of packets that come in pieces.
        choices: which frames go in, and which of those that come out are written.
        sieve: rejects duplicates before the first stage, which is the only one; None: they are none.
    """

    stages: Sequence[Stage]
    outputs: Outputs
    bounds: Bounds = field(default_factory=Bounds)
    choices: Choices = field(default_factory=Choices)
    sieve: Sieve | None = None
    runners: list[StageRunner] = field(init=False)
    _one_each: OneEach = field(init=False, default_factory=OneEach)
    _fates: Fates = field(init=False, default_factory=Fates)

    def __post_init__(self) -> None:
        self.runners = [StageRunner(stage, self.bounds) for stage in self.stages]

    def feed(self, batch: Batch) -> None:
        """Put a batch through all stages."""
        if self.choices.before is not None:
            batch = self.choices.before(batch)
        if self.sieve is not None:
            batch = self.sieve.sifted(batch, self.outputs.rejects)
        if len(self.runners) > 1:
            batch = replace(batch, path=_unknown_path(self._fates.begin(len(batch))))
        self._tap(0, batch)
        self._carry(batch, 0)
        self._fates.settle()

    def _carry(self, batch: Batch, first: int) -> None:
        """Put a batch through the stages from number `first` on."""
        if not len(batch):
            return
        if first < len(self.runners):
            for outcome in self.runners[first].process(batch, self._framing(first)):
                self._carry(self._keep(first, outcome), first + 1)
            return
        if self.choices.after is not None:
            batch = self.choices.after(batch)
        if len(batch):
            self.outputs.writer.write(batch)

    def _framing(self, number: int) -> Framing:
        return self.outputs.writer.framing if number == len(self.runners) - 1 else BARE

    def _keep(self, number: int, outcome: Outcome) -> Batch:
        """Let the other outputs have what is theirs of a stage's outcome; returns what goes on."""
        outputs, runner, made = self.outputs, self.runners[number], outcome.forwarded
        self._fates.reject(outcome)
        if number == len(self.runners) - 1:
            self._fates.come_out(made)
        if outputs.rejects is not None:
            outputs.rejects.keep(outcome)
        if outputs.writer.framing.has_options:
            made = with_remarks(outcome, runner)
        if outputs.tenants is not None and len(made) and number == len(self.runners) - 1:
            made = outputs.tenants.kept(made, tenancy(outcome.verdicts, runner.table))
        self._tap(number + 1, made)
        if number == len(self.runners) - 1 and outputs.splitter is not None:
            self._split(outputs.splitter, made, outcome.verdicts)
        return made

    def _split(self, splitter: Splitter, made: Batch, verdicts: Ids) -> None:
        """Give each VM the frames that it gets, and of the copies of a broadcast one."""
        runner = self.runners[-1]
        rows = np.flatnonzero(runner.table.column("copy")[verdicts])
        if len(rows):
            kept = np.ones(len(made), np.bool_)
            kept[rows] = self._one_each.is_first(made, rows)
            made, verdicts = made.take(np.flatnonzero(kept)), verdicts[kept]
        splitter.write(made, verdicts, lambda verdict: _receivers(runner, verdict))

    def finish(self) -> None:
        """Settle what the stages still hold, at the end of the capture or of a section."""
        for number, runner in enumerate(self.runners):
            for outcome in runner.finish(self._framing(number)):
                self._carry(self._keep(number, outcome), number + 1)

    def pass_on(self, passage: Passage) -> None:
        """Take a block without a frame to all outputs."""
        outputs = self.outputs
        if passage.kind == SECTION:
            self.finish()
            if outputs.tenants is not None:
                outputs.tenants.begin_section()
        for writer in (outputs.writer, *outputs.taps, outputs.rejects, outputs.splitter):
            if writer is not None:
                writer.pass_on(passage)

    def _tap(self, hop: int, batch: Batch) -> None:
        if not self.outputs.taps:
            return
        name, path = hops_of(self.stages)[hop], batch.path
        if path is not None and is_beyond_tep(name):
            is_there = (path.local == 0) & (path.tep >= 0) if is_of_gateway(name) else path.local == 0
            batch = batch.take(np.flatnonzero(is_there))
        if len(batch):
            self.outputs.taps[hop].write(replace(batch, framed_for=None))

    def tallies(self) -> tuple[Tally, ...]:
        """The counts of the stages."""
        tallies = tuple(runner.tally() for runner in self.runners)
        if self.sieve is not None:
            self.sieve.add_to(tallies[0])
        return tallies

    def total(self, tallies: tuple[Tally, ...]) -> Tally:
        """One tally over all stages."""
        return tallies[0] if len(tallies) == 1 else self._fates.total(tallies)


def _receivers(runner: StageRunner, verdict: int) -> list[Share]:
    return [Share(name, is_given=True) for name in runner.forward(verdict).receivers]


def _unknown_path(numbers: Column) -> FramePath:
    unknown = np.full(len(numbers), -1, np.int64)
    return FramePath(unknown, unknown, unknown, np.zeros(len(numbers), np.int64), numbers)


class Work(Protocol):
    """What is done with the frames of a capture."""

    def feed(self, batch: Batch) -> None:
        """Take a batch."""

    def pass_on(self, passage: Passage) -> None:
        """Take a block without a frame."""

    def finish(self) -> None:
        """Settle what is still held, at the end."""

    def tallies(self) -> tuple[Tally, ...]:
        """The counts."""

    def total(self, tallies: tuple[Tally, ...]) -> Tally:
        """These counts in one, in which each frame that came in counts once."""


def run(reader: OpenCapture, work: Work, progress: Progress | None = None) -> Result:
    """Read a capture to its end and put it through a work.

    Args:
        reader: the input.
        work: what is done with its frames.
        progress: called with the number of octets read so far.

    Returns:
        The tallies. Damage to the input ends the run early; it is part of the result, and not raised.
    """
    damage = read_through(reader, work.feed, work.pass_on, progress)
    work.finish()
    tallies = work.tallies()
    return Result(tallies, work.total(tallies), damage)
