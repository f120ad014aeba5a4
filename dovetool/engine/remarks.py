"""What is to be said about a frame, as a comment of its packet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dovetool.capture.batch import Batch
from dovetool.capture.pcapng import commented
from dovetool.engine.flow_table import Ids
from dovetool.engine.stage_runner import Outcome, StageRunner


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
