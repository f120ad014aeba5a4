"""What the wanted frames of a capture are, whole.

A frame is looked at in three steps, and each is taken once for all frames that look the same in it: what it is built of
and whether it is wanted, what is wrong with it by the map, and the addresses and names that it has for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.choosing import Chooser
from dovetool.analysis.frame_summary import Sight, Sighting
from dovetool.analysis.judging import Judging, Verdict
from dovetool.capture.batch import Batch, Column
from dovetool.engine import kernel
from dovetool.engine.completer import Completer, located, same_words
from dovetool.engine.context import Contexts
from dovetool.frame.view import FrameView
from dovetool.observe.located import Located
from dovetool.observe.observation import Observation
from dovetool.values import dataclass

_MOST_FOUND = 1 << 15
"""Frames that look different of which all is kept; to look once more takes less time than to show a frame."""
_VERDICT_AT = 32
_BEGUN = (1 << _VERDICT_AT) - 1


@dataclass(frozen=True, slots=True)
class Look:
    """What frames are that were seen to be the same and judged alike, but for what each has for itself.

    Attributes:
        seen: what they are.
        verdict: what is wrong with them by the map; None without a map, and when they are none of its business.
        ts_ns: time of one of them; names are those of that time for all.
        interface: name of the interface that they came by.
    """

    seen: Observation
    verdict: Verdict
    ts_ns: int
    interface: str


@dataclass(frozen=True, slots=True)
class Alike:
    """Frames of a batch with the same look.

    Attributes:
        look: what they are.
        rows: their rows, ascending.
        located: what each has for itself.
    """

    look: Look
    rows: Sequence[int]
    located: Located


@dataclass(slots=True)
class Sightings:
    """Looks at frames.

    Attributes:
        sight: looks at one.
        looks: that frames had, by number.
        generation: counts how often all was forgotten; numbers begin again then.
    """

    sight: Sight
    looks: list[Look] = field(default_factory=list)
    generation: int = 0
    _chooser: Chooser = field(init=False)
    _judging: Judging = field(init=False)
    _completer: Completer[int] = field(init=False)
    _contexts: Contexts = field(init=False)
    _begun: int = 0
    _found: list[Sighting] = field(default_factory=list)
    _table: kernel.ValueTable | None = None

    def __post_init__(self) -> None:
        change_times_ns = self.sight.names.change_times_ns
        self._chooser = Chooser(self.sight)
        self._judging = Judging(self.sight.judge, change_times_ns)
        self._completer = Completer(self._complete, self._places, int, change_times_ns)
        self._contexts = Contexts(change_times_ns, with_tenants=True)

    def begin(self, batch: Batch) -> tuple[Column, NDArray[np.int64]]:
        """The rows (m,) of the wanted frames of a batch, and numbers (m,) of what each is as far as many look the same.

        The numbers are for `complete` and `alike`, and hold until frames of another batch are looked at.
        """
        rows, begun = self._chooser.choose(batch)
        if max(len(self._found), len(self.looks)) > _MOST_FOUND or self._chooser.generation != self._begun:
            self._begun, self._found, self.looks, self._table = self._chooser.generation, [], [], None
            self.generation += 1
            self._completer.forget()
        part = batch if len(rows) == len(batch) else batch.take(rows)
        if not len(rows):
            return rows, rows
        return rows, self._judging.numbers(part).astype(np.int64) << _VERDICT_AT | begun

    def complete(self, batch: Batch, steps: NDArray[np.int64]) -> list[Sighting]:
        """What each of the frames of a batch is, of which `begin` gave the numbers (n,)."""
        return [self._found[number] for number in self._completer.numbers(batch, steps).tolist()]

    def alike(self, batch: Batch, steps: NDArray[np.int64]) -> list[Alike]:
        """The same in columns: the frames that look the same together."""
        octets, numbers = batch.octets.tobytes(), self.look_numbers(batch, steps)
        parts = [
            (self.looks[int(numbers[rows[0]])], rows)
            for rows in same_words(numbers[None].astype(np.uint64), np.arange(len(batch)))
        ]
        return [Alike(look, rows.tolist(), located(octets, batch, rows, look.seen.places)) for look, rows in parts]

    def look_numbers(self, batch: Batch, steps: NDArray[np.int64]) -> NDArray[np.int32]:
        """The number (n,) of the look of each of the frames of a batch, among `looks`."""
        words, numbers = self._contexts.words(batch, steps), np.empty(len(batch), np.int32)
        if self._table is None:
            self._table = kernel.ValueTable(len(words))
        self._table.number(words, numbers)
        if len(self._table) > len(self.looks):
            view, rows = self._contexts.viewer(batch), _first_rows(numbers, len(self.looks))
            self.looks += [self._look(int(steps[row]), view(row)) for row in rows]
        return numbers

    def _look(self, steps: int, view: FrameView) -> Look:
        return Look(*self._step(steps), view.ts_ns, view.interface)

    def _complete(self, steps: int, view: FrameView, values: Located) -> list[int]:
        """The numbers of what was seen of some frames that began alike, were judged alike, and agree in time."""
        seen, verdict = self._step(steps)
        known: dict[tuple[bytes, ...], int] = {}
        numbers = []
        for own in values.frames():
            number = known.setdefault(own, len(self._found))
            if number == len(self._found):
                whole = seen.with_values(dict(zip(values.values, own, strict=True)))
                self._found.append(self.sight.complete(whole, verdict, view))
            numbers.append(number)
        return numbers

    def _step(self, steps: int) -> tuple[Observation, Verdict]:
        return self._chooser.begun(steps & _BEGUN).seen, self._judging.verdicts[steps >> _VERDICT_AT]

    def _places(self, steps: int) -> tuple[tuple[int, int], ...]:
        return self._step(steps)[0].places


def _first_rows(numbers: NDArray[np.int32], least: int) -> list[int]:
    """The first row of each number from the least on."""
    rows = np.flatnonzero(numbers >= least)
    first = np.unique(numbers[rows], return_index=True)[1]
    found: list[int] = rows[first].tolist()
    return found
