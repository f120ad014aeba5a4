"""What frames count for when traffic is summed up by several keys, or by any column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from hashlib import blake2b
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns.cells import Cells, Value, combined
from dovetool.analysis.columns.frame_table import FrameTable
from dovetool.analysis.columns.values import cells_of
from dovetool.capture.batch import Column
from dovetool.observe.by import By
from dovetool.observe.grouping import COLUMNS, Grouping, Key
from dovetool.values import dataclass

NONE = -1
_LONGEST = 256
"""Characters of a text that is a key; a comment may have 65,535 octets, and each frame another one."""
_UNDERLAY = ("outer_src", "outer_dst")
_ENDS = ("src_mac", "dst_mac", "src_ip", "dst_ip")
_DEPENDS_ON: Mapping[By, tuple[str, ...]] = {
    By.VNID: (),
    By.ENCAP: (),
    **dict.fromkeys((By.TEP, By.HOST, By.PAIR), _UNDERLAY),
    By.VM: _ENDS,
    By.CONVERSATION: (*_ENDS, "ports"),
}
"""What a key depends on besides the look of a frame."""


class Codes(NamedTuple):
    """The key of n frames, by number.

    Attributes:
        there: (n,) the key.
        other: (n,) that of the other end, where a frame counts for both of its ends; `NONE` for none.
        back: (n,) it goes back in it: from B to A.
    """

    there: Column
    other: Column
    back: NDArray[np.bool_]


class GroupKey(Protocol):
    """One key.

    Attributes:
        names: of what it is made of.
        keys: what was found, by number.
    """

    names: tuple[str, ...]
    keys: list[Key]

    def codes(self, frames: FrameTable) -> Codes:
        """The key of each frame."""

    def number(self, key: Key) -> int:
        """The number of a key among `keys`."""


@dataclass(slots=True)
class TrafficKey:
    """A key that has a name of its own: network, tunnel, ends, conversation."""

    grouping: Grouping
    names: tuple[str, ...] = field(init=False)
    keys: list[Key] = field(default_factory=list)
    _numbers: dict[Key, int] = field(default_factory=dict)
    _known: dict[tuple[int | bytes, ...], tuple[int, int, bool]] = field(default_factory=dict)
    _generation: int = 0

    def __post_init__(self) -> None:
        self.names = COLUMNS[self.grouping.by]

    def codes(self, frames: FrameTable) -> Codes:
        """The key of each frame; it is worked out once for all that agree in what it depends on."""
        if self._generation != frames.table.generation:
            self._generation, self._known = frames.table.generation, {}
        parts = [frames.distinct(name) for name in _DEPENDS_ON[self.grouping.by]]
        first, numbers = combined(frames.entries, *(codes for _, codes in parts))
        found = []
        for row in first.tolist():
            own = (int(frames.entries[row]), *(values[codes[row]] for values, codes in parts))
            known = self._known.get(own)
            if known is None:
                known = self._known[own] = self._found(frames, row)
            found.append(known)
        there, other, back = np.array(found, np.int64).reshape(-1, 3).T
        return Codes(there[numbers], other[numbers], back[numbers].astype(np.bool_))

    def _found(self, frames: FrameTable, row: int) -> tuple[int, int, bool]:
        look = frames.table.entries[int(frames.entries[row])].look
        seen = look.seen.completed(frames.found.batch.frame(row))
        (key, back), *others = self.grouping.whole(seen, look)
        return self.number(key), self.number(others[0][0]) if others else NONE, back and not others

    def number(self, key: Key) -> int:
        """The number of a key among `keys`."""
        number = self._numbers.setdefault(key, len(self.keys))
        if number == len(self.keys):
            self.keys.append(key)
        return number


@dataclass(slots=True)
class ColumnKey:
    """A column of the catalogue; lists as one text. `time` is the begin of an interval."""

    name: str
    interval_ns: int | None = None
    names: tuple[str, ...] = field(init=False)
    keys: list[Key] = field(default_factory=list)
    _numbers: dict[Key, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = (self.name,)

    def codes(self, frames: FrameTable) -> Codes:
        """The value of each frame."""
        there = np.array(self._cells(frames).mapped(self._number), np.int64)
        return Codes(there, np.full(len(there), NONE), np.zeros(len(there), np.bool_))

    def _cells(self, frames: FrameTable) -> Cells:
        if self.interval_ns is None:
            return cells_of(self.name, frames)
        return Cells(frames.found.batch.told_ns // self.interval_ns * self.interval_ns)

    def _number(self, value: Value) -> int:
        if isinstance(value, tuple):
            separator = "; " if self.name == "comments" else "/"
            value = separator.join(map(str, value)) or ("ok" if self.name == "verdict" else None)
        if isinstance(value, str) and len(value) > _LONGEST:
            value = _shortened(value)
        return self.number((value,))

    def number(self, key: Key) -> int:
        """The number of a key among `keys`."""
        number = self._numbers.setdefault(key, len(self.keys))
        if number == len(self.keys):
            self.keys.append(key)
        return number


def _shortened(text: str) -> str:
    """The beginning of a text, and what tells it from others that begin alike."""
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"{text[:_LONGEST]}... ({len(text):,} characters, BLAKE2 {digest})"
