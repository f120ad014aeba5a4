"""What the wanted frames of a capture are, whole.

A frame is looked at in three steps, and each is taken once for all frames that look the same in it: what it is built of
and whether it is wanted, what is wrong with it by the map, and the addresses and names that it has for itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.choosing import Chooser
from dovetool.analysis.frame_summary import Sight, Sighting
from dovetool.analysis.judging import Judging
from dovetool.capture.batch import Batch, Column
from dovetool.engine.completer import Completer
from dovetool.frame.view import FrameView
from dovetool.observe.located import Located

_MOST_FOUND = 1 << 15
"""Frames that look different of which all is kept; to look once more takes less time than to show a frame."""
_VERDICT_AT = 32
_BEGUN = (1 << _VERDICT_AT) - 1


@dataclass(slots=True)
class Sightings:
    """Looks at frames.

    Attributes:
        sight: looks at one.
    """

    sight: Sight
    _chooser: Chooser = field(init=False)
    _judging: Judging = field(init=False)
    _completer: Completer[int] = field(init=False)
    _generation: int = 0
    _found: list[Sighting] = field(default_factory=list)

    def __post_init__(self) -> None:
        change_times_ns = self.sight.names.change_times_ns
        self._chooser = Chooser(self.sight)
        self._judging = Judging(self.sight.judge, change_times_ns)
        self._completer = Completer(self._complete, self._places, int, change_times_ns)

    def of(self, batch: Batch) -> tuple[Column, list[Sighting]]:
        """The rows (m,) of the wanted frames of a batch, and what each of them is."""
        rows, begun = self._chooser.choose(batch)
        if not len(rows):
            return rows, []
        if len(self._found) > _MOST_FOUND or self._chooser.generation != self._generation:
            self._generation, self._found = self._chooser.generation, []
            self._completer.forget()
        part = batch if len(rows) == len(batch) else batch.take(rows)
        steps: NDArray[np.int64] = self._judging.numbers(part).astype(np.int64) << _VERDICT_AT | begun
        return rows, [self._found[number] for number in self._completer.numbers(part, steps).tolist()]

    def _complete(self, steps: int, view: FrameView, located: Located) -> list[int]:
        """The numbers of what was seen of some frames that began alike, were judged alike, and agree in time."""
        seen, verdict = self._chooser.begun(steps & _BEGUN).seen, self._judging.verdicts[steps >> _VERDICT_AT]
        known: dict[tuple[bytes, ...], int] = {}
        numbers = []
        for values in located.frames():
            number = known.setdefault(values, len(self._found))
            if number == len(self._found):
                whole = seen.with_values(dict(zip(located.values, values, strict=True)))
                self._found.append(self.sight.complete(whole, verdict, view))
            numbers.append(number)
        return numbers

    def _places(self, steps: int) -> tuple[tuple[int, int], ...]:
        return self._chooser.begun(steps & _BEGUN).seen.places
