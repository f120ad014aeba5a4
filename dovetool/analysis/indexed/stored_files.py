"""The files that frames are read again from: the captures, or copies of what cannot be read twice.

A *place* is the number of a file and the octets before something in it, in one number: places of one file ascend as its
octets do, and those of the next file come behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import BinaryIO, cast

from dovetool.analysis.indexed.reading_at import read_at
from dovetool.capture.batch import Batch, Passage
from dovetool.capture.names import name_of
from dovetool.capture.reader import CaptureReader
from dovetool.capture.source import BLOCK, open_stream
from dovetool.errors import CaptureError, UsageError

_PLACE_BITS = 48
_MOST_FILES = 1 << 15
_STAY_OPEN = 64


class StoredFiles:
    """Opens captures, the first time and again, and reads octets of them at any place; any thread may."""

    def __init__(self, paths: Sequence[Path]) -> None:
        if len(paths) > _MOST_FILES:
            raise UsageError(f"{len(paths):,} captures: {_MOST_FILES:,} can be looked through at once; name fewer")
        self._paths = list(paths)
        self._numbers = {path: number for number, path in enumerate(paths)}
        self._copies: dict[Path, BinaryIO] = {}
        self._open: dict[int, BinaryIO] = {}
        self._lock = Lock()

    def first(self, path: Path, name: str = "", *, ahead: bool = False, block: int = BLOCK) -> CaptureReader:
        """A reader of one of them, in a thread beside the main one; it copies what cannot be read twice."""
        number = self._numbers[path]
        raw = open_stream(path, ends_by_signal=False)
        reader = _PlacedReader(path, name, ahead=ahead, block=block, raw=raw, copy=lambda: self._copy_of(path))
        reader.first_place = number << _PLACE_BITS
        with self._lock:
            self._file(number)  # it is there from now on, whoever removes it
        return reader

    def again(self, path: Path, name: str = "", *, ahead: bool = False, block: int = BLOCK) -> CaptureReader:
        """A reader of the same octets."""
        return CaptureReader(self.stored(path), name or name_of(path), ahead=ahead, block=block)

    def stored(self, path: Path) -> Path:
        """Where one of them can be read again."""
        copy = self._copies.get(path)
        return path if copy is None else Path(copy.name)

    def _copy_of(self, path: Path) -> BinaryIO:
        if path not in self._copies:
            self._copies[path] = cast(
                "BinaryIO",
                NamedTemporaryFile(prefix="dovetool-", suffix=".capture"),  # noqa: SIM115  (`close` closes it)
            )
        copy = self._copies[path]
        copy.seek(0)
        copy.truncate()
        return copy

    def read_at(self, place: int, view: memoryview) -> None:
        """Fill the view with the octets from a place on.

        Raises:
            CaptureError: the file is not any more what it was.
        """
        number, at = place >> _PLACE_BITS, place & ((1 << _PLACE_BITS) - 1)
        path, done = self._paths[number], 0
        with self._lock:
            file = self._file(number)
            while done < len(view):
                count = read_at(file, at + done, view[done:])
                if not count:
                    raise CaptureError(f"{name_of(path)}: became shorter while it was open")
                done += count

    def _file(self, number: int) -> BinaryIO:
        """The file, open; those that were opened long ago are closed when there are many."""
        file = self._open.get(number)
        if file is None:
            path = self._paths[number]
            if len(self._open) >= _STAY_OPEN:
                self._open.pop(next(iter(self._open))).close()
            try:
                file = self._open[number] = self.stored(path).open("rb", buffering=0)
            except OSError as error:
                raise CaptureError(f"{path}: {error.strerror}") from error
        return file

    def close(self) -> None:
        """Let go of the files; copies are gone then."""
        with self._lock:
            for file in (*self._open.values(), *self._copies.values()):
                file.close()
            self._open.clear()


class _PlacedReader(CaptureReader):
    """A reader whose batches say where their frames are stored.

    Attributes:
        first_place: that of the first octet of its file.
    """

    first_place = 0

    def __iter__(self) -> Iterator[Batch | Passage]:
        for item in super().__iter__():
            yield self._placed(item) if isinstance(item, Batch) else item

    def _placed(self, batch: Batch) -> Batch:
        return replace(batch, place=batch.offset + (self.first_place + self.base))
