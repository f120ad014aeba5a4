"""What a run writes besides its output: comments on packets, rejected frames, and a capture of each hop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from dovetool.capture.batch import Batch, Column, Passage
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.pcapng import INTERFACE, SECTION, PcapngWriter, commented
from dovetool.capture.writer import create_pcapng
from dovetool.engine.counts import REASONS
from dovetool.engine.file_names import directory_for_files
from dovetool.engine.flow_table import Ids
from dovetool.engine.stage_runner import Outcome, StageRunner
from dovetool.stages.stage import Stage, hops_of, is_beyond_tep


class CommentedFrames:
    """Takes chosen frames of a capture, in the order in which they come.

    Attributes:
        writer: writes the pcapng file.
    """

    def __init__(self, writer: PcapngWriter) -> None:
        self.writer = writer
        self._little = True

    def pass_on(self, passage: Passage) -> None:
        """Sections and interfaces of the input are needed here too; other blocks are not."""
        if passage.kind == SECTION:
            self._little = passage.little
        if passage.kind in (SECTION, INTERFACE):
            self.writer.pass_on(passage)

    def write(self, batch: Batch, texts: Sequence[str], which: Column) -> None:
        """Write the frames of a batch; the comment of each (n,) is the text of that number."""
        self.writer.write(commented(batch, texts, which, self._little))


class Rejects(CommentedFrames):
    """Takes the rejected frames of every stage, in the order in which they were rejected."""

    def keep(self, outcome: Outcome) -> None:
        """Write the frames that a stage rejected."""
        if len(outcome.rejected):
            self.write(outcome.source.take(outcome.rejected), REASONS, np.asarray(outcome.reasons, np.int64))


def with_remarks(outcome: Outcome, runner: StageRunner) -> Batch:
    """The forwarded frames, with comments where there is something to say: what was seen and done, or was lost."""
    if not len(outcome.verdicts) or not runner.table.column("remarked")[outcome.verdicts].any():
        return outcome.forwarded
    return remarked(outcome.forwarded, outcome.verdicts, lambda number: _remark(runner, number))


def _remark(runner: StageRunner, number: int) -> str:
    verdict = runner.forward(number)
    return verdict.remark or (f"lost: {', '.join(verdict.loss)}" if verdict.loss else "")


def remarked(batch: Batch, numbers: Ids, text_of: Callable[[int], str]) -> Batch:
    """The frames of a batch with the comment that stands for the number (n,) of each; none where it is empty."""
    present = np.flatnonzero(np.bincount(numbers)).tolist()
    texts = {number: text for number in present if (text := text_of(number))}
    if not texts:
        return batch
    place = np.full(present[-1] + 1, -1, np.int64)
    place[list(texts)] = np.arange(len(texts))
    return commented(batch, list(texts.values()), place[numbers])


def tap_files(directory: Path, stages: Sequence[Stage]) -> list[Path]:
    """The capture of each hop."""
    return [directory / f"{hop}.pcapng" for hop in hops_of(stages)]


def open_taps(
    directory: Path,
    stages: Sequence[Stage],
    reader: OpenCapture,
    files: ExitStack,
    underlay_name: Callable[[str], str] | None = None,
) -> tuple[PcapngWriter, ...]:
    """A pcapng writer for each hop, `DIR/1-vm.pcapng` and so on.

    Args:
        directory: made when it is not there yet.
        stages: what happens between the hops.
        reader: the input of the run.
        files: completes the files, or removes them after an error.
        underlay_name: what an interface is called where its frames have left their tunnel end point.
    """
    files.enter_context(directory_for_files(directory))
    targets = [files.enter_context(CaptureTarget(path)) for path in tap_files(directory, stages)]
    return tuple(
        create_pcapng(target.write, reader, grows=True, rename=underlay_name if is_beyond_tep(hop) else None)
        for hop, target in zip(hops_of(stages), targets, strict=True)
    )
