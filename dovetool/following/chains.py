"""The way of each packet: its row at every place where it was seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.matching import Found, Matcher
from dovetool.following.packets import Packets
from dovetool.following.ways import Ways
from dovetool.values import dataclass

NOT_SEEN = -1


@dataclass(frozen=True, slots=True)
class Chains:
    """The ways of n packets past p places.

    Attributes:
        at: (n, p) their rows at each place; `NOT_SEEN` where they were not seen.
        is_loose: (n, p) they look otherwise than at the place before: cut up, or put together.
        ways: which way packets go from each place to the next, p - 1 of them.
    """

    at: NDArray[np.int32]
    is_loose: NDArray[np.bool_]
    ways: tuple[Ways, ...]

    @classmethod
    def of(cls, places: Sequence[Packets]) -> Chains:
        """Find the packets of each place, in the order of the way, at the others."""
        builder = _Builder(places)
        for place in range(1, len(places)):
            builder.go_on(place)
        return cls(builder.at, builder.is_loose, tuple(builder.ways))

    @property
    def has_any(self) -> bool:
        """Some packet was seen at two places."""
        return bool((np.count_nonzero(self.at != NOT_SEEN, axis=1) > 1).any())


class _Builder:
    def __init__(self, places: Sequence[Packets]) -> None:
        self._places = places
        self.at = np.full((len(places[0]), len(places)), NOT_SEEN, np.int32)
        self.at[:, 0] = np.arange(len(places[0]))
        self.is_loose = np.zeros(self.at.shape, np.bool_)
        self.ways: list[Ways] = []

    def go_on(self, place: int) -> None:
        """Take in one more place."""
        found = Matcher(self._places[place - 1], self._places[place]).found()
        self.ways.append(Ways.of(self._places[place - 1], self._places[place], found))
        self._note(place - 1, place, found)
        for earlier in range(place - 2, -1, -1):
            left, new = self._left(earlier, place), self._new(place)
            if len(left) and len(new):
                matcher = Matcher(self._places[earlier], self._places[place])
                self._note(earlier, place, matcher.found(left, new))
        self._begin(place)

    def _note(self, earlier: int, place: int, found: Found) -> None:
        chain = np.full(len(self._places[earlier]), NOT_SEEN, np.int64)
        seen = np.flatnonzero(self.at[:, earlier] != NOT_SEEN)
        chain[self.at[seen, earlier]] = seen
        chains = chain[found.pairs.first]
        self.at[chains, place] = found.pairs.second
        self.is_loose[chains, place] = found.is_loose

    def _left(self, earlier: int, place: int) -> Column:
        """Rows of packets that were seen last at an earlier place."""
        is_last = (self.at[:, earlier] != NOT_SEEN) & (self.at[:, earlier + 1 : place + 1] == NOT_SEEN).all(axis=1)
        rows: Column = self.at[is_last, earlier].astype(np.int64)
        return rows

    def _new(self, place: int) -> Column:
        """Rows of packets that were not seen before."""
        is_new = np.ones(len(self._places[place]), np.bool_)
        seen = self.at[:, place]
        is_new[seen[seen != NOT_SEEN]] = False
        return np.flatnonzero(is_new)

    def _begin(self, place: int) -> None:
        new = self._new(place)
        more = np.full((len(new), self.at.shape[1]), NOT_SEEN, np.int32)
        more[:, place] = new
        self.at = np.concatenate([self.at, more])
        self.is_loose = np.concatenate([self.is_loose, np.zeros(more.shape, np.bool_)])
