"""Choose the frames of a batch by what they are, once for all frames that look the same."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column
from dovetool.pipeline.classify import MANY, Classifier
from dovetool.pipeline.completing import Completer
from dovetool.pipeline.key_table import Ids
from dovetool.stages.sighting import Sight, Sighting
from dovetool.stages.view import FrameView

_NONE: NDArray[np.bool_] = np.zeros(0, np.bool_)


@dataclass(slots=True)
class Chooser:
    """Chooses frames.

    Attributes:
        sight: looks at frames, and chooses by what they are.
    """

    sight: Sight
    _classifier: Classifier[Sighting] = field(init=False)
    _completer: Completer = field(init=False)
    _generation: int = 0
    _chosen: NDArray[np.bool_] = field(default_factory=lambda: _NONE)
    _sightings: list[Sighting] = field(default_factory=list)

    def __post_init__(self) -> None:
        change_times_ns = self.sight.names.change_times_ns
        self._classifier = Classifier(self.sight.begin, change_times_ns, most=MANY)
        self._completer = Completer(self._complete, self._places, change_times_ns)

    def choose(self, batch: Batch) -> tuple[Column, list[Sighting]]:
        """The rows (m,) of the wanted frames of a batch, and what each of them is."""
        numbers, wanted = self._judge(batch)
        rows = np.flatnonzero(wanted)
        if not len(rows):
            return rows, []
        if len(self._sightings) > MANY:
            self._forget_sightings()
        part = batch if len(rows) == len(batch) else batch.take(rows)
        return rows, [self._sightings[number] for number in self._completer.numbers(part, numbers[rows]).tolist()]

    def _complete(self, begun: int, view: FrameView) -> int:
        self._sightings.append(self.sight.complete(self._classifier.answers[begun], view))
        return len(self._sightings) - 1

    def _places(self, begun: int) -> tuple[tuple[int, int], ...]:
        return self._classifier.answers[begun].seen.places

    def _forget_sightings(self) -> None:
        self._sightings = []
        self._completer.forget()

    def chosen(self, batch: Batch) -> Batch:
        """The wanted frames of a batch."""
        _, wanted = self._judge(batch)
        return batch if wanted.all() else batch.take(np.flatnonzero(wanted))

    def _judge(self, batch: Batch) -> tuple[Ids, NDArray[np.bool_]]:
        """The numbers (n,) of the answers about the frames of a batch, and which (n,) are wanted."""
        numbers = self._classifier.numbers(batch)
        if self._classifier.generation != self._generation:
            self._generation, self._chosen = self._classifier.generation, _NONE
            self._forget_sightings()
        fresh = self._classifier.answers[len(self._chosen) :]
        self._chosen = np.concatenate([self._chosen, np.array([answer.is_wanted for answer in fresh], np.bool_)])
        return numbers, self._chosen[numbers]


@dataclass(frozen=True, slots=True)
class Choices:
    """Which frames a run is about; None: all.

    Attributes:
        before: chooses from what is read; the stages get to see no other frames.
        after: chooses from what comes out of the last stage.
    """

    before: Chooser | None = None
    after: Chooser | None = None

    @property
    def are_some(self) -> bool:
        """True when not all frames are wanted."""
        return self.before is not None or self.after is not None
