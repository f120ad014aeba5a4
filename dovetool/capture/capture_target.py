"""The output of a command: a target, compressed when its name asks for it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from dovetool.capture.behind import Behind
from dovetool.capture.compression import compressing, refuse_others
from dovetool.capture.parts import Parts
from dovetool.capture.target import Target


class CaptureTarget:
    """A context manager around a `Target`; `write` takes plain octets.

    Attributes:
        target: the file under construction.
    """

    def __init__(self, path: Path, *, behind: bool = False, parts: Parts | None = None) -> None:
        """Begin a file.

        Args:
            path: its name.
            behind: a thread compresses and writes it, if it is a file.
            parts: those of the same run; none: it is the only one.
        """
        refuse_others(path)
        self._behind: Behind | None = None
        self.target = Target(path, parts=parts)
        try:
            self._stream = compressing(self.target.write, path.suffix)
        except BaseException:
            self.target.discard()
            raise
        if behind and self.target.is_file:
            self._behind = Behind(self._stream.write)

    def write(self, octets: bytes | memoryview) -> None:
        """Write octets of a capture, which stay as they are; raises as `Target.write` does, if perhaps a call late."""
        (self._behind or self._stream).write(octets)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._settle()
            self.target.discard()
            return
        try:
            if self._behind is not None:
                self._behind.settle()
            self._stream.close()
        except BaseException:
            self._settle()
            self.target.discard()
            raise
        self._settle()
        self.target.commit()

    def _settle(self) -> None:
        """No thread writes any more."""
        if self._behind is not None:
            self._behind.close()
