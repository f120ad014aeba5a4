"""Open a capture by its content: pcap or pcapng, plain or compressed, from a file or a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self

from dovetool.capture.batch import Batch, Interface, Passage
from dovetool.capture.compression import decompressed
from dovetool.capture.foreign import CONVERSION, EDITCAP, PEEK, Foreign, foreign_format
from dovetool.capture.names import name_of
from dovetool.capture.pcap import PcapFormat
from dovetool.capture.pcapng import SECTION_MAGIC, PcapngBlocks
from dovetool.capture.remote.location import Location
from dovetool.capture.source import (
    BLOCK,
    BlockBuffer,
    DescriptorStream,
    OctetStream,
    RawStream,
    open_stream,
)
from dovetool.capture.stdio import STDIO
from dovetool.errors import BrokenOffError, CaptureError, CorruptCaptureError, NoCaptureError, StoppedError

if TYPE_CHECKING:
    from dovetool.capture.converting import Converting

_WORTH_A_THREAD = 4 << 20  # octets of a file
_PCAP_MAGICS = {bytes.fromhex(magic) for magic in ("d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d")}


def begins_capture(octets: bytes) -> bool:
    """Say whether a file that begins with these octets is a capture that dovetool reads, if it is not compressed."""
    return octets[:4] in _PCAP_MAGICS or octets.startswith(SECTION_MAGIC)


class CaptureReader:
    """An open capture; iterate to get its batches, and a passage for each pcapng block that holds no frame.

    A batch is valid until the next one is asked for. What has to stand before the first frame, a file header or a
    section with an interface, is read at once: a file that ends there is no capture.

    Attributes:
        pcap: the file header of a pcap file; None for pcapng.
        size: octets of the file, None when it is a pipe.
        is_copied: what is read goes to the copy that was asked for.
    """

    def __init__(
        self,
        path: Path,
        name: str = "",
        *,
        ahead: bool = False,
        block: int = BLOCK,
        raw: RawStream | None = None,
        copy: Callable[[], BinaryIO] | None = None,
    ) -> None:
        """Open a capture.

        Args:
            path: its file, or `-`.
            raw: where its octets come from, if not from there.
            name: what errors call it; empty: its path.
            ahead: a thread may decompress on while frames are worked on. A plain file is read by who works on it:
                that takes a tenth of the time, and octets in the cache of another core would cost more than it.
            block: octets read at a time.
            copy: makes an empty file that gets what is read, decompressed, unless the input is a plain file, where it
                can be read again anyway; frames can be seen after their octets are there.

        Raises:
            StoppedError: a signal ended it before any frame could be.
            CaptureError: it cannot be opened, is no capture, or ends before any frame can be.
        """
        self.path = path
        self.name = name or name_of(path)
        self._raw: RawStream = raw or open_stream(path)
        self._converted: Converting | None = None
        self._buffer, self._block = BlockBuffer(self._raw, size=block), block
        self._number = 1
        self._link_types: set[int] = set()
        self.size = self._raw.size
        try:
            stream, head, compression = decompressed(self._raw, self.name)
            self.compression = compression
            is_worth_it = compression is not None and self.size is not None and not self.is_short
            copied = copy() if copy is not None and not self._is_plain_file else None
            self.is_copied = copied is not None
            ahead = ahead and is_worth_it and not CONVERSION.is_wanted
            self._buffer = BlockBuffer(stream, head, ahead=ahead, size=block, copy=copied)
            if CONVERSION.is_wanted:
                self._convert(stream, copy)
            self.pcap = self._recognise()
            self._blocks = PcapngBlocks(self._buffer, self.name)
            self._beginning = self._blocks.beginning() if self.pcap is None else []
        except BaseException as error:
            self.close()
            if isinstance(error, CaptureError) and self._raw.was_stopped:
                raise StoppedError(self.name) from error
            if isinstance(error, BrokenOffError):
                raise NoCaptureError(self.name, error.offset, error.what) from error
            raise

    @property
    def _is_plain_file(self) -> bool:
        is_here = self.path != STDIO and not isinstance(self.path, Location)
        return is_here and self.compression is None and self.size is not None

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """The interfaces that a pcap file implies; those of pcapng are among the blocks."""
        return () if self.pcap is None else (self.pcap.interface,)

    @property
    def link_types(self) -> set[int]:
        """Those of the frames read so far."""
        return self._link_types

    @property
    def is_short(self) -> bool:
        """It is a file that is not worth another thread."""
        return self.size is not None and self.size <= _WORTH_A_THREAD

    def _head(self, size: int = PcapFormat.LEN) -> bytes:
        """So many octets of the beginning, if there are."""
        buffer = self._buffer
        while buffer.end - buffer.start < size and buffer.refill(size):
            pass
        return bytes(buffer.view[buffer.start : min(buffer.end, buffer.start + size)])

    def _recognise(self) -> PcapFormat | None:
        head, buffer = self._head(), self._buffer
        if not head:
            raise CaptureError(f"{self.name}: empty, not a capture file")
        if head.startswith(SECTION_MAGIC):
            return None
        if head[:4] not in _PCAP_MAGICS:
            raise CaptureError(f"{self.name}: {self._what_else()}")
        if len(head) < PcapFormat.LEN:
            raise BrokenOffError(self.name, len(head), 0, "the file header is cut short")
        buffer.start += PcapFormat.LEN
        return PcapFormat.parse(head, self.name)

    def _convert(self, stream: OctetStream, copy: Callable[[], BinaryIO] | None) -> None:
        """Go on with what editcap makes of the file, unless it is a capture as it is, or nothing for editcap."""
        from dovetool.capture.converting import Converting  # noqa: PLC0415  (it starts programs, which is rarely wanted)

        head, other = self._head(), self._foreign()
        is_for_editcap = other is None or other.converter == EDITCAP
        if head and not begins_capture(head) and is_for_editcap and isinstance(self._raw, DescriptorStream):
            self._converted = Converting(self._raw, stream, self._buffer, self.name)
            self.size = None
            copied = copy() if copy is not None else None  # instead of that of what was no capture
            self.is_copied = copied is not None
            self._buffer = BlockBuffer(self._converted, size=self._block, copy=copied)

    def _foreign(self) -> Foreign | None:
        """What it is, if it is neither pcap nor pcapng; a pipe is not waited for."""
        head = (
            self._head(PEEK)
            if self.size is not None
            else bytes(self._buffer.view[self._buffer.start : self._buffer.end])
        )
        return foreign_format(head[:PEEK], self.name)

    def _what_else(self) -> str:
        """What it is that is no capture for us, and how one could be made of it."""
        other = self._foreign()
        title = "no pcap or pcapng file" if other is None else other.title
        advice = "" if other is None else f"; {other.advice(str(self.path))}"
        return f"{title}; dovetool reads pcap and pcapng, plain or compressed{advice}"

    @property
    def base(self) -> int:
        """Where the block of the batch that was handed out last begins, in what is read: the file or its copy."""
        return self._buffer.base

    @property
    def position(self) -> int:
        """Octets of the file taken so far, before decompression where that is known."""
        return self._raw.tell() if self.size is not None else self._buffer.position

    def __iter__(self) -> Iterator[Batch | Passage]:
        """Read on from where the last iteration has ended."""
        beginning, self._beginning = self._beginning, []
        yield from beginning
        try:
            for block in self._blocks if self.pcap is None else self._pcap_batches(self.pcap):
                self._note(block)
                yield block
        except CorruptCaptureError as error:  # a decompressor does not know about frames
            if isinstance(error, BrokenOffError) and self._raw.was_stopped:
                return  # whoever was writing it was ended, too
            raise CorruptCaptureError(self.name, self._buffer.position, self._number - 1, error.what) from error

    def _note(self, block: Batch | Passage) -> None:
        if isinstance(block, Batch):
            self._number += len(block)
            self._link_types |= block.link_types

    def _pcap_batches(self, file_format: PcapFormat) -> Iterator[Batch]:
        buffer = self._buffer
        while True:
            batch, buffer.start = file_format.read(buffer.octets, buffer.start, buffer.end, self._number)
            if len(batch):
                yield batch
            elif not buffer.refill(self._wanted(file_format)):
                break
        if buffer.end > buffer.start:
            raise BrokenOffError(self.name, buffer.position, self._number - 1, "the file ends inside a record")

    def _wanted(self, file_format: PcapFormat) -> int:
        """Octets needed from the buffer's start on before another record can be read."""
        buffer = self._buffer
        left = buffer.end - buffer.start
        if left < PcapFormat.RECORD_LEN:
            return left + 1
        caplen = file_format.caplen_at(buffer.view, buffer.start)
        if caplen > file_format.max_caplen:
            what = f"a record claims {caplen:,} octets"
            raise CorruptCaptureError(self.name, buffer.position, self._number - 1, what)
        return PcapFormat.RECORD_LEN + caplen

    def widen(self, block: int) -> None:
        """Read so many octets at a time from now on."""
        self._buffer.widen(block)

    def close(self) -> None:
        """Close the file."""
        if self._converted is not None:
            self._converted.close()
        self._buffer.close()
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Opener(Protocol):
    """Opens a capture, as `CaptureReader` does."""

    def __call__(self, path: Path, name: str = "", *, ahead: bool = False, block: int = BLOCK) -> CaptureReader:
        """A reader of it, from the beginning."""


def opened_beside(path: Path, name: str = "", *, ahead: bool = False, block: int = BLOCK) -> CaptureReader:
    """A reader for another thread than the main one, which alone may ask for signals."""
    return CaptureReader(path, name, ahead=ahead, block=block, raw=open_stream(path, ends_by_signal=False))
