"""One of several captures: its beginning, and then its frames, as far as they are wanted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dovetool.capture.batch import LAST_NS, Batch, Passage
from dovetool.capture.merging.numbering import Places
from dovetool.capture.merging.weaving import Strand
from dovetool.capture.origin import Origin
from dovetool.capture.pcap import PcapFormat
from dovetool.capture.pcapng import SECTION
from dovetool.capture.reader import CaptureReader, Opener
from dovetool.errors import CaptureError, StoppedError

_PEEK = 1 << 16  # octets read of a file at a time to see how it begins


class Lane:
    """A capture among others: how it begins is seen first; it is read when it is its turn.

    Attributes:
        path: its file.
        files: those of all.
        number: its place among them.
        pcap: its file header; None for pcapng.
        section: its first section header; None for pcap.
        limit: the key of its last frame in hand; before there is one, what that of its first one will be at least.
        size: octets of the file; None for a pipe.
        link_types: those of the frames read so far.
        was_stopped: a signal ended it before any frame could be.
        damage: what is wrong with it, as far as it was read.
    """

    def __init__(self, files: Sequence[Path], number: int, opener: Opener = CaptureReader) -> None:
        self.path, self.files, self.number, self._opener = files[number], files, number, opener
        self.pcap: PcapFormat | None = None
        self.section: Passage | None = None
        self.limit = -LAST_NS
        self.size: int | None = 0
        self.link_types: set[int] = set()
        self.was_stopped = False
        self.damage: CaptureError | None = None
        self._reader: CaptureReader | None = None
        self._items: Iterator[Batch | Passage] = iter(())
        self._held: deque[Batch | Passage] = deque()
        self._strands: deque[Strand] = deque()
        self._places: Places | None = None
        self._is_over = False
        self._taken = 0

    def peek(self, *, stays_open: bool, to_frame: bool) -> None:
        """See how it begins, up to the time of its first frame or only so far that its format is known.

        A pipe stays open in any case; a file that does not is opened again when it is its turn.
        """
        self._open(ahead=False, block=_PEEK)
        if self._reader is None:
            return
        self.pcap, self.size = self._reader.pcap, self._reader.size
        self._look(to_frame=to_frame)
        if self.size is not None and not stays_open:
            self._held.clear()
            self._is_over, self.damage = False, None
            self.close()

    def _look(self, *, to_frame: bool) -> None:
        while to_frame or (self.pcap is None and self.section is None):
            item = self._next_item()
            if item is None:
                return
            self._held.append(item)
            if isinstance(item, Batch):
                self.limit = int(item.ts_ns[0])
                return
            if item.kind == SECTION and self.section is None:
                self.section = item

    def _open(self, *, ahead: bool, block: int) -> None:
        try:
            self._reader = self._opener(self.path, ahead=ahead, block=block)
            self._items = iter(self._reader)
        except StoppedError:
            self._is_over = self.was_stopped = True
        except (CaptureError, OSError) as error:
            self._fail(error)

    def _next_item(self) -> Batch | Passage | None:
        """What comes next in the file; None at its end, or where it is damaged."""
        try:
            item = next(self._items, None)
        except (CaptureError, OSError) as error:
            self._fail(error)
            return None
        self._is_over = item is None
        return item

    def _fail(self, error: CaptureError | OSError) -> None:
        told = f"{self.path}: {error.strerror or error}" if isinstance(error, OSError) else ""
        self.damage = error if isinstance(error, CaptureError) else CaptureError(told)
        self._is_over = True

    @property
    def has_begun(self) -> bool:
        """It was its turn."""
        return self._places is not None

    @property
    def is_done(self) -> bool:
        """Nothing comes of it any more."""
        return self._is_over and not self._strands and not self._held

    def begin(self, places: Places, *, ahead: bool, block: int) -> None:
        """It is its turn.

        Args:
            places: of its interfaces in the whole.
            ahead: a thread may decompress it.
            block: octets to read at a time.
        """
        self._places = places
        if self._reader is not None:
            self._reader.widen(block)  # after a first look
        elif not self._is_over:
            self._open(ahead=ahead, block=block)
        if self.pcap is not None:
            places.begin(self.pcap)

    def read(self) -> Iterator[Batch | Passage]:
        """Its frames and blocks in the order of the file, as those of the whole."""
        places = self._places
        while places is not None and (item := self._following()) is not None:
            if isinstance(item, Batch):
                self.link_types |= item.link_types
                origin = Origin.of(self.files, self.number, item.first_number, len(item))
                yield replace(places.placed(item), origin=origin)
            else:
                yield from places.passed(item)

    def _following(self) -> Batch | Passage | None:
        if self._held:
            return self._held.popleft()
        item = None if self._is_over else self._next_item()
        if item is None:
            self.close()
        return item

    def fill(self, frames: int, octets: int) -> Iterator[Passage]:
        """Read on until so many frames of so many octets are in hand, one at least, or none follow.

        Of a pipe no more is waited for than is needed. What is no frame is given at once.
        """
        items = self.read()
        while self._wants(frames, octets) and (item := next(items, None)) is not None:
            if isinstance(item, Passage):
                yield item
                continue
            keys = np.maximum(np.maximum.accumulate(item.ts_ns), self.limit)
            self.limit = int(keys[-1])
            self._strands.append(Strand(item, keys))

    def _wants(self, frames: int, octets: int) -> bool:
        if not self._strands:
            return True
        have = sum(map(len, self._strands))
        return self.size is not None and have < frames and have * self._mean_octets() < octets

    def _mean_octets(self) -> int:
        batch = self._strands[-1].batch
        return int(batch.caplen.sum()) // len(batch)

    def taken(self, key: int, *, even: bool) -> list[Strand]:
        """Take the frames in hand whose keys are below one, and with `even` those that have it, too."""
        found: list[Strand] = []
        while self._strands:
            strand = self._strands[0]
            count = int(np.searchsorted(strand.keys, key, side="right" if even else "left"))
            if count:
                found.append(strand.part(0, count))
            if count < len(strand):
                self._strands[0] = strand.part(count, len(strand))
                break
            self._strands.popleft()
        return found

    @property
    def has_frames(self) -> bool:
        """Frames are in hand."""
        return bool(self._strands)

    @property
    def position(self) -> int:
        """Octets taken of it so far."""
        return self._taken if self._reader is None else self._reader.position

    def close(self) -> None:
        """Close its file."""
        if self._reader is not None:
            self._taken = self._reader.position if self.has_begun else 0
            self._reader.close()
            self._reader, self._items = None, iter(())
