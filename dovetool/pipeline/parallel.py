"""Several processes work on one large pcap file, each on every n-th block, and write one output in order.

The processes form a ring. Two tokens go round it: one says where the next block of whole records begins, and is passed
on as soon as a process has found the end of its own; the other says where in the outputs the next frames belong, and
is passed on as soon as a process knows how many octets it has to write. So finding records and placing output stay in
order, and all other work goes on side by side. What a process cannot read (a cut or damaged record) stops the ring,
and so does a packet of which only pieces lie in its block: it drops what it made of the block, and so do those who
work on later ones. The parent then goes on from there alone, and finds the same end that it would have found without
help.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import pickle
import select
import signal
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np

from dovetool.capture.batch import SLACK, Octets
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.pcap import PcapFormat, find_records, read_columns
from dovetool.capture.reader import CaptureReader
from dovetool.capture.source import BLOCK
from dovetool.capture.writer import PcapWriter
from dovetool.errors import CaptureError, DovetoolError
from dovetool.pipeline.reading import Progress
from dovetool.pipeline.run import Outputs, Pipeline, Result, run
from dovetool.pipeline.tally import Tally

_WORTH_SHARING = 16 << 20
_TOKEN = struct.Struct("qqq")
_POLL_S = 0.1
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


Targets = tuple[CaptureTarget, CaptureTarget | None]
"""The files behind the outputs: the frames that go on, and the rejected ones where they are kept."""


def can_share(reader: CaptureReader, targets: Targets, processes: int, outputs: Outputs) -> bool:
    """True when several processes can do the work: a large plain pcap file in, plain files out, and no taps."""
    return (
        processes > 1
        and hasattr(os, "fork")
        and reader.pcap is not None
        and reader.plain
        and (reader.size or 0) >= _WORTH_SHARING
        and all(target.plain for target in targets if target is not None)
        and isinstance(outputs.writer, PcapWriter)
        and not outputs.taps
        and outputs.splitter is None
    )


@dataclass(frozen=True, slots=True)
class _Report:
    """What a process has done: its counts, where it stopped, and where its last output ended."""

    tallies: tuple[Tally, ...]
    stopped_at: tuple[int, int] | None
    places: tuple[int, int]


class _Ring:
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
class _Worker:
    """One process of the ring."""

    reader: CaptureReader
    file_format: PcapFormat
    pipeline: Pipeline
    targets: Targets
    walk: _Ring
    place: _Ring
    position: mmap.mmap

    def work(self) -> _Report:
        """Take blocks until the ring stops."""
        out, rejected = _Collector(), _Collector()
        outputs = self.pipeline.outputs
        outputs.writer.sink = out.append
        if outputs.rejects is not None:
            outputs.rejects.writer.sink = rejected.append
        block: Octets = np.zeros(BLOCK + SLACK, np.uint8)
        stopped, places, discards = None, (0, 0), False
        while True:
            start, number, ended = self.walk.get()
            found = 0 if ended or discards else self._read(block, start, number)
            if not found:
                self.walk.put(start, number, 1)
                stopped = stopped if ended or discards else (start, number)
                break
            at, rejected_at, stops = self.place.get()
            discards = bool(stops) or self.pipeline.pending
            if discards:
                self.place.put(at, rejected_at, 1)
                self.pipeline.roll_back()
                stopped = None if stops else (start, number)
                continue
            places = self._write(out.take(), rejected.take(), at, rejected_at)
        return _Report(self.pipeline.tallies(), stopped, places)

    def _read(self, block: Octets, start: int, number: int) -> int:
        """Read a block, hand on where the next one begins, and put the frames through the stages."""
        size = os.preadv(self.reader.descriptor, [block.data[:BLOCK]], start)
        records, end = find_records(block.data, 0, size, self.file_format)
        batch = read_columns(block, records, self.file_format, number)
        if len(batch) < len(records):
            end = records[len(batch)] - 8
        if len(batch):
            self.walk.put(start + end, number + len(batch), 0)
            self.position[:8] = start.to_bytes(8, "little")
            self.pipeline.mark()
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


def run_shared(
    reader: CaptureReader,
    pipeline: Pipeline,
    targets: Targets,
    processes: int,
    progress: Progress | None = None,
) -> Result:
    """As `run`, with several processes.

    Args:
        reader: the input, of which nothing was read yet but its header.
        pipeline: stages and outputs, at which nothing has passed yet but the headers.
        targets: the files behind its outputs.
        processes: how many to work with.
        progress: called with the number of octets read so far.
    """
    file_format = reader.pcap
    assert file_format is not None  # noqa: S101  (can_share has seen to it)
    descriptors = tuple(target.target.descriptor if target is not None else -1 for target in targets)
    places = tuple(os.lseek(descriptor, 0, os.SEEK_CUR) if descriptor >= 0 else 0 for descriptor in descriptors)
    walk, place = _Ring(processes), _Ring(processes)
    position = mmap.mmap(-1, 8)
    walk.start(PcapFormat.LEN, 1, 0)
    place.start(*places, 0)

    def work(index: int) -> _Report:
        walk.join(index)
        place.join(index)
        return _Worker(reader, file_format, pipeline, targets, walk, place, position).work()

    with _Crew(targets[0].target.name) as crew:
        crew.start(work, processes)
        walk.close()
        place.close()
        reports = crew.reports(lambda: progress and progress(int.from_bytes(position[:8], "little")))
    for index, descriptor in enumerate(descriptors):
        if descriptor >= 0:
            end = max(places[index], *(report.places[index] for report in reports))
            os.lseek(descriptor, end, os.SEEK_SET)
    start, number = min(report.stopped_at for report in reports if report.stopped_at is not None)
    reader.resume(start, number)
    rest = run(reader, pipeline, progress)
    return replace(rest, tallies=_added(rest.tallies, reports))


def _added(tallies: tuple[Tally, ...], reports: Sequence[_Report]) -> tuple[Tally, ...]:
    for report in reports:
        for tally, part in zip(tallies, report.tallies, strict=True):
            tally.add(part)
    return tallies


def _forked(work: Callable[[int], _Report], index: int) -> tuple[int, int]:
    """Start a process that does its work and sends its report; returns its number and where to read the report."""
    inward, outward = os.pipe()
    process = os.fork()
    if process:
        os.close(outward)
        return process, inward
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        report = _guarded(work, index)
        with os.fdopen(outward, "wb") as stream:
            pickle.dump(report, stream)
    finally:
        os._exit(0)  # nothing of the parent's is to be cleaned up or flushed here


def _guarded(work: Callable[[int], _Report], index: int) -> _Report | BaseException:
    try:
        return work(index)
    except EOFError:
        return _Report((), None, (0, 0))
    except BaseException as error:
        return error


class _Crew:
    """The processes at work on the file `name`; a context manager that none of them survives."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._processes: list[int] = []
        self._open: set[int] = set()
        self._messages: dict[int, bytes] = {}

    def start(self, work: Callable[[int], _Report], count: int) -> None:
        """Start them.

        Signals wait meanwhile, so that none comes between the start of a process and the note of its number, nor
        meets a new process that would act as if it were the parent.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            for index in range(count):
                process, descriptor = _forked(work, index)
                self._processes.append(process)
                self._open.add(descriptor)
                self._messages[descriptor] = b""
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def reports(self, meanwhile: Callable[[], object]) -> list[_Report]:
        """Wait for all reports.

        Raises:
            DovetoolError: what the first process that failed has raised.
        """
        while self._open:
            for descriptor in select.select(list(self._open), [], [], _POLL_S)[0]:
                self._receive(descriptor)
            meanwhile()
        found = [self._unpacked(message) for message in self._messages.values()]
        for report in found:
            if isinstance(report, BaseException):
                raise report
        return [report for report in found if isinstance(report, _Report)]

    def _receive(self, descriptor: int) -> None:
        octets = os.read(descriptor, 1 << 16)
        self._messages[descriptor] += octets
        if not octets:
            os.close(descriptor)
            self._open.remove(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            if kind is not None:
                os.kill(process, signal.SIGKILL)
        for process in self._processes:
            os.waitpid(process, 0)

    def _unpacked(self, message: bytes) -> _Report | BaseException:
        try:
            report: _Report | BaseException = pickle.loads(message)  # noqa: S301  (our own process's, by our own pipe)
        except (EOFError, pickle.UnpicklingError):
            what = "a process at work on it was killed; --jobs 1 needs one process and less memory"
            return DovetoolError(f"cannot write {self._name}: {what}")
        return report
