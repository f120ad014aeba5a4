"""Conversations: groups whose ports are read from all frames of a batch at once, as every one may have others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import gather
from dovetool.pipeline.key_table import Ids

_WORD = 0xFFFF


class Conversations:
    """The places of groups, by what is known of a frame but for its ports, and these."""

    def __init__(self, ask: Callable[[int, int, int], int]) -> None:
        """Ask about conversations that are new; `ask` takes a number, source and target port, and gives a place."""
        self._ask = ask
        self._known: dict[int, int] = {}

    def places(self, batch: Batch, rows: Column, numbers: Ids, ports_at: Column) -> Column:
        """The place (m,) of the conversation of each of some frames.

        Args:
            batch: n frames.
            rows: (m,) which of them.
            numbers: (m,) what is known about each.
            ports_at: (m,) where its source and target port stand.
        """
        ports = gather(batch.octets, batch.offset[rows] + ports_at, 4).view(">u4").astype(np.int64)
        wanted, frames = np.unique(numbers.astype(np.int64) << 32 | ports, return_inverse=True)
        found: Column = np.array([self._place(each) for each in wanted.tolist()], np.int64)[frames]
        return found

    def _place(self, wanted: int) -> int:
        if wanted not in self._known:
            self._known[wanted] = self._ask(wanted >> 32, wanted >> 16 & _WORD, wanted & _WORD)
        return self._known[wanted]

    def forget(self) -> None:
        """The numbers begin again."""
        self._known.clear()
