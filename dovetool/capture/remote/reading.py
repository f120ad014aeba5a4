"""Octets of a capture that is kept elsewhere, in ranges, the next of which is on its way while one is worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dovetool.capture.remote.store import store_of, told
from dovetool.capture.workers import undisturbed, workers

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from dovetool.capture.remote.location import Location

_FIRST, _MOST = 1 << 18, 1 << 23
"""Octets of the first range, which tells what the file is, and those that later ones grow to; two are held at most."""


class RemoteStream:
    """A file elsewhere.

    Attributes:
        size: its octets; None where the server does not tell.
        live: it is not ended by signals.
        was_stopped: likewise.
    """

    live = False
    was_stopped = False

    def __init__(self, location: Location) -> None:
        """Open it.

        Raises:
            CaptureError: that cannot be.
        """
        self._location = location
        store, path = store_of(location)
        with told(location):
            block = 0 if location.is_web else _MOST  # not all servers give ranges; of 0, the file comes in one answer
            self._file: Any = store.open(path, "rb", block_size=block, cache_type="none")
        self.size: int | None = self._file.size
        self._range, self._block, self._taken = _FIRST, memoryview(b""), 0
        self._pool: ThreadPoolExecutor | None = None
        self._coming: Future[bytes] | None = None

    def readinto(self, view: memoryview, /) -> int:
        """Fill the view as far as the range at hand goes; 0 at the end.

        Raises:
            CaptureError: no more can be had.
        """
        if not self._block:
            self._block = memoryview(self._next())
        count = min(len(view), len(self._block))
        view[:count] = self._block[:count]
        self._block = self._block[count:]
        self._taken += count
        return count

    def _next(self) -> bytes:
        """The next range; who has taken one before gets another in advance, and who only looks does not."""
        if self._pool is None and self._taken:
            self._pool = workers(1)
        if self._pool is None:
            return self._read(self._grown())
        with undisturbed():
            octets = (self._coming or self._pool.submit(self._read, self._grown())).result()
            self._coming = self._pool.submit(self._read, self._grown()) if octets else None
        return octets

    def _grown(self) -> int:
        size, self._range = self._range, min(_MOST, self._range * 2)
        return size

    def _read(self, size: int) -> bytes:
        with told(self._location):
            octets: bytes = self._file.read(size)
            return octets

    def tell(self) -> int:
        """Octets taken so far."""
        return self._taken

    def close(self) -> None:
        """Take no more."""
        if self._pool is not None:
            with undisturbed():
                self._pool.shutdown(cancel_futures=True)
        self._file.close()
