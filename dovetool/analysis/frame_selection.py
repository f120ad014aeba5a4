"""Find the frames of a capture that a user wants to see: by number, by time, and by what they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.found_frames import FoundFrames
from dovetool.analysis.frame_summary import Sight
from dovetool.analysis.summaries import Sightings
from dovetool.capture.batch import Batch, Column
from dovetool.engine.duplicates import Duplicates
from dovetool.values import dataclass

Ranges = tuple[tuple[int, int], ...]
"""First and last of numbers."""
NO_END = 1 << 62


@dataclass(frozen=True, slots=True)
class Window:
    """Which frames are looked at, whatever they are.

    Attributes:
        numbers: ranges of frame numbers, ascending; empty for all.
        first_ns: no frame before this time, in ns since 1970.
        last_ns: no frame after it.
        first_after_ns: no frame before this span of ns after the capture's first frame; None: it does not matter.
        last_after_ns: no frame after that one, likewise.
    """

    numbers: Ranges = ()
    first_ns: int = -NO_END
    last_ns: int = NO_END
    first_after_ns: int | None = None
    last_after_ns: int | None = None

    @property
    def last_number(self) -> int:
        """The last frame that may be wanted."""
        return self.numbers[-1][1] if self.numbers else NO_END

    def begun(self, start_ns: int) -> Self:
        """The same in times alone, for a capture whose first frame was seen at that time."""
        first_ns = self.first_ns if self.first_after_ns is None else start_ns + self.first_after_ns
        last_ns = self.last_ns if self.last_after_ns is None else start_ns + self.last_after_ns
        return replace(self, first_ns=first_ns, last_ns=last_ns, first_after_ns=None, last_after_ns=None)

    def rows(self, batch: Batch) -> Column:
        """The rows (m,) of a batch that lie in it; it must have `begun` where spans matter."""
        inside: NDArray[np.bool_] = np.ones(len(batch), np.bool_)
        if self.numbers:
            number = batch.first_number + np.arange(len(batch))
            inside = np.zeros(len(batch), np.bool_)
            for first, last in self.numbers:
                inside |= (number >= first) & (number <= last)
        if self.first_ns != -NO_END or self.last_ns != NO_END:
            ts_ns = batch.ts_ns
            inside &= (ts_ns >= self.first_ns) & (ts_ns <= self.last_ns)
        return np.flatnonzero(inside)


@dataclass(slots=True)
class Picker:
    """Picks frames by number and time, and by what another tool chose; it is given all batches of a capture in order.

    Attributes:
        window: chooses by number and time.
        start_ns: time of the capture's first frame, once it was seen.
        has_begun: it was seen.
        duplicates: those that it knows are not picked; None: they are as good as others.
    """

    window: Window
    start_ns: int = 0
    has_begun: bool = False
    duplicates: Duplicates | None = None
    _numbers: Iterator[int] | None = None
    _next: int = NO_END

    def pick_among(self, numbers: Iterator[int]) -> None:
        """Pick no frames but those of these numbers, which come in ascending order."""
        self._numbers, self._next = numbers, next(numbers, NO_END)

    def rows(self, batch: Batch) -> Column:
        """The rows (m,) of the frames of a batch that are picked."""
        if not self.has_begun and len(batch):
            self.start_ns, self.has_begun = next(batch.exact_times()), True
            self.window = self.window.begun(self.start_ns)
        rows = self.window.rows(batch)
        if self.duplicates is not None:
            rows = rows[~self.duplicates.of(batch)[rows]]
        return rows if self._numbers is None else np.intersect1d(rows, self._numbered(batch), assume_unique=True)

    def _numbered(self, batch: Batch) -> Column:
        """The rows (m,) of a batch whose numbers may be picked."""
        end, found = batch.first_number + len(batch), []
        while self._numbers is not None and self._next < end:
            found.append(self._next - batch.first_number)
            self._next = next(self._numbers, NO_END)
        return np.array(found, np.int64)

    def picked(self, batch: Batch) -> Batch:
        """The frames of a batch that are picked."""
        rows = self.rows(batch)
        return batch if len(rows) == len(batch) else batch.take(rows)

    def is_done(self, batch: Batch) -> bool:
        """True when no frame behind a batch can be picked."""
        is_behind = batch.first_number + len(batch) > self.window.last_number
        return is_behind or (self._numbers is not None and self._next == NO_END)


@dataclass(slots=True)
class Finder:
    """Finds the frames that are wanted.

    Attributes:
        sight: looks at frames, and chooses by what they are.
        picker: chooses by what else there is.
    """

    sight: Sight
    picker: Picker
    _sightings: Sightings = field(init=False)

    def __post_init__(self) -> None:
        self._sightings = Sightings(self.sight)

    def found(self, batch: Batch) -> FoundFrames:
        """The wanted frames of a batch, in order."""
        picked = self.picker.rows(batch)
        part = batch if len(picked) == len(batch) else batch.take(picked)
        rows, steps = self._sightings.begin(part) if len(picked) else (picked, picked)
        chosen = part if len(rows) == len(part) else part.take(rows)
        return FoundFrames(chosen, batch.first_number + picked[rows], steps, self._sightings)

    def look(self, batch: Batch, numbers: Column) -> FoundFrames:
        """The frames of a batch, all of which are wanted, and have these numbers (n,)."""
        _, steps = self._sightings.begin(batch) if len(batch) else (numbers, numbers)
        return FoundFrames(batch, numbers, steps, self._sightings)
