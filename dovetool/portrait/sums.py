"""Sums of frames and octets by any key, of which the largest are kept and all others are added up."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column

MOST_KEYS = 1 << 16
"""Keys that are kept account of: some 25 MB."""
_NEVER = np.iinfo(np.int64).max
_KINDS = ("frames", "octets", "first", "last")
Key = TypeVar("Key", bound=Hashable)


class Amount(NamedTuple):
    """Frames, and their octets on the wire."""

    frames: int = 0
    octets: int = 0

    def plus(self, other: Amount) -> Amount:
        """Both together."""
        return Amount(self.frames + other.frames, self.octets + other.octets)


class Sum(NamedTuple, Generic[Key]):
    """What was counted of a key; times are ns since 1970."""

    key: Key
    amount: Amount
    first_ns: int
    last_ns: int


class Sums(Generic[Key]):
    """Adds up by key.

    When there are too many keys, the half with the fewest octets is given up and stands in `others` from then on.

    Attributes:
        others: what was counted of keys that were given up.
        given_up: how many these were; one that came again counts again.
    """

    def __init__(self, most: int = MOST_KEYS) -> None:
        self.others, self.given_up = Amount(), 0
        self._most = most
        self._rows: dict[Key, int] = {}
        self._sums = _blank(0)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, keys: Sequence[Key], numbers: Column, octets: Column, ts_ns: Column) -> None:
        """Add frames: the place in `keys` (m,), the octets and the time of each (n,)."""
        if not len(numbers):
            return
        part = _blank(len(keys))
        np.add.at(part[0], numbers, 1)
        np.add.at(part[1], numbers, octets)
        np.minimum.at(part[2], numbers, ts_ns)
        np.maximum.at(part[3], numbers, ts_ns)
        rows = [self._rows.setdefault(key, len(self._rows)) for key in keys]
        missing = len(self._rows) - self._sums.shape[1]
        if missing > 0:
            room = max(missing, self._sums.shape[1] // 2)
            self._sums = np.concatenate([self._sums, _blank(room)], axis=1)
        np.add.at(self._sums[0], rows, part[0])
        np.add.at(self._sums[1], rows, part[1])
        np.minimum.at(self._sums[2], rows, part[2])
        np.maximum.at(self._sums[3], rows, part[3])
        if len(self._rows) > self._most:
            self._give_up()

    def _give_up(self) -> None:
        count = len(self._rows)
        order = np.argsort(-self._sums[1, :count], kind="stable")
        kept, gone = np.sort(order[: self._most // 2]), order[self._most // 2 :]
        frames, octets = self._sums[:2, gone].sum(axis=1).tolist()
        self.others = self.others.plus(Amount(frames, octets))
        self.given_up += len(gone)
        keys = list(self._rows)
        self._rows = {keys[row]: place for place, row in enumerate(kept.tolist())}
        self._sums = self._sums[:, kept]

    def ranked(self) -> list[Sum[Key]]:
        """What was counted of each key, the most octets first; of equals who was seen first."""
        count = len(self._rows)
        keys, order = list(self._rows), np.lexsort((self._sums[2, :count], -self._sums[1, :count]))
        told = zip(order.tolist(), self._sums[:, order].T.tolist(), strict=True)
        return [Sum(keys[row], Amount(frames, octets), first, last) for row, (frames, octets, first, last) in told]


def _blank(count: int) -> NDArray[np.int64]:
    sums = np.zeros((len(_KINDS), count), np.int64)
    sums[2], sums[3] = _NEVER, -_NEVER
    return sums
