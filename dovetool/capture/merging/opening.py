"""The captures of a command, and how they become one."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.capture.names import name_of
from dovetool.capture.remote.location import Location
from dovetool.capture.stdio import STDIO
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.capture.open_capture import OpenCapture
    from dovetool.capture.reader import Opener


@dataclass(frozen=True, slots=True)
class Inputs:
    """Captures that are read as one.

    Attributes:
        paths: files, and `-`; one at least, all different.
        in_time_order: several are merged in the order of time; else they are read one after the other.
        title: what messages call a single one; empty: its path.
    """

    paths: tuple[Path, ...]
    in_time_order: bool = True
    title: str = ""

    @property
    def single(self) -> Path | None:
        """The one capture; None where there are several."""
        return self.paths[0] if len(self.paths) == 1 else None

    @property
    def name(self) -> str:
        """What messages call them."""
        if self.title or len(self.paths) > 1:
            return self.title or f"{len(self.paths)} captures"
        return name_of(self.paths[0])

    @property
    def has_stdin(self) -> bool:
        """Standard input is among them."""
        return STDIO in self.paths

    @property
    def can_be_read_twice(self) -> bool:
        """None of them is a pipe, or the like, whose octets are gone once they were read."""
        return all(map(_stays, self.paths))

    def opened(self, *, ahead: bool = False, opener: Opener | None = None) -> OpenCapture:
        """Open them.

        Args:
            ahead: a thread may decompress on while frames are worked on.
            opener: opens each; not said: `CaptureReader`.

        Raises:
            StoppedError: a signal ended them before any frame could be.
            CaptureError: a single one cannot be opened or is no capture, or of several none is.
        """
        from dovetool.capture.reader import CaptureReader  # noqa: PLC0415  (help is shown without)

        if len(self.paths) == 1:
            return (opener or CaptureReader)(self.paths[0], self.title, ahead=ahead)
        from dovetool.capture.merging.joined_reader import JoinedReader  # noqa: PLC0415  (few commands read several)

        return JoinedReader(self.paths, in_time_order=self.in_time_order, ahead=ahead, opener=opener or CaptureReader)


def _stays(path: Path) -> bool:
    """Say whether what a file holds can be read again; what cannot even be looked at, who opens it tells."""
    if path == STDIO or isinstance(path, Location):
        return path != STDIO
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return True
    return not any(gives_once(mode) for gives_once in (stat.S_ISFIFO, stat.S_ISSOCK, stat.S_ISCHR))
