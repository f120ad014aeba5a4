"""What frames are seen to be: many at once while their batch is at hand, each by itself later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from functools import cache
from sys import getrefcount
from typing import TYPE_CHECKING

from dovetool.analysis.frame_selection import Finder, Picker, Window
from dovetool.analysis.frame_summary import Sight, Sighting
from dovetool.observe.names import Names
from dovetool.observe.observe import Detail, Observe
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.analysis.found_frames import FoundFrames
    from dovetool.analysis.single_frame import KnownFrame


_FEW = 16
"""References to a block that need not be frames that somebody keeps."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """Looks at frames.

    Attributes:
        sight: looks at one, with the names of a map and a verdict where there is one.
    """

    sight: Sight = field(default_factory=lambda: Sight(Observe(), Names()))

    @property
    def names(self) -> Names:
        """Gives names."""
        return self.sight.names

    def finder(self) -> Finder:
        """Looks at many frames."""
        sight = self.sight
        observe = replace(sight.observe, detail=Detail.TUNNELS, later=Detail.ALL)
        return Finder(replace(sight, observe=observe), Picker(Window()))

    def look(self, known: KnownFrame) -> Sighting:
        """What one frame is."""
        return self.sight.look(known.view())


@cache
def plain_eyes() -> Eyes:
    """Those of frames that come from no capture: they know no map."""
    return Eyes()


class Block:
    """The frames of a batch that are handed out one by one.

    As long as the batch is there, what one of them is asked is found for all of them, as that takes far less time.

    Attributes:
        eyes: look at one of them later.
    """

    def __init__(self, eyes: Eyes, find: Callable[[], FoundFrames] | None = None) -> None:
        self.eyes = eyes
        self._find = find
        self._sightings: list[Sighting] | None = None

    def sighting(self, row: int) -> Sighting | None:
        """What the frame of a row is; None once it has to be looked at by itself."""
        if self._sightings is None and self._find is not None:
            found = self._find()
            self._sightings = found.sightings.complete(found.batch, found.steps)
        return None if self._sightings is None else self._sightings[row]

    def leave(self, count: int) -> None:
        """All `count` frames were handed out: who keeps few of them does not keep their batch, who keeps most does."""
        if getrefcount(self) < max(count // 2, _FEW):
            self._find = None
