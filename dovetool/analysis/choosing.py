"""Choose the frames of a batch by what they are, once for all frames that look the same."""

from __future__ import annotations

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.frame_summary import Sight, Sighting
from dovetool.capture.batch import Batch, Column
from dovetool.engine.flow_table import MANY, Classifier, Ids
from dovetool.values import dataclass

_NONE: NDArray[np.bool_] = np.zeros(0, np.bool_)


@dataclass(slots=True)
class Chooser:
    """Chooses frames.

    Attributes:
        sight: looks at frames, and chooses by what they are.
    """

    sight: Sight
    _classifier: Classifier[Sighting] = field(init=False)
    _generation: int = 0
    _chosen: NDArray[np.bool_] = field(default_factory=lambda: _NONE)

    def __post_init__(self) -> None:
        self._classifier = Classifier(self.sight.begin, self.sight.names.change_times_ns, most=MANY)

    def chosen(self, batch: Batch) -> Batch:
        """The wanted frames of a batch."""
        rows, _ = self.choose(batch)
        return batch if len(rows) == len(batch) else batch.take(rows)

    def choose(self, batch: Batch) -> tuple[Column, Ids]:
        """The rows (m,) of the wanted frames of a batch, and the number of what each of them is."""
        numbers = self._classifier.numbers(batch)
        if self._classifier.generation != self._generation:
            self._generation, self._chosen = self._classifier.generation, _NONE
        fresh = self._classifier.answers[len(self._chosen) :]
        self._chosen = np.concatenate([self._chosen, np.array([answer.is_wanted for answer in fresh], np.bool_)])
        rows = np.flatnonzero(self._chosen[numbers])
        return rows, numbers[rows]

    @property
    def generation(self) -> int:
        """How often all was forgotten; numbers begin again then."""
        return self._generation

    def begun(self, number: int) -> Sighting:
        """What frames are as far as they were looked at, by number."""
        return self._classifier.answers[number]
