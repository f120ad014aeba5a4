"""What is to be said about a forwarded frame, as a comment of its packet."""

from __future__ import annotations

import numpy as np

from dovetool.capture.batch import Batch
from dovetool.capture.pcapng import commented
from dovetool.pipeline.stage_runner import Outcome, StageRunner


def with_losses(outcome: Outcome, runner: StageRunner) -> Batch:
    """The forwarded frames; those that lost something in their new form have a comment that tells what."""
    if not runner.table.column("lossy")[outcome.verdicts].any():
        return outcome.forwarded
    texts: list[str] = []
    which = np.full(len(outcome.verdicts), -1, np.int64)
    for number in np.flatnonzero(np.bincount(outcome.verdicts)).tolist():
        loss = runner.forward(number).loss
        if loss:
            which[outcome.verdicts == number] = len(texts)
            texts.append(f"lost: {', '.join(loss)}")
    return commented(outcome.forwarded, texts, which)
