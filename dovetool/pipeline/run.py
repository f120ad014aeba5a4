"""Carry a capture through stages: read, decide, apply, write, and account for every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.batch import Path as FramePath
from dovetool.capture.framing import BARE
from dovetool.capture.reader import CaptureReader
from dovetool.capture.writer import CaptureWriter
from dovetool.errors import CorruptCaptureError
from dovetool.pipeline.rejects import Rejects
from dovetool.pipeline.split import Splitter
from dovetool.pipeline.stage_runner import StageRunner
from dovetool.pipeline.tally import Tally
from dovetool.stages.path import UNDERLAY
from dovetool.stages.stage import Stage

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the frames of a run go.

    Attributes:
        writer: takes the frames that come out of the last stage.
        rejects: keeps the frames that a stage rejected.
        taps: a writer before the first stage, and one behind each stage; empty when nobody looks.
        splitter: gets a copy of what comes out of the last stage.
    """

    writer: CaptureWriter
    rejects: Rejects | None = None
    taps: Sequence[CaptureWriter] = ()
    splitter: Splitter | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended.

    Attributes:
        tallies: one a stage.
        damage: what is wrong with the input from some point on; everything before it was processed.
    """

    tallies: tuple[Tally, ...]
    damage: CorruptCaptureError | None = None


@dataclass(slots=True)
class Pipeline:
    """Stages in a row, at work."""

    stages: Sequence[Stage]
    outputs: Outputs
    runners: list[StageRunner] = field(init=False)

    def __post_init__(self) -> None:
        self.runners = [StageRunner(stage) for stage in self.stages]

    def feed(self, batch: Batch) -> None:
        """Put a batch through all stages."""
        if len(self.runners) > 1:
            batch = replace(batch, path=_unknown_path(len(batch)))
        self._tap(0, batch)
        last = len(self.runners) - 1
        for number, runner in enumerate(self.runners):
            outcome = runner.process(batch, self.outputs.writer.framing if number == last else BARE)
            if self.outputs.rejects is not None:
                self.outputs.rejects.keep(batch, outcome)
            self._tap(number + 1, outcome.forwarded)
            if number == last and self.outputs.splitter is not None:
                self.outputs.splitter.keep(outcome, runner)
            batch = outcome.forwarded
            if not len(batch):
                return
        self.outputs.writer.write(batch)

    def pass_on(self, passage: Passage) -> None:
        """Take a block without a frame to all outputs."""
        outputs = self.outputs
        for writer in (outputs.writer, *outputs.taps, outputs.rejects, outputs.splitter):
            if writer is not None:
                writer.pass_on(passage)

    def _tap(self, hop: int, batch: Batch) -> None:
        if not self.outputs.taps:
            return
        if hop == UNDERLAY and batch.path is not None:
            batch = batch.take(np.flatnonzero(batch.path.local == 0))
        if len(batch):
            self.outputs.taps[hop].write(replace(batch, framed_for=None))

    def tallies(self) -> tuple[Tally, ...]:
        """The counts of the stages."""
        return tuple(runner.tally() for runner in self.runners)


def _unknown_path(count: int) -> FramePath:
    unknown = np.full(count, -1, np.int64)
    return FramePath(unknown, unknown, np.zeros(count, np.int64))


def run(reader: CaptureReader, pipeline: Pipeline, progress: Progress | None = None) -> Result:
    """Read a capture to its end and put it through a pipeline.

    Args:
        reader: the input.
        pipeline: stages and outputs.
        progress: called with the number of octets read so far.

    Returns:
        The tallies. Damage to the input ends the run early; it is part of the result, and not raised.
    """
    damage = None
    try:
        for item in reader:
            if isinstance(item, Passage):
                pipeline.pass_on(item)
            else:
                pipeline.feed(item)
            if progress is not None:
                progress(reader.position)
    except CorruptCaptureError as error:
        damage = error
    return Result(pipeline.tallies(), damage)
