"""Write in a thread of its own, while what is to be written next is being made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from dovetool.capture.workers import undisturbed, workers

if TYPE_CHECKING:
    from concurrent.futures import Future


class Behind:
    """Hands octets on one call late; they must stay as they are until the next call has returned."""

    def __init__(self, write: Callable[[bytes | memoryview], object]) -> None:
        self._write = write
        self._pool = workers(1)
        self._last: Future[object] | None = None

    def write(self, octets: bytes | memoryview) -> None:
        """Begin to write octets, once those before them are written; raises what their writing has raised."""
        self.settle()
        if self._pool is None:
            self._write(octets)
        else:
            with undisturbed():
                self._last = self._pool.submit(self._write, octets)

    def settle(self) -> None:
        """Wait until everything is written; raises what that has raised."""
        last, self._last = self._last, None
        if last is not None:
            with undisturbed():
                last.result()

    def close(self) -> None:
        """Wait until nothing is being written any more, whatever became of it."""
        with suppress(Exception):
            self.settle()
        if self._pool is not None:
            with undisturbed():
                self._pool.shutdown()
