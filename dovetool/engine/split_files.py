"""The captures that frames are sorted into, while they are written, and what stands before their frames."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from dovetool.capture.pcapng import SECTION_MAGIC
from dovetool.capture.target import Target
from dovetool.observe.share import Share
from dovetool.values import dataclass


class Sorted(NamedTuple):
    """What became of a share.

    Attributes:
        share: whose frames they are.
        name: of the file.
        frames: how many it has.
        began: number of the section that the first of them is in, from 1; 0 outside of pcapng.
        ended: that of the last one.
    """

    share: Share
    name: str
    frames: int
    began: int
    ended: int


@dataclass(slots=True)
class SplitFile:
    """One of the captures: what waits to be written, and how much it knows of what stands before the frames."""

    share: Share
    path: Path
    frames: int = 0
    target: Target | None = None
    waiting: bytearray = field(default_factory=bytearray)
    began: int = -1
    section: int = -1
    told: int = 0

    def sorted(self) -> Sorted:
        """What has become of it."""
        return Sorted(self.share, self.path.name, self.frames, self.began, self.section)


class Preface:
    """What stands before the frames: a file header, or a section and its interfaces. A file gets it with its frames.

    Attributes:
        section: number of the section, from 1; 0 outside of pcapng.
    """

    def __init__(self) -> None:
        self.section = 0
        self._blocks: list[bytes] = []

    def add(self, octets: bytes | memoryview) -> None:
        """Take what a writer writes besides frames."""
        block = bytes(octets)
        if block.startswith(SECTION_MAGIC):
            self.section += 1
            self._blocks.clear()
        self._blocks.append(block)

    def tell(self, file: SplitFile) -> None:
        """Let a file have what it has not got yet."""
        known = file.told if file.section == self.section else 0
        for block in self._blocks[known:]:
            file.waiting += block
        if file.section < 0:
            file.began = self.section
        file.section, file.told = self.section, len(self._blocks)
