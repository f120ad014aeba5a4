"""An output in many files: a new one begins by size or by time, and of a ring the oldest goes.

Names are as dumpcap gives them, `lan_00001_20260101120000.pcapng`: a number, and the time of the first frame in UTC.
Each file is whole when it has its name, with a file header of its own, or a section and its interfaces.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from dovetool.capture.batch import Batch, Column, Framing, Passage
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.framing import Records, record_sizes
from dovetool.capture.parts import Parts
from dovetool.capture.pcapng import INTERFACE, SECTION
from dovetool.capture.slicing import part_of
from dovetool.capture.target import Sink
from dovetool.capture.writer import COMPRESSIONS, CaptureWriter, FirstLinkWriter
from dovetool.errors import CaptureError
from dovetool.values import dataclass

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a new file begins.

    Attributes:
        octets: a file has no more, before it is compressed, unless what it begins with and one frame, or block, have;
            None: it does not matter.
        span_ns: its frames are no further behind its first one than this, in ns; None: it does not matter.
        ring: so many files are there at most; None: all.
    """

    octets: int | None = None
    span_ns: int | None = None
    ring: int | None = None


class RotatingWriter:
    """Writes a capture as a row of files; a context manager that completes the last of them, or removes it.

    Attributes:
        framing: the room that records need around frames.
        sink: takes octets of the file at hand.
    """

    def __init__(
        self,
        path: Path,
        rotation: Rotation,
        begin: Callable[[Sink], CaptureWriter],
        framing: Framing,
        claim: Callable[[Path], None],
        *,
        behind: bool = False,
    ) -> None:
        """Write files named after a path.

        Args:
            path: what their names are made of.
            rotation: when a new one begins.
            begin: begins one.
            framing: what it needs around frames.
            claim: is told of each before it is made, and raises for one that may not be.
            behind: a thread writes.
        """
        self.framing = framing
        self.sink: Sink = self._put
        self._path, self._rotation, self._begin, self._claim, self._behind = path, rotation, begin, claim, behind
        self._writer: CaptureWriter | None = None
        self._target: CaptureTarget | None = None
        self._files, self._parts = ExitStack(), Parts()
        self._described: list[Passage] = []
        self._pending: list[Passage] = []
        self._names: deque[Path] = deque()
        self._count = self._octets = self._first_ns = 0
        self._is_empty = True

    def pass_on(self, passage: Passage) -> None:
        """Take a block without a frame: those that describe are there in each file, others in the one at hand."""
        if passage.kind == SECTION:
            self._described = []
        if passage.kind in (SECTION, INTERFACE):
            self._described.append(passage)
        if self._writer is not None and self._took(self._writer, passage):
            return
        if self._writer is not None:
            self._complete()
        if passage.kind not in (SECTION, INTERFACE):
            self._pending.append(passage)

    def _took(self, writer: CaptureWriter, passage: Passage) -> bool:
        """Write a block to the file at hand, unless it would have too much by that."""
        made = bytearray()
        writer.sink = made.extend
        writer.pass_on(passage)
        writer.sink = self._put
        limit = self._rotation.octets
        if limit is not None and not self._is_empty and self._octets + len(made) > limit:
            return False
        self._put(bytes(made))
        self._is_empty = self._is_empty and passage.kind in (SECTION, INTERFACE)
        return True

    def records(self, batch: Batch) -> Records:
        """The records of n frames, one at least."""
        return self._at_hand(batch).records(batch)

    def octets_ahead(self, batch: Batch) -> list[tuple[int, int]]:
        """What the file at hand needs before n frames, one at least."""
        return self._at_hand(batch).octets_ahead(batch)

    def write(self, batch: Batch) -> None:
        """Write frames, to as many files as they take."""
        start, ends = 0, np.cumsum(record_sizes(batch, self.framing)) if len(batch) else np.empty(0, np.int64)
        while start < len(batch):
            writer = self._at_hand(batch, start)
            stop = self._end_of_file(batch, ends, start, writer)
            if stop > start:
                writer.write(part_of(batch, start, stop))
                self._is_empty = False
                start = stop
            if start < len(batch):
                self._complete()

    def _end_of_file(self, batch: Batch, ends: Column, start: int, writer: CaptureWriter) -> int:
        """The row of a batch that the file at hand ends before; a file has a frame, or a block, at least."""
        stop, rotation = len(batch), self._rotation
        if rotation.octets is not None:
            stop = self._full_at(batch, ends, start, writer, rotation.octets - self._octets)
        if rotation.span_ns is not None:
            times = batch.told_ns[start:]
            late = times - self._first_ns >= rotation.span_ns
            stop = min(stop, start + int(late.argmax()) if late.any() else stop)
        return max(stop, start + self._is_empty)

    def _full_at(self, batch: Batch, ends: Column, start: int, writer: CaptureWriter, room: int) -> int:
        """The row of the first frame that does not fit into so many octets, nor what has to stand before it."""
        room += int(ends[start - 1]) if start else 0
        stop = int(np.searchsorted(ends, room, side="right"))
        ahead = writer.octets_ahead(part_of(batch, start, stop)) if stop > start else []
        if not ahead:
            return stop
        more = np.zeros(stop - start, np.int64)
        for row, octets in ahead:
            more[row] += octets
        return start + int(np.searchsorted(ends[start:stop] + np.cumsum(more), room, side="right"))

    def _at_hand(self, batch: Batch | None, row: int = 0) -> CaptureWriter:
        """The file at hand; it begins with a frame of a batch, or with none that will come."""
        if self._writer is not None:
            return self._writer
        if batch is not None:
            self._first_ns = int(batch.told_ns[row])
        writer, pending, self._pending = self._begun(), self._pending, []
        for passage in pending:
            if not self._took(writer, passage):
                self._complete()
                writer = self._begun()
                self._took(writer, passage)
        return writer

    def _begun(self) -> CaptureWriter:
        """A new file, with all that describes what will follow."""
        self._count += 1
        path = named(self._path, self._count, self._first_ns)
        self._claim(path)
        self._target = self._files.enter_context(CaptureTarget(path, behind=self._behind, parts=self._parts))
        self._names.append(path)
        self._writer = writer = self._begin(self._put)
        for passage in self._described:
            writer.pass_on(passage)
        return writer

    def _put(self, octets: bytes | memoryview, /) -> None:
        if self._target is not None:
            self._octets += memoryview(octets).nbytes
            self._target.write(octets)

    def _complete(self) -> None:
        """The file at hand is whole; of a ring, the oldest goes."""
        if isinstance(self._writer, FirstLinkWriter):
            self._writer.end()
        self._writer, self._octets, self._is_empty = None, 0, True
        self._files.close()
        while self._rotation.ring is not None and len(self._names) > self._rotation.ring:
            oldest = self._names.popleft()
            try:
                oldest.unlink(missing_ok=True)
            except OSError as error:
                raise CaptureError(f"cannot remove {oldest}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._files.__exit__(kind, error, trace)
        else:
            if self._pending or not self._count:
                self._at_hand(None)
            self._complete()


def named(path: Path, number: int, first_ns: int) -> Path:
    """The file of that number and time, by the name of all."""
    ends = [suffix for suffix in path.suffixes[-2:] if suffix in (".pcap", ".pcapng", *COMPRESSIONS)]
    rest = "".join(ends)
    stem = path.name.removesuffix(rest)
    try:
        moment = f"{_EPOCH + timedelta(seconds=first_ns // _SECOND):%Y%m%d%H%M%S}".zfill(14)
    except OverflowError:
        moment = "0" * 14
    return path.with_name(f"{stem}_{number:05}_{moment}{rest}")
