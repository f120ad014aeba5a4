"""What rows of a table have in common, by number, and what is known about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns.cells import Codes, Value
from dovetool.analysis.columns.combinations import Combinations
from dovetool.analysis.columns.places import NOWHERE, PLACES, Entry, end_of, places_of
from dovetool.analysis.found_frames import FoundFrames
from dovetool.analysis.summaries import Sightings
from dovetool.capture.batch import Column
from dovetool.engine.value_numbers import ValueNumbers
from dovetool.observe.names import Names
from dovetool.values import dataclass
from dovetool.wire.addresses import address_text

Asked = tuple[str, int, int]
_MOST_ENTRIES = 1 << 15
_MOST_VALUES = 1 << 17


@dataclass(slots=True)
class _Known:
    """The looks that frames of some sightings have, and their entries.

    Attributes:
        sightings: they are kept, so that their identity is theirs alone.
        generation: of the sightings.
        first: (m,) the number of the first entry of each look.
        count: (m,) how many it has.
    """

    sightings: Sightings
    generation: int
    first: NDArray[np.int32]
    count: NDArray[np.int32]


@dataclass(slots=True)
class LookTable:
    """What rows were met.

    Attributes:
        names: gives names.
        by_layer: a row is an overlay header of a frame, not a frame.
        entries: what rows have in common, by number.
        generation: counts how often all was forgotten.
    """

    names: Names
    by_layer: bool = False
    entries: list[Entry] = field(default_factory=list)
    generation: int = 0
    _known: dict[int, _Known] = field(default_factory=dict)
    _places: Column = field(default_factory=lambda: np.zeros((len(PLACES), 0), np.int64))
    _asked: dict[Asked, int] = field(default_factory=dict)
    _told: tuple[Column, Column] | None = None
    _shared: dict[str, list[Value]] = field(default_factory=dict)
    _values: dict[str, ValueNumbers] = field(default_factory=dict)
    _texts: dict[str, list[Value]] = field(default_factory=dict)
    _combinations: dict[str, Combinations] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """All will be forgotten before more rows are met; numbers begin again then."""
        values = max((len(each.values) for each in self._values.values()), default=0)
        made = max((len(each.made) for each in self._combinations.values()), default=0)
        return len(self.entries) > _MOST_ENTRIES or max(values, made) > _MOST_VALUES

    def rows(self, found: FoundFrames) -> tuple[NDArray[np.int32], Column | None]:
        """The number (n,) of the entry of each row, and which frame (n,) it is about; None: each about its own."""
        if self.is_full:
            self._forget()
        if not len(found):
            return np.zeros(0, np.int32), None
        looks = found.look_numbers()
        known = self._known_looks(found.sightings)
        if not self.by_layer:
            return known.first[looks], None
        count: Column = known.count[looks].astype(np.int64)
        rows = np.repeat(np.arange(len(looks)), count)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        return (known.first[looks][rows] + within).astype(np.int32), rows

    def _known_looks(self, sightings: Sightings) -> _Known:
        known = self._known.get(id(sightings))
        if known is None or known.generation != sightings.generation:
            nothing = np.zeros(0, np.int32)
            known = self._known[id(sightings)] = _Known(sightings, sightings.generation, nothing, nothing)
        new = sightings.looks[len(known.first) :]
        if new:
            counts = [len(look.seen.overlays) if self.by_layer else 1 for look in new]
            firsts = len(self.entries) + np.cumsum([0, *counts[:-1]])
            entries = [
                Entry(look, layer if self.by_layer else NOWHERE)
                for look, count in zip(new, counts, strict=True)
                for layer in range(count)
            ]
            known.first = np.concatenate([known.first, firsts]).astype(np.int32)
            known.count = np.concatenate([known.count, counts]).astype(np.int32)
            self._add(entries)
        return known

    def _add(self, entries: list[Entry]) -> None:
        self.entries += entries
        if entries:
            self._places = np.hstack([self._places, np.array(list(map(places_of, entries)), np.int64).T])
            self._places = np.ascontiguousarray(self._places)

    def place(self, name: str) -> Column:
        """By the number of an entry, where something stands in its frames, or its length; `NOWHERE` for none."""
        column: Column = self._places[PLACES.index(name)]
        return column

    def number_asked(self, asked: Asked) -> int:
        """The place of a number, by name, offset and octets, among those that were ever asked for."""
        return self._asked.setdefault(asked, len(self._asked))

    def numbers_asked(self, first: int) -> tuple[Column, Column]:
        """What `read_numbers` is told of those from that place on: where they are (k, m), and what they are (k, 2)."""
        if self._told is None or self._told[0].shape != (len(self._asked), len(self.entries)):
            places = [np.where(self.place(name) < 0, NOWHERE, self.place(name) + at) for name, at, _ in self._asked]
            numbers = [(length, end_of(name)) for name, _, length in self._asked]
            self._told = np.array(places, np.int64), np.array(numbers, np.int64)
        places_of_all, all_numbers = self._told
        return places_of_all[first:], all_numbers[first:]

    def shared(self, name: str, make: Callable[[Entry, Names], Value]) -> Sequence[Value]:
        """By the number of an entry, what all its rows have in a column."""
        values = self._shared.setdefault(name, [])
        if len(values) < len(self.entries):
            values += [make(entry, self.names) for entry in self.entries[len(values) :]]
        return values

    def numbered(self, name: str, keys: NDArray[np.uint64]) -> tuple[list[bytes], Codes]:
        """The values met at places of a name, nothing first, and the numbers (n,) of these."""
        known = self._values.setdefault(name, ValueNumbers())
        return known.values, known.codes(keys)

    def texts(self, name: str) -> Sequence[Value]:
        """By the number of a value at places of a name, the address that it is."""
        texts, values = self._texts.setdefault(name, []), self._values[name].values
        if len(texts) < len(values):
            texts += [address_text(value) or None for value in values[len(texts) :]]
        return texts

    def combined(self, name: str) -> Combinations:
        """What is made of several numbers for a column."""
        return self._combinations.setdefault(name, Combinations())

    def _forget(self) -> None:
        self.entries, self._known, self._places, self._told = [], {}, self._places[:, :0], None
        self._shared, self._values, self._texts, self._combinations = {}, {}, {}, {}
        self.generation += 1
