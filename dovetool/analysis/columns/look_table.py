"""Looks by number, and where their frames have what each has for itself, in columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field

import numpy as np

from dovetool.analysis.columns.cells import Value
from dovetool.analysis.found_frames import FoundFrames
from dovetool.analysis.summaries import Look
from dovetool.capture.batch import Column
from dovetool.observe.names import Names
from dovetool.observe.observation import DOVE, Level, Overlay
from dovetool.values import dataclass

NOWHERE = -1
_TCP, _ICMP, _ICMPV6 = 6, 1, 58
_MOST_LOOKS = 1 << 15
_PARTS = ("outer_src_mac", "outer_dst_mac", "outer_src", "outer_dst", "src_mac", "dst_mac", "src_ip", "dst_ip", "ports")
_NAMES = (
    *_PARTS,
    *(f"{name}_len" for name in _PARTS),
    *("outer_ip", "outer_udp", "ip", "tcp", "icmp", "start", "behind", "outer_behind"),
)


def carrying(look: Look) -> Overlay | None:
    """The outermost tunnel; None for a frame in none."""
    level = look.seen.levels[0]
    return level.overlays[-1] if level.overlays and level.overlays[-1].encap != DOVE else None


@dataclass(slots=True)
class LookTable:
    """Looks that were met.

    Attributes:
        names: gives names.
        looks: by number.
        generation: counts how often all were forgotten.
    """

    names: Names
    looks: list[Look] = field(default_factory=list)
    generation: int = 0
    _numbers: dict[int, int] = field(default_factory=dict)
    _places: Column = field(default_factory=lambda: np.zeros((0, len(_NAMES)), np.int64))
    _values: dict[str, list[Value]] = field(default_factory=dict)

    def numbers(self, found: FoundFrames) -> Column:
        """The number (n,) of the look of each of some frames."""
        if len(self.looks) > _MOST_LOOKS:
            self._forget()
        numbers, known = np.zeros(len(found), np.int64), len(self.looks)
        for look, rows in found.looks() if len(found) else ():
            number = self._numbers.setdefault(id(look), len(self.looks))  # while it is kept here, its id is its own
            if number == len(self.looks):
                self.looks.append(look)
            numbers[rows] = number
        new = [_places(look) for look in self.looks[known:]]
        if new:
            self._places = np.concatenate([self._places, np.array(new, np.int64)])
        return numbers

    def place(self, name: str) -> Column:
        """By the number of a look, where something stands in its frames, or its length; `NOWHERE` for none."""
        column: Column = self._places[:, _NAMES.index(name)]
        return column

    def shared(self, name: str, make: Callable[[Look, Names], Value]) -> Sequence[Value]:
        """By the number of a look, what all its frames have in a column."""
        values = self._values.setdefault(name, [])
        values += [make(look, self.names) for look in self.looks[len(values) :]]
        return values

    def _forget(self) -> None:
        self.looks, self._numbers, self._values, self._places = [], {}, {}, self._places[:0]
        self.generation += 1


def _places(look: Look) -> list[int]:
    seen, overlay = look.seen, carrying(look)
    outer, inner = seen.levels[0], seen.inner
    found = dict.fromkeys(_NAMES, NOWHERE) | {"start": inner.start, "behind": inner.behind}
    if overlay is not None:
        found |= {"outer_behind": outer.behind, "outer_ip": _or_nowhere(overlay.ip_at)}
        found["outer_udp"] = _or_nowhere(overlay.port_at)
        _stand(found, outer, "outer_", "src_mac", "dst_mac")
        _stand(found, overlay, "outer_", "src", "dst")
    _stand(found, inner, "", "src_mac", "dst_mac", "src_ip", "dst_ip", "ports")
    if inner.protocol is not None:
        found["ip"] = inner.ip_at
        if not inner.is_later:
            found["tcp"] = inner.payload_at if inner.protocol == _TCP else NOWHERE
            found["icmp"] = inner.payload_at if inner.protocol in (_ICMP, _ICMPV6) else NOWHERE
    return [found[name] for name in _NAMES]


def _stand(found: dict[str, int], part: Level | Overlay, prefix: str, *names: str) -> None:
    for name in names:
        place = part.place(name)
        if place is not None:
            found |= {f"{prefix}{name}": place.at, f"{prefix}{name}_len": place.length}


def _or_nowhere(at: int | None) -> int:
    return NOWHERE if at is None else at
