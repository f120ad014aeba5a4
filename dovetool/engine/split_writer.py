"""Frames sorted into files: any number of captures, written at the same time.

The records of a batch are made all at once, in the order of their files, so that a file costs no more than a slice of
them. Octets are held until there are enough, so that thousands of files are not opened again for each batch.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from dovetool.capture.batch import Batch, Column, Passage
from dovetool.capture.pcapng import INTERFACE, SECTION
from dovetool.capture.target import Sink
from dovetool.capture.target_pool import TargetPool
from dovetool.capture.writer import CaptureWriter
from dovetool.engine.file_names import FileNames, make_directory
from dovetool.engine.flow_table import Ids
from dovetool.engine.split_files import Preface, Sorted, SplitFile
from dovetool.observe.share import Share

_MOST_HELD = 16 << 20  # octets that wait to be written
_MOST_AT_ONCE = 8 << 20  # octets of records made in one step
_RECORD = 64  # octets that a record takes besides its frame, about

SharesOf = Callable[[int], Sequence[Share]]


class _Sharing:
    """Which files the frames of each number go into."""

    def __init__(self) -> None:
        self._starts: Column = np.zeros(0, np.int64)
        self._counts: Column = np.zeros(0, np.int64)
        self._files = array("q")

    def learn(self, numbers: Ids, files_of: Callable[[int], list[int]]) -> None:
        """Ask about the numbers that are new, in the order of their first frames."""
        present = np.flatnonzero(np.bincount(numbers))
        lacking = int(present[-1]) + 1 - len(self._counts)
        if lacking > 0:
            self._starts = np.concatenate([self._starts, np.zeros(lacking, np.int64)])
            self._counts = np.concatenate([self._counts, np.full(lacking, -1, np.int64)])
        if not (self._counts[present] < 0).any():
            return
        found, first = np.unique(numbers, return_index=True)
        found = found[np.argsort(first)]
        for number in found[self._counts[found] < 0].tolist():
            files = files_of(number)
            self._starts[number], self._counts[number] = len(self._files), len(files)
            self._files.extend(files)

    def counts(self, numbers: Ids) -> Column:
        """How many files each frame (n,) goes into."""
        return self._counts[numbers]

    def spread(self, numbers: Ids) -> tuple[Column, Column]:
        """The rows of the frames, once for each of their files, and these files; ordered by file."""
        counts = self._counts[numbers]
        rows = np.repeat(np.arange(len(numbers)), counts)
        nth = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        files = np.frombuffer(self._files, np.int64)[self._starts[numbers][rows] + nth] if len(rows) else rows
        order = np.argsort(files, kind="stable")
        return rows[order], files[order]


class Splitter:
    """Writes `DIR/NAME.pcap` or `.pcapng` for each share; a context manager that completes all files, or removes them.

    pcapng files get the sections and interfaces of their frames, and no other blocks: statistics, names and secrets
    are about the whole capture, and a share may be for somebody who is to see no more than it.
    """

    def __init__(
        self,
        directory: Path,
        begin: Callable[[Sink], CaptureWriter],
        claim: Callable[[Path], None],
        *,
        to_pcapng: bool,
    ) -> None:
        """Begin.

        Args:
            directory: made when it is not there yet.
            begin: makes the writer of the records; it writes nothing but what stands before frames.
            claim: raises what is against a file of that name, if anything is.
            to_pcapng: what kind of writer that is.
        """
        self._was_there = directory.is_dir()
        self._directory = make_directory(directory)
        self._suffix = ".pcapng" if to_pcapng else ".pcap"
        self._claim = claim
        self._preface = Preface()
        self._writer = begin(self._preface.add)
        self._pool = TargetPool()
        self._names = FileNames()
        self._numbers: dict[Share, int] = {}
        self._files: list[SplitFile] = []
        self._waiting: list[SplitFile] = []
        self._held = 0
        self._sharing = _Sharing()

    @property
    def files(self) -> tuple[Sorted, ...]:
        """The files, in the order in which their first frames came."""
        return tuple(file.sorted() for file in self._files)

    @property
    def section(self) -> int:
        """Number of the section that was met last, from 1; 0 outside of pcapng."""
        return self._preface.section

    def pass_on(self, passage: Passage) -> None:
        """Sections and interfaces go to the files that get frames of them."""
        if passage.kind in (SECTION, INTERFACE):
            self._writer.pass_on(passage)

    def write(self, batch: Batch, numbers: Ids, shares_of: SharesOf) -> Column:
        """Write frames to their files.

        Args:
            batch: n frames.
            numbers: (n,) a number for each; frames of one number go to the same files.
            shares_of: tells the shares of a number; asked once.

        Returns:
            (n,) how many files each frame went to.
        """
        if not len(batch):
            return np.zeros(0, np.int64)
        self._sharing.learn(numbers, lambda number: [self._number(share) for share in shares_of(number)])
        counts = self._sharing.counts(numbers)
        steps = np.cumsum(counts * (batch.caplen + _RECORD)) // _MOST_AT_ONCE
        edges = np.flatnonzero(steps[1:] != steps[:-1]) + 1
        if not len(edges):
            self._write(batch, numbers)
        else:
            for rows in np.split(np.arange(len(batch)), edges):
                self._write(batch.take(rows), numbers[rows])
        return counts

    def _write(self, batch: Batch, numbers: Ids) -> None:
        rows, files = self._sharing.spread(numbers)
        if not len(rows):
            return
        octets, sizes = self._writer.records(batch.take(rows))
        first = np.concatenate([[0], np.flatnonzero(files[1:] != files[:-1]) + 1, [len(files)]])
        at = np.concatenate([[0], np.cumsum(sizes)])[first].tolist()
        frames = np.diff(first).tolist()
        for number, start, end, count in zip(files[first[:-1]].tolist(), at, at[1:], frames, strict=False):
            self._append(self._files[number], octets[start:end], count)
        if self._held >= _MOST_HELD:
            self._flush()

    def _append(self, file: SplitFile, records: memoryview, frames: int) -> None:
        if not file.waiting:
            self._waiting.append(file)
        before = len(file.waiting)
        self._preface.tell(file)
        file.waiting += records
        file.frames += frames
        self._held += len(file.waiting) - before

    def _number(self, share: Share) -> int:
        if share not in self._numbers:
            path = self._directory / f"{self._names.next_for(share.name)}{self._suffix}"
            self._claim(path)
            self._numbers[share] = len(self._files)
            self._files.append(SplitFile(share, path))
        return self._numbers[share]

    def _flush(self) -> None:
        for file in self._waiting:
            if file.target is None:
                file.target = self._pool.create(file.path)
            self._pool.write(file.target, file.waiting)
            file.waiting = bytearray()
        self._waiting.clear()
        self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        done = False
        try:
            if kind is None:
                self._flush()
                self._pool.commit()
                done = True
        finally:
            self._pool.discard()
            if not done and not self._was_there:
                with suppress(OSError):  # it is not empty
                    self._directory.rmdir()
