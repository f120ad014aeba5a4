"""Follow packets through several captures: read them all, then find out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

import numpy as np

from dovetool.analysis.frame_summary import Sight
from dovetool.capture.batch import Column
from dovetool.errors import UsageError
from dovetool.following.chains import Chains
from dovetool.following.flow_names import FlowNames
from dovetool.following.following import By, Following
from dovetool.following.hop import Hop, HopFinder
from dovetool.following.place import PlaceReader
from dovetool.following.summing import summed_up
from dovetool.following.tracks import Tracks
from dovetool.values import dataclass


@dataclass(slots=True)
class Follower:
    """Follows packets.

    Attributes:
        sight: looks at frames.
        readers: take the captures, in the order of the way.
    """

    sight: Sight
    readers: list[PlaceReader] = field(default_factory=list)
    _flows: FlowNames = field(default_factory=FlowNames)

    def reader(self, name: str) -> PlaceReader:
        """What takes the batches of the next capture, which is called so."""
        reader = PlaceReader(name, self.sight, self._flows)
        self.readers.append(reader)
        return reader

    def followed(self) -> Followed:
        """What came of it, once all captures were read.

        Raises:
            UsageError: no packet is in two of them.
        """
        ends = np.unique(np.concatenate([reader.tunnel_ends for reader in self.readers]))
        level = min(reader.level for reader in self.readers)
        places = [reader.place(ends, level) for reader in self.readers]
        self.readers = []
        tracks = Tracks.of(places, Chains.of([place.packets for place in places]))
        if not tracks.chains.has_any:
            raise UsageError(_nothing_in_common([place.name for place in places]))
        hops = HopFinder(tracks, self.sight.names.vnid_map is not None).hops()
        return Followed(tracks, hops, self._flows, self.sight, level)


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of every packet.

    Attributes:
        tracks: their ways.
        hops: hop by hop.
    """

    tracks: Tracks
    hops: Sequence[Hop]
    _flows: FlowNames
    _sight: Sight
    _level: int

    def summed_up(self, by: By, most: int | None = None) -> Following:
        """All of it in numbers, with `most` groups at most."""
        return summed_up(self.tracks, self.hops, self._flows, self._sight.names, by, most, self._level)

    def lost_numbers(self, place: int) -> tuple[Column, list[str], Column]:
        """The frames of a place that were lost behind it.

        Returns:
            Their numbers (m,), ascending; texts; and (m,) the number of the text that tells where each was lost.
        """
        hops = [hop for hop in self.hops if hop.at == place]
        names = [each.name for each in self.tracks.places]
        texts = [f"lost: seen at {names[hop.at]}, not at {names[hop.to]}" for hop in hops]
        rows = np.concatenate([np.zeros(0, np.int64), *(self.tracks.rows(place, hop.lost) for hop in hops)])
        which = np.repeat(np.arange(len(hops)), [len(hop.lost) for hop in hops])
        numbers = self.tracks.places[place].packets.number[rows].astype(np.int64)
        order = np.argsort(numbers, kind="stable")
        return numbers[order], texts, which[order]


def _nothing_in_common(names: Sequence[str]) -> str:
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{listed} have no packet in common: they are of other minutes, or of other traffic"
