"""Which rows are wanted: by the options that choose frames, by number and time, and by what stands in any column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns import FrameTable, LookTable, Value, cells_of
from dovetool.analysis.found_frames import FoundFrames
from dovetool.analysis.frame_selection import Finder, Picker
from dovetool.analysis.frame_summary import Sight
from dovetool.capture.batch import Batch, Column
from dovetool.observe.catalogue import COLUMNS
from dovetool.values import dataclass


class Term(Protocol):
    """Chooses frames by columns."""

    def meets(self, frames: FrameTable) -> NDArray[np.bool_]:
        """(n,) True for each frame that is wanted."""


@dataclass(frozen=True, slots=True)
class ColumnTerm:
    """Frames that have one of some texts in a column, or none of them.

    Attributes:
        name: of the column.
        texts: as `value_text` writes values; a list is met by any of its parts, too; empty for no value.
        is_negated: frames that have none of them.
    """

    name: str
    texts: frozenset[str]
    is_negated: bool = False

    def meets(self, frames: FrameTable) -> NDArray[np.bool_]:
        """(n,) True for each frame that is wanted."""
        return _flags(cells_of(self.name, frames).mapped(self._has), is_negated=self.is_negated)

    def _has(self, value: Value) -> bool:
        parts = map(str, value) if isinstance(value, tuple) else ()
        return value_text(self.name, value) in self.texts or not self.texts.isdisjoint(parts)


BETWEEN = "between"
ENDS: Mapping[str, tuple[str, ...]] = {
    "end": ("src_mac", "dst_mac", "src_ip", "dst_ip"),
    "outer_end": ("outer_src", "outer_dst"),
}
"""Words for several columns, one of which has the text."""
_TERM = re.compile(r"(?P<name>[a-z_]+)(?P<negation>!?)=(?P<texts>[^=].*|)", re.DOTALL)


def term_parts(word: str) -> tuple[str, bool, str] | None:
    """The name that a word begins with, whether it is negated, and the texts; None where no column is asked about."""
    match = _TERM.fullmatch(word)
    if match is None or not (match["name"] in COLUMNS or match["name"] in ENDS or match["name"] == BETWEEN):
        return None
    return match["name"], bool(match["negation"]), match["texts"]


def is_display_filter(line: str) -> bool:
    """A line is one that begins with neither an option nor a column."""
    begins = line.split(maxsplit=1)[:1]
    return bool(begins) and not begins[0].startswith("-") and term_parts(begins[0]) is None


@dataclass(frozen=True, slots=True)
class EitherTerm:
    """Frames that meet one of several terms, or none of them."""

    terms: tuple[ColumnTerm, ...]
    is_negated: bool = False

    def meets(self, frames: FrameTable) -> NDArray[np.bool_]:
        """(n,) True for each frame that is wanted."""
        met = zip(*(term.meets(frames).tolist() for term in self.terms), strict=True)
        return _flags(map(any, met), is_negated=self.is_negated)


class End(NamedTuple):
    """One end of a conversation: an IP or MAC address, and a port where there is one."""

    address: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """Innermost frames that two ends send each other, in whichever network and tunnel, or all others."""

    one: End
    other: End
    is_negated: bool = False

    def meets(self, frames: FrameTable) -> NDArray[np.bool_]:
        """(n,) True for each frame that is wanted."""
        there = _is_at("src", self.one, frames) & _is_at("dst", self.other, frames)
        back = _is_at("src", self.other, frames) & _is_at("dst", self.one, frames)
        return ~(there | back) if self.is_negated else there | back


def _is_at(side: str, end: End, frames: FrameTable) -> NDArray[np.bool_]:
    """(n,) True where that is the source, or the destination; MAC addresses have six parts of two digits."""
    kind = "mac" if _is_mac(end.address) else "ip"
    met = _flags(cells_of(f"{side}_{kind}", frames).mapped(lambda value: value == end.address))
    if end.port is not None:
        met &= _flags(cells_of(f"{side}_port", frames).mapped(lambda value: value == end.port))
    return met


def _is_mac(text: str) -> bool:
    return list(map(len, text.split(":"))) == [2] * 6


def _flags(met: Iterable[bool], *, is_negated: bool = False) -> NDArray[np.bool_]:
    """(n,) what was met, or what was not."""
    flags = np.array(list(met), np.bool_)
    return ~flags if is_negated else flags


def value_text(name: str, value: Value) -> str:
    """A value of a column as it is asked for; nothing wrong is ok."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "/".join(map(str, value)) or ("ok" if name == "verdict" else "")
    return str(value)


@dataclass(slots=True)
class RowFilter:
    """Chooses frames of batches; to be given those of a capture in their order.

    Attributes:
        sight: chooses by what frames are.
        picker: chooses by number and time, and by what another tool says.
        terms: choose by columns; all of them have to be met.
    """

    sight: Sight
    picker: Picker
    terms: tuple[Term, ...] = ()
    _finder: Finder = field(init=False)
    _table: LookTable = field(init=False)

    def __post_init__(self) -> None:
        self._finder, self._table = Finder(self.sight, self.picker), LookTable(self.sight.names)

    def found(self, batch: Batch) -> FoundFrames:
        """The wanted frames of a batch, as far as columns are not asked."""
        return self._finder.found(batch)

    def rows(self, batch: Batch) -> Column:
        """The rows (m,) of the capture that are wanted of a batch."""
        found = self.found(batch)
        rows = found.numbers - 1
        if not (self.terms and len(found)):
            return rows
        return rows[self._meets(FrameTable(found, self._table), self.terms)]

    @staticmethod
    def _meets(frames: FrameTable, terms: Iterable[Term]) -> NDArray[np.bool_]:
        wanted = np.ones(len(frames), np.bool_)
        for term in terms:
            wanted &= term.meets(frames)
        return wanted
