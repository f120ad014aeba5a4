"""Frames that are cut: of each as many octets stay as its kind may keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dovetool.capture.batch import Batch
from dovetool.engine.flow_table import Classifier
from dovetool.frame.view import FrameView

_MOST_ANSWERS = 1 << 16


class Shortening:
    """Cuts frames by what a question says of each kind of them."""

    def __init__(self, keep: Callable[[FrameView], int]) -> None:
        """Ask `keep` how many octets of a frame may stay; below 0: all."""
        self._classifier: Classifier[int] = Classifier(keep, most=_MOST_ANSWERS)

    def shortened(self, batch: Batch) -> Batch:
        """The frames, as long on the wire as before."""
        if not len(batch):
            return batch
        numbers = self._classifier.numbers(batch)
        most = np.array(self._classifier.answers, np.int64)[numbers]
        is_cut = (most >= 0) & (most < batch.caplen)
        if not is_cut.any():
            return batch
        caplen = np.where(is_cut, most, batch.caplen)
        return replace(batch, caplen=caplen, orig_len=batch.wire_len, framed_for=None)
