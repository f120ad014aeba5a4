"""The texts of rows, made when they are shown, and kept for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import NamedTuple

import numpy as np

from dovetool.analysis.columns import FrameTable, LookTable, cells_of
from dovetool.analysis.found_frames import FoundFrames, SeenFrame
from dovetool.analysis.frame_summary import Sight
from dovetool.analysis.indexed import IndexedCapture
from dovetool.analysis.summaries import Sightings
from dovetool.browse.list_columns import ListedFrames
from dovetool.capture.batch import Batch, Column
from dovetool.values import dataclass
from dovetool.views.frames.list_cells import LookCells

_MOST_KEPT = 4096


class RowText(NamedTuple):
    """A row as it is shown.

    Attributes:
        cells: a text for each column.
        vnid: the network of the innermost frame, for its colour; None without one.
        is_bad: there is something wrong with it by the map, or it could not be read to its end.
    """

    cells: tuple[str, ...]
    vnid: int | None
    is_bad: bool


@dataclass(slots=True)
class RowTexts:
    """Makes texts; for one thread.

    Attributes:
        capture: where the frames are.
        sight: looks at frames; it wants all of them.
        columns: names of those of the list.
    """

    capture: IndexedCapture
    sight: Sight
    columns: tuple[str, ...]
    _sightings: Sightings = field(init=False)
    _table: LookTable = field(init=False)
    _looks: list[LookCells] = field(default_factory=list)
    _generation: int = 0
    _start_ns: int | None = None
    _kept: dict[int, RowText] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sightings, self._table = Sightings(self.sight), LookTable(self.sight.names)

    def choose(self, columns: tuple[str, ...]) -> None:
        """Show other columns from now on."""
        self.columns = columns
        self._kept.clear()

    def texts(self, rows: Column) -> list[RowText]:
        """What is shown of rows (n,), which ascend."""
        missing = [row for row in rows.tolist() if row not in self._kept]
        if missing:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
                missing = rows.tolist()
            for batch, numbers in self._batches(np.array(missing, np.int64)):
                self._kept |= zip((numbers - 1).tolist(), self._made(batch, numbers), strict=True)
        return [self._kept[row] for row in rows.tolist()]

    def columns_of(self, rows: Column) -> Iterator[tuple[Column, list[list[str]]]]:
        """The texts of rows (n,), column by column, some rows after the other; nothing of it is kept."""
        for batch, numbers in self._batches(rows):
            listed = self._listed(self._found(batch, numbers))
            yield numbers - 1, [listed.texts(name) for name in self.columns]

    def values(self, row: int, names: Sequence[str]) -> list[str | int | None]:
        """What one frame has in columns of the catalogue, of numbers and texts alone."""
        batch, numbers = next(self._batches(np.array([row])))
        frames = FrameTable(self._found(batch, numbers), self._table)
        found = (cells_of(name, frames).each()[0] for name in names)
        return [value if not isinstance(value, tuple) else None for value in found]

    def seen(self, row: int) -> SeenFrame:
        """One frame, with all that was seen of it."""
        batch, numbers = next(self._batches(np.array([row])))
        return next(iter(self._found(batch, numbers)))

    def _batches(self, rows: Column) -> Iterator[tuple[Batch, Column]]:
        """The frames of rows in batches, each with their numbers."""
        done = 0
        for batch in self.capture.batches(rows):
            yield batch, rows[done : done + len(batch)] + 1
            done += len(batch)

    def _found(self, batch: Batch, numbers: Column) -> FoundFrames:
        rows, steps = self._sightings.begin(batch)
        return FoundFrames(batch.take(rows), numbers[rows], steps, self._sightings)

    def _listed(self, found: FoundFrames) -> ListedFrames:
        frames = FrameTable(found, self._table)
        if self._generation != self._table.generation:
            self._generation, self._looks = self._table.generation, []
        self._looks += [LookCells(entry.look, self.sight.names) for entry in self._table.entries[len(self._looks) :]]
        if self._start_ns is None:
            self._start_ns = next(next(self.capture.batches(np.zeros(1, np.int64))).exact_times())
        return ListedFrames(frames, self._looks, self._start_ns)

    def _made(self, batch: Batch, numbers: Column) -> list[RowText]:
        listed = self._listed(self._found(batch, numbers))
        columns = [listed.texts(name) for name in self.columns]
        vnids = cells_of("vnid", listed.frames).each()
        bad = [self._is_bad(number) for number in listed.frames.entries.tolist()]
        cells = zip(*columns, strict=True) if columns else iter([()] * len(vnids))
        return [
            RowText(texts, vnid if isinstance(vnid, int) else None, is_bad)
            for texts, vnid, is_bad in zip(cells, vnids, bad, strict=True)
        ]

    def _is_bad(self, number: int) -> bool:
        look = self._table.entries[number].look
        return bool(look.verdict) or look.seen.problem is not None
