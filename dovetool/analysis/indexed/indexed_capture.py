"""A capture that is read once from beginning to end, and then again wherever somebody looks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

import numpy as np

from dovetool.analysis.indexed.frame_index import FrameIndex, Places
from dovetool.capture.batch import SLACK, Annex, Batch, Column, Octets, Passage
from dovetool.capture.pcapng import SECTION
from dovetool.capture.reader import CaptureReader
from dovetool.capture.source import name_of, open_stream
from dovetool.errors import CaptureError, CorruptCaptureError

_MOST_ROWS = 1 << 13
_MOST_OCTETS = 1 << 22
_GAP = 1 << 12  # octets between two frames that are read along, as that takes less time than to read twice


class IndexedCapture:
    """A capture; close it at the end.

    Attributes:
        source: the file, or `-`.
        name: what errors call it.
        index: where its frames lie, as far as they are there.
        size: octets of the file; None for a pipe.
        position: octets of it that were read.
        is_complete: there is nothing more to read.
        damage: what is wrong with it from some point on; all before that is there.
        link_types: those of its frames.
        kinds: those of the blocks of a pcapng file that hold no frame.
        path: where it can be read again: the file, or its copy.
    """

    def __init__(self, source: Path, name: str = "") -> None:
        self.source, self.name = source, name or name_of(source)
        self.index = FrameIndex()
        self.size: int | None = None
        self.position = 0
        self.is_complete = False
        self.damage: CorruptCaptureError | None = None
        self.link_types: set[int] = set()
        self.kinds: set[int] = set()
        self._copy = NamedTemporaryFile(prefix="dovetool-", suffix=".capture")  # noqa: SIM115  (`close` closes it)
        self._file: BinaryIO | None = None
        self.path = source

    def __len__(self) -> int:
        return self.index.count

    def read(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Read all, or up to where `goes_on` says no; the rows are there as soon as they are read.

        Raises:
            CaptureError: it cannot be opened, or is no capture.
        """
        copy = cast("BinaryIO", self._copy.file)
        raw = open_stream(self.source, ends_by_signal=False)  # only the main thread may ask for signals
        with CaptureReader(self.source, self.name, ahead=True, raw=raw, copy=copy) as reader:
            self.size = reader.size
            self.path = Path(self._copy.name) if reader.is_copied else self.source
            self._file = self.path.open("rb", buffering=0)
            try:
                for item in reader:
                    self._take(item, reader)
                    if not goes_on():
                        return
            except CorruptCaptureError as error:
                self.damage = error
        self.position = self.size or self.position
        self.is_complete = True

    def _take(self, item: Batch | Passage, reader: CaptureReader) -> None:
        if isinstance(item, Batch):
            self.index.add(item, reader.base)
            self.link_types |= item.link_types
        else:
            self.kinds.add(item.kind)
            if item.kind == SECTION:
                self.index.begin_section()
        self.position = reader.position

    def close(self) -> None:
        """Let go of the file, and of the copy where there is one."""
        if self._file is not None:
            self._file.close()
        self._copy.close()

    def chunks(self, first: int, last: int) -> Iterator[Batch]:
        """The frames of the rows from `first` up to `last`, which is left out, in batches of a bounded size."""
        while first < last:
            batch = next(self.batches(np.arange(first, min(last, first + _MOST_ROWS))))
            yield batch
            first += len(batch)

    def batches(self, rows: Column) -> Iterator[Batch]:
        """The frames of rows (n,), ascending, in batches of a bounded size; each of its rows in one section.

        Raises:
            CaptureError: the file is not any more what it was.
        """
        while len(rows):
            _, end = self.index.section_of(int(rows[0]))
            part = rows[: int(np.searchsorted(rows[:_MOST_ROWS], end))]
            places = self.index.places(part)
            spent = np.cumsum(places.caplen)
            most = max(int(np.searchsorted(spent, _MOST_OCTETS)), 1)
            if most < len(part):
                part = part[:most]
                places = self.index.places(part)
            yield self._batch(places, int(part[0]))
            rows = rows[len(part) :]

    def _batch(self, places: Places, first: int) -> Batch:
        octets, offset = self._octets(places.offset, places.caplen)
        return Batch(
            octets=octets,
            offset=offset,
            caplen=places.caplen,
            orig_len=places.orig_len,
            stamp=places.stamp,
            interface=places.interface,
            interfaces=places.section.interfaces,
            clock=places.section.clock,
            annex=self._annex(places),
            first_number=first + 1,
        )

    def _octets(self, start: Column, length: Column) -> tuple[Octets, Column]:
        """Octets of the file in one block, of places that ascend; and where each of them begins there."""
        end = start + length
        begins = np.flatnonzero(np.concatenate([[True], start[1:] - end[:-1] > _GAP]))
        spans = np.stack([start[begins], np.append(end[begins[1:] - 1], end[-1])], axis=1)
        sizes = spans[:, 1] - spans[:, 0]
        block = np.zeros(int(sizes.sum()) + SLACK, np.uint8)
        to = np.cumsum(sizes) - sizes
        for at, (span, _), size in zip(to.tolist(), spans.tolist(), sizes.tolist(), strict=True):
            self._read_at(span, block.data[at : at + size])
        shift = np.repeat(to - spans[:, 0], np.diff(np.append(begins, len(start))))
        return block, start + shift

    def _read_at(self, place: int, view: memoryview) -> None:
        done = 0
        while done < len(view):
            count = os.preadv(self._file.fileno(), [view[done:]], place + done) if self._file is not None else 0
            if not count:
                raise CaptureError(f"{self.name}: became shorter while it was open")
            done += count

    def _annex(self, places: Places) -> Annex | None:
        at, length = places.options_at, places.options_len
        if at is None or length is None or places.simple is None:
            return None
        runs = [self._options(place, size) for place, size in zip(at.tolist(), length.tolist(), strict=True)]
        octets = np.frombuffer(b"".join(runs) + bytes(SLACK), np.uint8)
        return Annex(octets, np.cumsum(length) - length, length, places.simple, places.section.little)

    def _options(self, place: int, size: int) -> bytes:
        if place < 0:
            return bytes(self.index.kept[-1 - place : -1 - place + size])
        run = bytearray(size)
        self._read_at(place, memoryview(run))
        return bytes(run)
