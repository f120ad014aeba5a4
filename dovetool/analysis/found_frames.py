"""The frames of a batch that a user wants to see: one by one, or those that look the same together, in columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.frame_summary import Sighting
from dovetool.analysis.single_frame import KnownFrame, known_frame
from dovetool.analysis.summaries import Alike, Sightings
from dovetool.capture.batch import Batch, Column
from dovetool.capture.pcapng import distinct_comments
from dovetool.values import dataclass
from dovetool.verdict.verdict import Frame


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A frame that is shown.

    Attributes:
        known: its octets, number and time.
        sighting: what it is.
        comments: what a pcapng file says about its packet.
    """

    known: KnownFrame
    sighting: Sighting
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundFrames:
    """n wanted frames of a batch, in order; to be looked at before the next batch is.

    Attributes:
        batch: these alone.
        numbers: (n,) their numbers in the capture.
        steps: (n,) what each of them is, as far as frames were looked at once for all that look the same.
        sightings: looks at the rest.
    """

    batch: Batch
    numbers: Column
    steps: NDArray[np.int64]
    sightings: Sightings

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[SeenFrame]:
        """One frame after the other, with all that was seen of it."""
        if not len(self):
            return
        sightings, comments, numbers = self.sightings.complete(self.batch, self.steps), self.comments(), self.numbers
        told = zip(numbers.tolist(), self.batch.exact_times(), sightings, strict=True)
        for row, (number, ts_ns, sighting) in enumerate(told):
            yield SeenFrame(known_frame(self.batch, row, number, ts_ns), sighting, comments(row) if comments else ())

    def first(self, most: int | None) -> Self:
        """The first frames, as many as that at most; None: all."""
        if most is None or most >= len(self):
            return self
        return replace(self, batch=self.batch.first(most), numbers=self.numbers[:most], steps=self.steps[:most])

    def alike(self) -> Sequence[Alike]:
        """The frames that look the same, together, with what each has for itself."""
        return self.sightings.alike(self.batch, self.steps)

    def look_numbers(self) -> NDArray[np.int32]:
        """The number (n,) of the look of each, among those of the sightings."""
        return self.sightings.look_numbers(self.batch, self.steps)

    def frames(self) -> list[Frame]:
        """The octets of each, and its length on the wire."""
        octets, batch = self.batch.octets.tobytes(), self.batch
        columns = zip(batch.offset.tolist(), batch.caplen.tolist(), batch.wire_len.tolist(), strict=True)
        return [Frame(octets[start : start + length], wire_len) for start, length, wire_len in columns]

    def comments(self) -> Callable[[int], tuple[str, ...]] | None:
        """A function that gives the comments of the packet of a row; None where there are none."""
        if self.batch.annex is None:
            return None
        found, which = distinct_comments(self.batch.annex)
        return lambda row: found[int(which[row])]
