"""The pcapng file format."""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.source import BlockBuffer
from dovetool.errors import CaptureError

SECTION_MAGIC = bytes.fromhex("0a0d0d0a")


class PcapngBlocks:
    """The blocks of a pcapng file."""

    def __init__(self, buffer: BlockBuffer, name: str) -> None:
        self._buffer, self._name = buffer, name

    def __iter__(self) -> Iterator[Batch | Passage]:
        raise CaptureError(f"{self._name}: pcapng is not read yet")
