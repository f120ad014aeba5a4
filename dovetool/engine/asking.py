"""What is asked of each frame of a flow, for many frames at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dovetool.capture.batch import Batch, Column
from dovetool.engine import kernel
from dovetool.engine.flow_table import Numbered
from dovetool.engine.threads import THREADS

if TYPE_CHECKING:
    from dovetool.verdict.check import Check


class Asking:
    """Questions that are asked together, by number."""

    def __init__(self) -> None:
        self._questions = kernel.Questions()
        self._asked: Numbered[tuple[Check, ...]] = Numbered()

    def __len__(self) -> int:
        return len(self._asked.values)

    def checks(self, number: int) -> tuple[Check, ...]:
        """The questions of a number."""
        return self._asked.values[number]

    def number(self, checks: tuple[Check, ...]) -> int:
        """The number of some questions."""
        number = self._asked.number(checks)
        if len(self) > len(self._questions):
            self._questions.add(tuple(check.question for check in checks))
        return number

    def answers(self, number: int, batch: Batch, rows: Column) -> Column:
        """The place (m,) of the answers of the frames `rows` (m,) among the `combinations`; 0: all is well."""
        places: Column = np.zeros(len(rows), np.int64)
        frames = batch.octets, batch.offset, batch.caplen, batch.orig_len, rows, places
        THREADS.share(lambda start, stop: self._questions.answers(number, *frames, start, stop), len(rows))
        return places
