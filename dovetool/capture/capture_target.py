"""The output of a command: a target, compressed when its name asks for it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from dovetool.capture.compression import compressing, refuse_others
from dovetool.capture.target import Target
from dovetool.capture.writer import COMPRESSIONS


class CaptureTarget:
    """A context manager around a `Target`; `write` takes plain octets.

    Attributes:
        target: the file under construction.
        plain: the octets reach a regular file as they are, so any place of it can be written.
    """

    def __init__(self, path: Path) -> None:
        refuse_others(path)
        self.target = Target(path)
        try:
            self._stream = compressing(self.target.write, path.suffix)
        except BaseException:
            self.target.discard()
            raise
        self.plain = self.target.is_file and path.suffix not in COMPRESSIONS

    def write(self, octets: bytes | memoryview) -> None:
        """Write octets of a capture; raises as `Target.write` does."""
        self._stream.write(octets)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.target.discard()
            return
        try:
            self._stream.close()
        except BaseException:
            self.target.discard()
            raise
        self.target.commit()
