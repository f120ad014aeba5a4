"""Rejected frames, kept in a pcapng file with the reason as the comment of each packet."""

from __future__ import annotations

import numpy as np

from dovetool.engine.commented_frames import CommentedFrames
from dovetool.engine.stage_runner import Outcome
from dovetool.verdict.reasons import Reason

_TEXTS = [str(reason) for reason in Reason]


class Rejects(CommentedFrames):
    """Takes the rejected frames of every stage, in the order in which they were rejected."""

    def keep(self, outcome: Outcome) -> None:
        """Write the frames that a stage rejected."""
        if len(outcome.rejected):
            self.write(outcome.source.take(outcome.rejected), _TEXTS, np.asarray(outcome.reasons, np.int64))
