"""The values of many frames at the places that were only located, in columns: one look serves all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dovetool.observe.observation import Level, Overlay
from dovetool.values import dataclass

Place = tuple[int, int]
"""Where a value stands, and how many octets it has."""


@dataclass(frozen=True, slots=True)
class Located:
    """What n frames that were seen to be the same have at the places that were only located.

    Attributes:
        count: n.
        values: by the place, the octets of each frame.
    """

    count: int
    values: Mapping[Place, Sequence[bytes]]

    def of(self, part: Level | Overlay, name: str) -> Sequence[bytes]:
        """An attribute of a level or an overlay header of each frame, whether it was read already or only located."""
        for later in part.later:
            if later.name == name:
                return self.values[later.at, later.length]
        value: bytes = getattr(part, name)
        return (value,) * self.count

    def frames(self) -> Iterator[tuple[bytes, ...]]:
        """The values of one frame after the other, in the order of the places."""
        return zip(*self.values.values(), strict=True) if self.values else iter([()] * self.count)
