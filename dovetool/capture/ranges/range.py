"""Records of a capture file that follow each other, read as a capture of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.reader import CaptureReader
from dovetool.capture.source import DescriptorStream, open_stream
from dovetool.capture.wrapped_reader import WrappedReader
from dovetool.errors import CaptureError, CorruptCaptureError
from dovetool.values import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """A range of records.

    Attributes:
        path: the file.
        begin: where the first of them begins.
        end: where the last of them ends; None: with the file.
        number: that of its first frame in the file.
        head: what stands in the file for who reads on from there: the file header of pcap; the section header and the
            interfaces so far of pcapng.
        lead: the same range with some of the records before it; None: it has none of its section.
    """

    path: Path
    begin: int
    end: int | None
    number: int
    head: bytes
    lead: Range | None = None

    def at(self, path: Path) -> Range:
        """The same range of a file by another name."""
        return replace(self, path=path, lead=self.lead and self.lead.at(path))

    @property
    def name(self) -> str:
        """What messages call it: as the file."""
        return str(self.path)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The file."""
        return (self.path,)

    @property
    def single(self) -> Path:
        """The file."""
        return self.path

    @property
    def can_be_read_twice(self) -> bool:
        """It is of a file."""
        return True

    def opened(self, *, ahead: bool = False) -> RangeReader:
        """Open it.

        Raises:
            CaptureError: the file is gone, or another one.
        """
        return RangeReader(self)


class RangeStream:
    """The octets of a range: first its head, then those of the file."""

    live = False
    was_stopped = False

    def __init__(self, given: Range) -> None:
        """Open the file; raises a CaptureError where that cannot be."""
        stream = open_stream(given.path)
        if not isinstance(stream, DescriptorStream) or stream.size is None:
            stream.close()
            raise CaptureError(f"{given.path}: is no file any more, of which a part was to be read")
        stream.seek(given.begin)
        self._stream, self._head = stream, memoryview(given.head)
        self._left = (stream.size if given.end is None else given.end) - given.begin
        self._taken = 0
        self.size: int | None = len(given.head) + self._left

    def readinto(self, view: memoryview, /) -> int:
        """Fill the view; 0 at the end."""
        if self._head:
            count = min(len(view), len(self._head))
            view[:count] = self._head[:count]
            self._head = self._head[count:]
        else:
            count = self._stream.readinto(view[: self._left])
            self._left -= count
        self._taken += count
        return count

    def tell(self) -> int:
        """Octets taken so far."""
        return self._taken

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class RangeReader(WrappedReader):
    """An open range: frames and places are numbered as in the file."""

    def __init__(self, given: Range) -> None:
        super().__init__(CaptureReader(given.path, raw=RangeStream(given)))
        self._range = given

    def __iter__(self) -> Iterator[Batch | Passage]:
        """Read on; raises a CorruptCaptureError after what is good."""
        before = self._range.number - 1
        try:
            for item in self.reader:
                yield replace(item, first_number=item.first_number + before) if isinstance(item, Batch) else item
        except CorruptCaptureError as error:
            offset = error.offset - len(self._range.head) + self._range.begin
            raise type(error)(error.name, offset, error.frames + before, error.what) from error
