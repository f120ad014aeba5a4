"""Captures that are read from file objects of Python, and written to them, in the place of files that have a path."""

from __future__ import annotations

import errno
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO, Self


class ObjectStream:
    """The octets of a file object that was opened in binary mode, from where it stands.

    Attributes:
        size: None, as of a pipe: it may be anything.
        live: it is not ended by signals.
        was_stopped: likewise.
    """

    size: int | None = None
    live = False
    was_stopped = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        for name in ("readinto1", "readinto"):  # the first gives what is there at once
            if hasattr(file, name):
                self._fill: Callable[[memoryview], int | None] = getattr(file, name)
                return
        self._fill = self._read

    def readinto(self, view: memoryview, /) -> int:
        """Fill the view as far as there is something to read; 0 at the end."""
        count = self._fill(view)
        if count is None:
            raise BlockingIOError(errno.EAGAIN, "it has nothing to read yet, and does not wait for more")
        return count

    def _read(self, view: memoryview) -> int | None:
        octets: object = self._file.read(len(view))
        if octets is None:
            return None
        if not isinstance(octets, bytes | bytearray | memoryview) or len(octets) > len(view):
            raise TypeError(f"read({len(view)}) has given {_told(octets)}; expected octets, and no more than these")
        view[: len(octets)] = octets
        return len(octets)

    def tell(self) -> int:
        """Where it stands."""
        return self._file.tell()

    def close(self) -> None:
        """Whoever opened it closes it."""


def _told(given: object) -> str:
    return f"{len(given)} octets" if isinstance(given, bytes | bytearray | memoryview) else type(given).__name__


class ObjectTarget:
    """A file object that a capture is written to, as it is, where a `CaptureTarget` writes a file.

    It is not closed, and what was written before an error stays there.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, octets: bytes | memoryview) -> None:
        """Write octets of a capture."""
        view = memoryview(octets).cast("B")
        while view:  # what has no buffer may take a part
            view = view[self._file.write(view) :]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._file.flush()
