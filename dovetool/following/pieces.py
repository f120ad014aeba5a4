"""Outer fragments, and segments of STT, put together: a packet in a tunnel is followed whole, however it travels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from dovetool.capture.batch import Batch, Column
from dovetool.capture.framing import BARE
from dovetool.engine.stage_runner import StageRunner
from dovetool.errors import FrameError
from dovetool.frame.link_layer import link_layer
from dovetool.frame.selectors import Selectors
from dovetool.frame.view import FrameView
from dovetool.stages.opening import gathered
from dovetool.values import dataclass
from dovetool.verdict.verdict import Forward, Verdict

_MOST_HELD = 1 << 14
"""Pieces whose numbers are known; more are not held for packets that are not whole."""


@dataclass(frozen=True, slots=True)
class Join:
    """A stage that puts together what carries a tunnel, and changes nothing else."""

    selectors: Selectors

    name = "follow"
    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        try:
            link = link_layer(view)
            return Forward() if link is None else gathered(view, link, self.selectors, Forward())
        except FrameError:
            return Forward()


class Joiner:
    """Puts together the pieces of a capture."""

    def __init__(self, selectors: Selectors) -> None:
        self._runner = StageRunner(Join(selectors))
        self._times, self._numbers = np.zeros(0, np.int64), np.zeros(0, np.int64)

    def joined(self, batch: Batch, numbers: Column) -> Iterator[tuple[Batch, Column]]:
        """What has become whole with some frames, of these numbers (n,), and pieces that belong to no tunnel.

        The number of a packet is that of its last piece.
        """
        self._times = np.concatenate([self._times, batch.ts_ns])[-_MOST_HELD - len(batch) :]
        self._numbers = np.concatenate([self._numbers, numbers])[-_MOST_HELD - len(batch) :]
        for outcome in self._runner.process(batch, BARE):
            yield from self._numbered(outcome.forwarded)

    def rest(self) -> Iterator[tuple[Batch, Column]]:
        """What is still held at the end."""
        for outcome in self._runner.finish(BARE):
            yield from self._numbered(outcome.forwarded)

    def _numbered(self, made: Batch) -> Iterator[tuple[Batch, Column]]:
        if not len(made):
            return
        order = np.argsort(self._times, kind="stable")
        at = np.minimum(np.searchsorted(self._times[order], made.ts_ns, side="right") - 1, len(order) - 1)
        yield made, self._numbers[order[np.maximum(at, 0)]]
