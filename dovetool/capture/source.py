"""Octets of a capture, from a file or a pipe, in blocks.

A pipe is read as far as it has something to give and no further, so that a frame that arrives can leave at once.
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

import numpy as np

from dovetool.capture.batch import SLACK, Octets
from dovetool.capture.blocks import BLOCKS
from dovetool.capture.ending import ENDING, Ending
from dovetool.capture.remote.location import Location
from dovetool.capture.stdio import BINARY, STDIN, STDIO, in_binary
from dovetool.capture.workers import undisturbed, workers
from dovetool.errors import CaptureError

if TYPE_CHECKING:
    from concurrent.futures import Future

BLOCK = 1 << 21
"""Octets read at a time; blocks that fit the processor's cache are faster than large ones."""
_ROOM = 1 << 16
"""Octets before those of a block, for what is left of the one before; whole pages."""
_PAGE = mmap.PAGESIZE


class OctetStream(Protocol):
    """Where octets come from."""

    def readinto(self, view: memoryview, /) -> int | None:
        """Fill the view as far as there is something to read, at least one octet; 0 at the end."""


class RawStream(OctetStream, Protocol):
    """Where a capture comes from, as it is stored.

    Attributes:
        size: octets of a file; None where they are not known.
        live: a signal may end it.
    """

    size: int | None
    live: bool

    @property
    def was_stopped(self) -> bool:
        """True when its end was come upon, and was due to a signal, so that it may be anywhere."""

    def tell(self) -> int:
        """Octets taken so far."""

    def close(self) -> None:
        """Take no more."""


class DescriptorStream:
    """A file or a pipe read through its descriptor, without a buffer of its own; its errors tell `name`.

    Attributes:
        live: it is no file, so it ends when its sender ends it, or a signal unless `ends_by_signal` was denied.
        has_ended: its end was come upon.
    """

    def __init__(self, descriptor: int, name: str = "standard input", *, ends_by_signal: bool = True) -> None:
        self.descriptor, self.name = descriptor, name
        with self._named():
            status = os.fstat(descriptor)
        self.live = not (stat.S_ISREG(status.st_mode) or stat.S_ISBLK(status.st_mode))
        self.size = status.st_size if stat.S_ISREG(status.st_mode) else None
        self.has_ended = False
        self._ending = ENDING if ends_by_signal else Ending()
        if self.live:
            self._ending.begin()

    @property
    def was_stopped(self) -> bool:
        """True when its end was come upon, and was due to a signal, so that it may be anywhere."""
        return self.has_ended and self._ending.number != 0

    def readinto(self, view: memoryview, /) -> int:
        """Fill the view; from a pipe, stop as soon as it would have to wait."""
        done = 0
        with self._named():
            while done < len(view):
                most = len(view) - done
                room = self._ending.may_read(self.descriptor, most, waits=not done) if self.live else most
                count = _read_into(self.descriptor, view[done : done + room]) if room else 0
                if not count:
                    break
                done += count
        self.has_ended = self.has_ended or not done
        return done

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            error.filename = self.name
            raise

    def tell(self) -> int:
        """Octets taken from a regular file so far."""
        return os.lseek(self.descriptor, 0, os.SEEK_CUR)

    def seek(self, place: int) -> int:
        """Go to a place of a regular file; returns it."""
        return os.lseek(self.descriptor, place, os.SEEK_SET)

    def close(self) -> None:
        """Close the descriptor, unless it is standard input."""
        if self.descriptor != STDIN:
            os.close(self.descriptor)


def _read_into(descriptor: int, view: memoryview) -> int:
    """Read once, as much as there is room for at most; 0 at the end."""
    if hasattr(os, "readv"):
        return os.readv(descriptor, [view])
    octets = os.read(descriptor, len(view))
    view[: len(octets)] = octets
    return len(octets)


def open_stream(path: Path, *, ends_by_signal: bool = True) -> RawStream:
    """Open a file for reading, or standard input for `-`.

    Raises:
        CaptureError: there is no such file, it is a directory, or it may not be read.
    """
    if path == STDIO:
        return DescriptorStream(in_binary(STDIN), ends_by_signal=ends_by_signal)
    if isinstance(path, Location):
        from dovetool.capture.remote.reading import RemoteStream  # noqa: PLC0415  (few commands read elsewhere)

        return RemoteStream(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | BINARY | getattr(os, "O_CLOEXEC", 0))
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise IsADirectoryError(errno.EISDIR, "is a directory, not a capture file")
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror}") from error
    return DescriptorStream(descriptor, str(path), ends_by_signal=ends_by_signal)


class BlockBuffer:
    """A sliding window over an octet stream: the octets that are read and not yet consumed lie in one block.

    The block that `octets` shows stays as it is for as long as anybody refers to it.

    Attributes:
        octets: the block, `SLACK` octets longer than what may be filled.
        start: first octet not yet consumed.
        end: end of the octets that were read.
        base: place of `octets[0]` in the stream.
    """

    def __init__(
        self,
        stream: OctetStream,
        head: bytes = b"",
        *,
        ahead: bool = False,
        size: int = BLOCK,
        copy: BinaryIO | None = None,
    ) -> None:
        """Begin.

        Args:
            stream: where octets come from.
            head: what was taken of it already.
            ahead: a thread reads on while the octets at hand are worked on.
            size: octets that are read at a time, some pages at least.
            copy: gets all octets, before they can be seen here.
        """
        self._stream, self._size, self._copy = stream, size, copy
        if copy is not None:
            copy.write(head)
        self._pool = workers(1) if ahead else None
        self._coming: Future[tuple[Octets, int]] | None = None
        self.octets = BLOCKS.take(len(head))
        self.octets[: len(head)] = np.frombuffer(head, np.uint8)
        self.start, self.end, self.base = 0, len(head), 0
        self._taken = len(head)

    @property
    def view(self) -> memoryview:
        """The block as a memoryview, for `struct`."""
        return self.octets.data

    @property
    def position(self) -> int:
        """Place of the first octet not yet consumed, in the stream."""
        return self.base + self.start

    def widen(self, size: int) -> None:
        """Read so many octets at a time from now on."""
        self._size = size

    def refill(self, need: int = 1) -> bool:
        """Keep what is not consumed, and read on until at least `need` octets are there, from `start` on.

        Returns:
            True when new octets came; False at the end of the stream.
        """
        kept, position = self.octets[self.start : self.end], self.position
        block, count = self._next()
        room, grew = _ROOM, count > 0
        if len(kept) > room or (grew and len(kept) + count < need):
            block, count = self._joined(kept, block, count, need)
            room = len(kept)
        self.start, self.end = room - len(kept), room + count
        block[self.start : room] = kept
        self.octets, self.base = block, position - self.start
        return grew

    def _joined(self, kept: Octets, block: Octets, count: int, need: int) -> tuple[Octets, int]:
        """A block with room for what is kept, and behind it the octets of one block and of as many as are needed."""
        parts, last = [block[_ROOM : _ROOM + count]], count
        while last and len(kept) + count < need:
            block, last = self._next()
            parts.append(block[_ROOM : _ROOM + last])
            count += last
        joined = np.zeros(len(kept) + count + SLACK, np.uint8)
        np.concatenate(parts, out=joined[len(kept) : len(kept) + count])
        return joined, count

    def _next(self) -> tuple[Octets, int]:
        """A block whose octets from `_ROOM` on are those that come next, and how many they are."""
        if self._pool is None:
            return self._read()
        with undisturbed():
            block, count = (self._coming or self._pool.submit(self._read)).result()
            self._coming = self._pool.submit(self._read) if count else None
        return block, count

    def _read(self) -> tuple[Octets, int]:
        block = BLOCKS.take(_ROOM + self._size)
        most = self._size - self._taken % _PAGE  # from then on a page of the file is a page of a block: see `Blocks`
        count = self._stream.readinto(block.data[_ROOM : _ROOM + most]) or 0
        self._taken += count
        if self._copy is not None:
            self._copy.write(block.data[_ROOM : _ROOM + count])
            self._copy.flush()
        return block, count

    def close(self) -> None:
        """Read no more."""
        if self._pool is not None:
            with undisturbed():
                self._pool.shutdown(cancel_futures=True)
