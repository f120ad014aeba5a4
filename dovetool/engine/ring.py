"""What one of several processes does: it takes blocks in turn, and writes what becomes of them in its place."""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
from dataclasses import dataclass

import numpy as np

from dovetool.capture.batch import SLACK, Octets, RecordFormat
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.reader import CaptureReader
from dovetool.capture.source import BLOCK
from dovetool.capture.times import frame_named
from dovetool.engine.pipeline import Pipeline
from dovetool.engine.tally import Tally
from dovetool.errors import CaptureError

_TOKEN = struct.Struct("qqq")

Targets = tuple[CaptureTarget, CaptureTarget | None]
"""The files behind the outputs: the frames that go on, and the rejected ones where they are kept."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a process has done: its counts, where it stopped, and where its last output ended."""

    tallies: tuple[Tally, ...]
    stopped_at: tuple[int, int] | None
    places: tuple[int, int]


class Ring:
    """The pipes of one token: process i reads from pipe i, and writes to the pipe of the next one."""

    def __init__(self, size: int) -> None:
        self._pipes = [os.pipe() for _ in range(size)]

    def join(self, index: int) -> None:
        """Keep only the ends that process `index` uses, so that the end of a neighbour is noticed."""
        following = (index + 1) % len(self._pipes)
        self._inward, self._outward = self._pipes[index][0], self._pipes[following][1]
        for number, (inward, outward) in enumerate(self._pipes):
            if number != index:
                os.close(inward)
            if number != following:
                os.close(outward)

    def start(self, *numbers: int) -> None:
        """Give the token to the first process."""
        os.write(self._pipes[0][1], _TOKEN.pack(*numbers))

    def close(self) -> None:
        """The parent needs no end of it."""
        for pipe in self._pipes:
            for end in pipe:
                os.close(end)

    def get(self) -> tuple[int, int, int]:
        """Wait for the token; raises EOFError when the neighbour ended without passing it on."""
        octets = os.read(self._inward, _TOKEN.size)
        if not octets:
            raise EOFError
        first, second, third = _TOKEN.unpack(octets)
        return first, second, third

    def put(self, *numbers: int) -> None:
        """Pass the token on; a neighbour that has ended needs it no more."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._outward, _TOKEN.pack(*numbers))


class _Collector(list[bytes | memoryview]):
    """Takes the octets of one block in place of a file."""

    def take(self) -> bytes | memoryview:
        """All octets so far."""
        octets = self[0] if len(self) == 1 else b"".join(self)
        self.clear()
        return octets


@dataclass(slots=True)
class Worker:
    """One process of the ring."""

    reader: CaptureReader
    records: RecordFormat
    pipeline: Pipeline
    targets: Targets
    walk: Ring
    place: Ring
    position: mmap.mmap

    def work(self) -> Report:
        """Take blocks until the ring stops."""
        out, rejected = _Collector(), _Collector()
        outputs = self.pipeline.outputs
        outputs.writer.sink = out.append
        if outputs.rejects is not None:
            outputs.rejects.writer.sink = rejected.append
        block: Octets = np.zeros(BLOCK + SLACK, np.uint8)
        stopped, places, discards, described = None, (0, 0), False, self.pipeline.described
        self.pipeline.forget_counts()
        while True:
            start, number, ended = self.walk.get()
            found = 0 if ended or discards else self._read(block, start, number)
            if not found:
                self.walk.put(start, number, 1)
                stopped = stopped if ended or discards else (start, number)
                break
            at, rejected_at, stops = self.place.get()
            discards = bool(stops) or self.pipeline.pending or self.pipeline.described != described
            if discards:
                self.place.put(at, rejected_at, 1)
                self.pipeline.roll_back()
                stopped = None if stops else (start, number)
                continue
            places = self._write(out.take(), rejected.take(), at, rejected_at)
        return Report(self.pipeline.tallies(), stopped, places)

    def _read(self, block: Octets, start: int, number: int) -> int:
        """Read a block, hand on where the next one begins, and put the frames through the stages."""
        size = os.preadv(self.reader.descriptor, [block.data[:BLOCK]], start)
        batch, end = self.records.read(block, 0, size, number)
        if len(batch):
            self.walk.put(start + end, number + len(batch), 0)
            self.position[:8] = start.to_bytes(8, "little")
            self.pipeline.mark()
            with frame_named(batch):
                self.pipeline.feed(batch)
        return len(batch)

    def _write(
        self, out: bytes | memoryview, rejected: bytes | memoryview, at: int, rejected_at: int
    ) -> tuple[int, int]:
        self.place.put(at + len(out), rejected_at + len(rejected), 0)
        _write_at(self.targets[0], out, at)
        _write_at(self.targets[1], rejected, rejected_at)
        return at + len(out), rejected_at + len(rejected)


def _write_at(target: CaptureTarget | None, octets: bytes | memoryview, at: int) -> None:
    view = memoryview(octets)
    if target is None or not view:
        return
    try:
        while view:
            count = os.pwrite(target.target.descriptor, view, at)
            view, at = view[count:], at + count
    except OSError as error:
        raise CaptureError(f"cannot write {target.target.name}: {error.strerror}") from error
