"""Captures that users pass: by a path, as a file object, or as frames."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeGuard

from dovetool.capture.file_object import ObjectStream, ObjectTarget
from dovetool.capture.frames_reader import FramesReader, GivenFrame
from dovetool.capture.merging.finding import captures_of
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.reader import CaptureReader
from dovetool.capture.remote.location import place_of
from dovetool.errors import UsageError
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.api.asking import PathLike
    from dovetool.api.frame import Frame
    from dovetool.capture.open_capture import OpenCapture
    from dovetool.jobs.opening import Goal, Source


class _Pathless:
    """What is read without being opened by a path, which `Inputs` would have."""

    __slots__ = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """There are none."""
        return ()

    @property
    def single(self) -> Path | None:
        """There is no path."""
        return None


class GivenFile(_Pathless):
    """A file object that a capture is read from, from where it stands; more than once where it can be rewound."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start: int | None = file.tell() if _is_seekable(file) else None
        self._was_read = False

    @property
    def name(self) -> str:
        """What errors call it."""
        return _name_of(self._file) or f"<{type(self._file).__name__}>"

    def opened(self, *, ahead: bool = False) -> OpenCapture:
        """A reader of it, from where it stood; it is nobody else's to read ahead.

        Raises:
            UsageError: it was read already, and cannot be rewound.
        """
        if self._was_read and self._start is None:
            raise UsageError(f"{self.name}: cannot be read twice; it is no file that can be rewound")
        if self._start is not None:
            self._file.seek(self._start)
        self._was_read = True
        return CaptureReader(Path(self.name), self.name, raw=ObjectStream(self._file))

    @property
    def can_be_read_twice(self) -> bool:
        """It can be rewound."""
        return self._start is not None


@dataclass(frozen=True, slots=True)
class GivenFrames(_Pathless):
    """Frames that are read, once."""

    frames: Iterator[GivenFrame]

    @property
    def name(self) -> str:
        """What errors call them."""
        return "the frames"

    @property
    def can_be_read_twice(self) -> bool:
        """They are gone once they were handed out."""
        return False

    def opened(self, *, ahead: bool = False) -> OpenCapture:
        """A reader of those that are left."""
        return FramesReader(self.frames, self.name)


@dataclass(frozen=True, slots=True)
class GivenOutput:
    """A file object that a capture is written to."""

    file: BinaryIO

    @property
    def name(self) -> str:
        """Its name, whose suffix tells the format; empty for none."""
        return _name_of(self.file)

    def opened(self) -> ObjectTarget:
        """What writes it."""
        return ObjectTarget(self.file)


def _is_seekable(file: BinaryIO) -> bool:
    """Not all that can be read says so."""
    return hasattr(file, "seekable") and file.seekable()


def _name_of(file: object) -> str:
    name = getattr(file, "name", "")
    return name if isinstance(name, str) else ""


def is_paths(given: object) -> TypeGuard[PathLike | Sequence[PathLike]]:
    """Say whether a path was passed, or several."""
    several = given if isinstance(given, list | tuple) and given else [given]
    return all(isinstance(each, str | os.PathLike) for each in several)


def _place(given: PathLike) -> Path:
    """A path, or an address.

    Raises:
        UsageError: there can be no such file.
    """
    name = os.fspath(given)
    if not isinstance(name, str) or not name or "\0" in name:
        raise UsageError(f"{name!r}: is no name of a file")
    return place_of(given)


def source_of(given: PathLike | Sequence[PathLike] | BinaryIO) -> Source:
    """The capture that a path or a file object is; several are merged in the order of time.

    Raises:
        TypeError: it is neither, or was opened in text mode.
        UsageError: no path was passed.
    """
    if isinstance(given, list | tuple) and not given:
        raise UsageError("an empty list names no capture")
    if is_paths(given):
        found = captures_of(places_named(given))
        return found[0] if len(found) == 1 else Inputs(found)
    return GivenFile(_binary(given, "read"))


def places_named(given: object) -> list[Path]:
    """The paths that a path is, or several.

    Raises:
        TypeError: it is neither.
    """
    if not is_paths(given):
        raise TypeError(f"expected a path, or several of these, not {type(given).__name__}")
    return [_place(word) for word in ([given] if isinstance(given, str | os.PathLike) else given)]


def goal_of(given: PathLike | BinaryIO) -> Goal:
    """Where a capture is written to.

    Raises:
        TypeError: it is neither a path nor a file object, or was opened in text mode.
    """
    if isinstance(given, str | os.PathLike):
        return place_of(given)
    return GivenOutput(_binary(given, "write"))


def _binary(given: Any, method: str) -> BinaryIO:  # noqa: ANN401  (it is checked)
    if isinstance(given, io.TextIOBase):
        raise TypeError(f"{_name_of(given) or 'the file'} was opened in text mode; open it with mode 'rb' or 'wb'")
    if not hasattr(given, method):
        raise TypeError(f"expected a path, or a file object in binary mode, not {type(given).__name__}")
    file: BinaryIO = given
    return file


def frames_of(given: Iterable[Frame | bytes]) -> GivenFrames:
    """Frames, or octets of Ethernet frames, as a capture.

    Raises:
        TypeError: it cannot be iterated over; what it gives is checked when it is taken.
    """
    if isinstance(given, bytes | bytearray) or not isinstance(given, Iterable):
        raise TypeError(f"expected a path, a file object, or frames to go through, not {type(given).__name__}")
    return GivenFrames(_given(given))


def _given(frames: Iterable[Frame | bytes]) -> Iterator[GivenFrame]:
    from dovetool.api.frame import Frame

    for each in frames:
        frame = each if isinstance(each, Frame) else Frame(each)
        yield frame.given()
