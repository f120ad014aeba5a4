"""Captures that are read once from beginning to end, as one, and then again wherever somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dovetool.analysis.indexed.frame_index import FrameIndex, Places
from dovetool.analysis.indexed.stored_files import StoredFiles
from dovetool.capture.batch import SLACK, Annex, Batch, Column, Octets, Passage
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.pcapng import SECTION
from dovetool.errors import CorruptCaptureError

if TYPE_CHECKING:
    from dovetool.capture.open_capture import OpenCapture

_MOST_ROWS = 1 << 13
_MOST_OCTETS = 1 << 22
_GAP = 1 << 12  # octets between two frames that are read along, as that takes less time than to read twice


class IndexedCapture:
    """Captures that are read as one; close it at the end.

    Attributes:
        inputs: the captures.
        name: what errors call them.
        index: where their frames are stored, as far as they are there.
        size: octets of the files; None where one is a pipe.
        position: octets of them that were read.
        is_complete: there is nothing more to read.
        damage: what is wrong with them from some point on; all before that is there.
        link_types: those of the frames.
        kinds: those of the blocks of pcapng files that hold no frame.
    """

    def __init__(self, inputs: Inputs) -> None:
        self.inputs, self.name = inputs, inputs.name
        self.index = FrameIndex()
        self.size: int | None = None
        self.position = 0
        self.is_complete = False
        self.damage: CorruptCaptureError | None = None
        self.link_types: set[int] = set()
        self.kinds: set[int] = set()
        self._files = StoredFiles(inputs.paths)

    def __len__(self) -> int:
        return self.index.count

    @property
    def path(self) -> Path | None:
        """Where a single one can be read again: the file, or its copy; None for several."""
        single = self.inputs.single
        return None if single is None else self._files.stored(single)

    def read(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Read all, or up to where `goes_on` says no; the rows are there as soon as they are read.

        Raises:
            CaptureError: it cannot be opened, or is no capture.
        """
        with self.inputs.opened(ahead=True, opener=self._files.first) as reader:
            self.size = reader.size
            try:
                for item in reader:
                    self._take(item)
                    self.position = reader.position
                    if not goes_on():
                        return
            except CorruptCaptureError as error:
                self.damage = error
        self.position = self.size or self.position
        self.is_complete = True

    def _take(self, item: Batch | Passage) -> None:
        if isinstance(item, Batch):
            self.index.add(item)
            self.link_types |= item.link_types
        else:
            self.kinds.add(item.kind)
            if item.kind == SECTION:
                self.index.begin_section()

    def opened(self) -> OpenCapture:
        """A reader of the same frames, from the beginning, with the numbers that they have."""
        return self.inputs.opened(opener=self._files.again)

    def close(self) -> None:
        """Let go of the files, and of copies where there are any."""
        self._files.close()
        self.index.kept.close()

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
        octets, offset = self._octets(places.place, places.caplen)
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

    def _octets(self, place: Column, length: Column) -> tuple[Octets, Column]:
        """The octets at places in one block, and where each of them begins there."""
        order = np.argsort(place, kind="stable")
        start, end = place[order], (place + length)[order]
        begins = np.flatnonzero(np.concatenate([[True], start[1:] - end[:-1] > _GAP]))
        spans = np.stack([start[begins], np.append(end[begins[1:] - 1], end[-1])], axis=1)
        sizes = spans[:, 1] - spans[:, 0]
        block = np.zeros(int(sizes.sum()) + SLACK, np.uint8)
        to = np.cumsum(sizes) - sizes
        for at, (span, _), size in zip(to.tolist(), spans.tolist(), sizes.tolist(), strict=True):
            self._files.read_at(span, block.data[at : at + size])
        offset = np.empty_like(place)
        offset[order] = start + np.repeat(to - spans[:, 0], np.diff(np.append(begins, len(start))))
        return block, offset

    def _annex(self, places: Places) -> Annex | None:
        at, length = places.options_at, places.options_len
        if at is None or length is None or places.simple is None:
            return None
        runs = [self._options(place, size) for place, size in zip(at.tolist(), length.tolist(), strict=True)]
        octets = np.frombuffer(b"".join(runs) + bytes(SLACK), np.uint8)
        return Annex(octets, np.cumsum(length) - length, length, places.simple, places.section.little)

    def _options(self, place: int, size: int) -> bytes:
        if place < 0:
            return self.index.kept.read(-1 - place, size)
        run = bytearray(size)
        self._files.read_at(place, memoryview(run))
        return bytes(run)
