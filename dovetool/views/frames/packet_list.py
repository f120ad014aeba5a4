"""The list of packets: a line a frame, in columns that are chosen once, so that it can go on for ever."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from functools import partial
from itertools import repeat

from dovetool.analysis.found_frames import FoundFrames
from dovetool.analysis.summaries import Look
from dovetool.observe.names import Names
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.views.frames.list_cells import DESTINATION, FROM, INFO, LENGTH, NUMBER, SOURCE, TIME, TO, LookCells, Texts
from dovetool.views.numbers import seconds_text
from dovetool.views.terminal import rule

_GAP = "  "
_WIDEST = 39  # an IPv6 address
_CUT = "..."
_BEYOND = 1 << 30  # characters
_REPEATED = (FROM, TO, SOURCE, DESTINATION)
"""Columns with the same texts again and again."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the list.

    Attributes:
        head: what stands over it.
        is_number: it is set to the right.
        spare: how easily it is spared; 0: never; equals go together.
        least: it is never narrower.
        squeezed: when there is little room, its cells are cut, but not to fewer characters; 0: they are not cut.
    """

    head: str
    is_number: bool = False
    spare: int = 0
    least: int = 0
    squeezed: int = 0


_COLUMNS = (
    _Column("No.", is_number=True, least=5),
    _Column("Time", is_number=True, least=8),
    _Column("Hop", spare=6),
    _Column("From", spare=2),
    _Column("To", spare=2),
    _Column("Encap", spare=1),
    _Column("VNID", is_number=True),
    _Column("Network", spare=3),
    _Column("Source"),
    _Column("Destination"),
    _Column("Protocol"),
    _Column("Length", is_number=True, spare=5),
    _Column("Info", spare=4, squeezed=16),
    _Column("Verdict"),
)
_REASONS = frozenset(map(str, Reason))
_MOST_LOOKS = 1 << 12


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of the list whose frames look the same.

    Attributes:
        at: which rows these are.
        shared: by the column, the text that all have.
        own: by the column, the text of each.
    """

    at: Sequence[int]
    shared: dict[int, str]
    own: dict[int, Sequence[str]]

    def width(self, column: int) -> int:
        """Of the widest text in a column."""
        if column in self.own:
            return max(map(_width, set(self.own[column])), default=0)
        return _width(self.shared[column])


@dataclass(slots=True)
class PacketList:
    """Makes the lines.

    Attributes:
        names: gives names.
        start_ns: time of the capture's first frame; times count from it.
        width: of the terminal.
        left_out: heads of the columns that there is no room for.
    """

    names: Names
    start_ns: int
    width: int
    left_out: tuple[str, ...] = ()
    _widths: dict[int, int] = field(default_factory=dict)
    _room: int = 0
    _padded: dict[int, Texts[str]] = field(default_factory=dict)
    _looks: dict[int, LookCells] = field(default_factory=dict)

    def lines(self, found: FoundFrames) -> list[str]:
        """The lines of frames; the first time with the heads before them."""
        if not len(found):
            return []
        parts, heads = self._rows(found), []
        if not self._widths:
            self._choose(parts)
            heads = self._heads()
        lines = [""] * len(found)
        for part in parts:
            for at, line in zip(part.at, self._lines(part), strict=True):
                lines[at] = line
        return heads + lines

    def _rows(self, found: FoundFrames) -> list[_Rows]:
        """What stands in the rows, before it is cut and filled up."""
        start_ns, frames, comments = self.start_ns, found.frames(), found.comments()
        own = {
            NUMBER: list(map(str, found.numbers.tolist())),
            TIME: [seconds_text(ts_ns - start_ns, 6) for ts_ns in found.batch.exact_times()],
            LENGTH: list(map(str, found.batch.wire_len.tolist())),
        }
        parts = []
        for alike in found.alike():
            cells, at = self._cells(alike.look), alike.rows
            columns = {
                column: texts if len(at) == len(found) else [texts[row] for row in at] for column, texts in own.items()
            }
            columns[INFO] = [cells.info.text(frames[row]) for row in at]
            if comments is not None:
                columns[INFO] = [_with_reason(comments(row), text) for row, text in zip(at, columns[INFO], strict=True)]
            parts.append(_Rows(at, cells.shared, columns | cells.own(alike.located)))
        return parts

    def _cells(self, look: Look) -> LookCells:
        cells = self._looks.get(id(look))
        if cells is None:
            if len(self._looks) > _MOST_LOOKS:
                self._looks.clear()
            cells = self._looks[id(look)] = LookCells(look, self.names)  # as long as it is here, its id is its own
        return cells

    def _choose(self, parts: Sequence[_Rows]) -> None:
        """Choose the columns, by what the first rows hold and what there is room for."""
        columns = range(len(_COLUMNS))
        widths = {at: max(_COLUMNS[at].least, *(part.width(at) for part in parts)) for at in columns}
        filled = with_content = [at for at, width in widths.items() if width]
        widths = {at: min(max(widths[at], len(_COLUMNS[at].head)), _WIDEST) for at in filled}
        least = {at: min(widths[at], _COLUMNS[at].squeezed or widths[at]) for at in filled}
        while sum(least[at] + len(_GAP) for at in filled) - len(_GAP) > self.width:
            spare = max(_COLUMNS[at].spare for at in filled)
            if not spare:
                break
            filled = [at for at in filled if _COLUMNS[at].spare != spare]  # From and To say nothing alone
        self.left_out = tuple(_COLUMNS[at].head for at in with_content if at not in filled)
        self._room = self.width - sum(widths[at] + len(_GAP) for at in filled if at != INFO)
        self._widths = {at: min(widths[at], self._room) if at == INFO else widths[at] for at in filled}
        self._padded = {at: Texts(partial(self._cell, at)) for at in _REPEATED if at in filled}

    def _lines(self, rows: _Rows) -> Iterator[str]:
        """The lines of rows; what all of them share is put together once."""
        pieces: list[Iterable[str]] = []
        shared = ""
        for at in self._widths:
            if at in rows.own:
                pieces += repeat(shared), self._column(at, rows.own[at])
                shared = _GAP
            else:
                shared += self._cell(at, rows.shared[at]) + _GAP
        return (line.rstrip() for line in map("".join, zip(*pieces, repeat(shared))))

    def _column(self, at: int, texts: Sequence[str]) -> Iterable[str]:
        """The cells of a column, cut and filled up."""
        width = self._widths[at]
        if at in self._padded:
            return map(self._padded[at].__getitem__, texts)
        if at != INFO:
            return [text.rjust(width) for text in texts]
        room = self._room or _BEYOND
        return [(text if len(text) <= room else text[: room - len(_CUT)] + _CUT).ljust(width) for text in texts]

    def _cell(self, at: int, text: str) -> str:
        width = self._widths[at] - _width(text) + len(text)
        return text.rjust(width) if _COLUMNS[at].is_number else text.ljust(width)

    def _heads(self) -> list[str]:
        heads = _GAP.join(self._cell(at, _COLUMNS[at].head) for at in self._widths)
        return [heads.rstrip(), rule(sum(self._widths.values()) + len(_GAP) * (len(self._widths) - 1), sys.stdout)]


def _with_reason(comments: tuple[str, ...], text: str) -> str:
    """What is said of a frame; first why it was rejected, where `--rejects` wrote that as its comment."""
    found = next((comment for comment in reversed(comments) if comment in _REASONS), "")
    return ", ".join(filter(None, (f"rejected: {found}" if found else "", text)))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
