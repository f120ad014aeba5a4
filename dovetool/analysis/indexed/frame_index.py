"""Where the frames of a capture are stored, some 30 octets for each, in pages that stay where they are.

Whoever reads the capture adds to the last page; all else is never changed, so rows below `count` can be looked up by
any thread while it grows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from tempfile import TemporaryFile
from threading import Lock
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.indexed.reading_at import read_at
from dovetool.capture.batch import SLACK, Annex, Batch, Clock, Column, Interface, Octets
from dovetool.capture.kernel import copy_frames
from dovetool.values import dataclass

PAGE = 1 << 16
"""Rows of a page."""
_COLUMNS = (("place", "i8"), ("stamp", "u8"), ("caplen", "u4"), ("orig_len", "u4"), ("interface", "u4"))
_OPTIONS = (("options_at", "i8"), ("options_len", "u4"), ("simple", "?"))


@dataclass(slots=True)
class Section:
    """What rows share that lie in the same section of a file.

    Attributes:
        first: the first of them.
        interfaces: those described so far.
        clock: reads stamps.
        little: byte order of the options of packets.
    """

    first: int
    interfaces: Sequence[Interface]
    clock: Clock
    little: bool = True


class _Page:
    """Columns of `PAGE` rows; those for options of packets only where one has any."""

    def __init__(self) -> None:
        self.columns: dict[str, NDArray[np.generic]] = {name: np.zeros(PAGE, kind) for name, kind in _COLUMNS}

    def put(self, name: str, at: int, values: NDArray[np.generic]) -> None:
        self.columns[name][at : at + len(values)] = values

    def make_room_for_options(self) -> None:
        if "simple" not in self.columns:
            self.columns |= {name: np.zeros(PAGE, kind) for name, kind in _OPTIONS}


@dataclass(frozen=True, slots=True)
class Places:
    """Where n frames of one section lie.

    Attributes:
        section: what they share.
        place: (n,) where each is stored; see `stored_files`.
        caplen: (n,) captured octets.
        orig_len: (n,) octets on the wire.
        stamp: (n,) time as the capture has it.
        interface: (n,) index into the interfaces of the section.
        options_at: (n,) the place of its options, below 0 for those that are kept: see `FrameIndex.kept`; None for
            frames without any.
        options_len: (n,) octets of these.
        simple: (n,) True for a packet without a time.
    """

    section: Section
    place: Column
    caplen: Column
    orig_len: Column
    stamp: NDArray[np.uint64]
    interface: Column
    options_at: Column | None = None
    options_len: Column | None = None
    simple: NDArray[np.bool_] | None = None


class KeptOctets:
    """Octets in a temporary file, one behind the other; any thread may read them."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._size = 0
        self._lock = Lock()

    def add(self, octets: Octets) -> int:
        """Keep octets; returns where they begin."""
        if self._file is None:
            self._file = TemporaryFile(prefix="dovetool-", buffering=0)  # noqa: SIM115  (`close` closes it)
        start, self._size = self._size, self._size + len(octets)
        with self._lock:
            self._file.seek(start)  # whoever reads may have been elsewhere
            self._file.write(octets.data)
        return start

    def read(self, start: int, size: int) -> bytes:
        """So many octets from there on."""
        if self._file is None:
            return b""
        octets = bytearray(size)
        with self._lock:
            count = read_at(self._file, start, memoryview(octets))
        return bytes(octets[:count])

    def close(self) -> None:
        """Let go of them."""
        if self._file is not None:
            self._file.close()


class FrameIndex:
    """The places of frames, by row.

    Attributes:
        count: rows that are there.
        kept: options of packets that stand in the capture in another form; octet k has the place -1 - k.
    """

    def __init__(self) -> None:
        self.count = 0
        self.kept = KeptOctets()
        self._pages: list[_Page] = []
        self._sections: list[Section] = []
        self._begins = True

    def begin_section(self) -> None:
        """What comes next has interfaces of its own."""
        self._begins = True

    def add(self, batch: Batch) -> None:
        """Take in the frames of a batch, which says where they are stored."""
        self._note_section(batch)
        done = 0
        while done < len(batch):
            if self.count % PAGE == 0:
                self._pages.append(_Page())
            at = self.count % PAGE
            part = slice(done, done + min(PAGE - at, len(batch) - done))
            self._fill(self._pages[-1], at, batch, part)
            done = part.stop
            self.count += part.stop - part.start

    def _note_section(self, batch: Batch) -> None:
        if self._begins or not self._sections:
            self._sections.append(Section(self.count, batch.interfaces, batch.clock))
            self._begins = False
        section = self._sections[-1]  # whose later interfaces only come to those that are there
        section.interfaces, section.clock = batch.interfaces, batch.clock
        if batch.annex is not None:
            section.little = batch.annex.little

    def _fill(self, page: _Page, at: int, batch: Batch, part: slice) -> None:
        assert batch.place is not None  # noqa: S101  (who reads for an index asks for places)
        page.put("place", at, batch.place[part])
        page.put("stamp", at, batch.stamp[part])
        page.put("caplen", at, batch.caplen[part])
        page.put("orig_len", at, batch.orig_len[part])
        page.put("interface", at, batch.interface[part])
        annex = batch.annex
        if annex is not None and (annex.length.any() or annex.simple.any()):
            page.make_room_for_options()
            page.put("simple", at, annex.simple[part])
            page.put("options_at", at, self._options_at(batch, annex, part))
            page.put("options_len", at, annex.length[part])

    def _options_at(self, batch: Batch, annex: Annex, part: slice) -> Column:
        if annex.octets is batch.octets and batch.place is not None:  # as they stand in the file
            return annex.offset[part] + (batch.place.item(0) - batch.offset.item(0))
        length = annex.length[part]
        starts = np.cumsum(length) - length
        octets = np.empty(int(length.sum()) + SLACK, np.uint8)
        copy_frames(annex.octets, annex.offset[part], octets, starts, length)
        return -1 - (starts + self.kept.add(octets[:-SLACK]))

    def section_of(self, row: int) -> tuple[Section, int]:
        """The section of a row, and the row that the next one begins with; the number of rows for the last one."""
        number = bisect_right(self._sections, row, key=lambda section: section.first) - 1
        following = self._sections[number + 1 : number + 2]
        return self._sections[number], following[0].first if following else self.count

    def places(self, rows: Column) -> Places:
        """The places of rows (n,) of one section, ascending, at least one."""
        section, _ = self.section_of(int(rows[0]))
        columns = {name: self._column(name, rows) for name, _ in _COLUMNS}
        found = Places(
            section,
            columns["place"].astype(np.int64),
            columns["caplen"].astype(np.int64),
            columns["orig_len"].astype(np.int64),
            columns["stamp"].astype(np.uint64),
            columns["interface"].astype(np.int64),
        )
        if not any("simple" in self._pages[page].columns for page in np.unique(rows // PAGE).tolist()):
            return found
        options = {name: self._column(name, rows) for name, _ in _OPTIONS}
        own = options["options_at"].astype(np.int64), options["options_len"].astype(np.int64)
        return Places(*_fields(found), *own, options["simple"].astype(np.bool_))

    def _column(self, name: str, rows: Column) -> NDArray[np.generic]:
        """What rows (n,) have in a column; 0 where a page does without."""
        parts = []
        pages, starts = np.unique(rows // PAGE, return_index=True)
        for page, part in zip(pages.tolist(), np.split(rows, starts[1:]), strict=True):
            column = self._pages[page].columns.get(name)
            parts.append(np.zeros(len(part), np.int64) if column is None else column[part % PAGE])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _fields(places: Places) -> tuple[Section, Column, Column, Column, NDArray[np.uint64], Column]:
    return places.section, places.place, places.caplen, places.orig_len, places.stamp, places.interface
