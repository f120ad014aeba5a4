"""A frame that arrives on a pipe is there at once, plain or compressed; output leaves when it is flushed."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from capture_strategies import Packet, interface, section

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.compression import compressing
from dovetool.capture.reader import CaptureReader

PCAP_HEAD = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
RECORD = struct.pack("<IIII", 1, 2, 60, 60) + bytes(60)
NG_HEAD = section("<") + interface("<")
NG_RECORD = Packet(bytes(60)).emit()
_PATIENCE = 120  # seconds

Result = TypeVar("Result")
Pipe = tuple[Path, Callable[[bytes | memoryview], object]]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A path to read from, and a function that feeds it while it stays open."""
    reading, writing = os.pipe()
    yield Path(f"/dev/fd/{reading}"), lambda octets: os.write(writing, octets)
    os.close(writing)
    os.close(reading)


def soon(work: Callable[[], Result]) -> Result:
    """The result of work that must not wait for more input."""
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    assert results, "it waits for octets that it does not need"
    return results[0]


def next_batch(blocks: Iterator[object]) -> int:
    return next(len(each) for each in blocks if isinstance(each, Batch))


@pytest.mark.parametrize(("head", "record"), [(PCAP_HEAD, RECORD), (NG_HEAD, NG_RECORD)])
def test_a_frame_is_there_as_soon_as_it_arrives(pipe: Pipe, head: bytes, record: bytes) -> None:
    """Also when it comes in two parts, or two at a time."""
    path, feed = pipe
    feed(head + record)
    reader = soon(lambda: CaptureReader(path))
    blocks = iter(reader)
    assert soon(lambda: next_batch(blocks)) == 1
    feed(record + record[:20])
    assert soon(lambda: next_batch(blocks)) == 1
    feed(record[20:] + record)
    assert soon(lambda: next_batch(blocks)) == 2
    reader.close()


def test_a_block_without_frames_is_there_at_once(pipe: Pipe) -> None:
    """Once an interface is described: what ends before that is no capture."""
    path, feed = pipe
    feed(NG_HEAD)
    blocks = iter(soon(lambda: CaptureReader(path)))
    assert isinstance(soon(lambda: next(blocks)), Passage)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst", ".lz4"])
@pytest.mark.parametrize(("head", "record"), [(PCAP_HEAD, RECORD), (NG_HEAD, NG_RECORD)])
def test_a_flushed_frame_is_there_at_once_when_compressed(pipe: Pipe, suffix: str, head: bytes, record: bytes) -> None:
    """What a writer flushed, a reader gets, though neither stream is complete."""
    path, feed = pipe
    sink = compressing(feed, suffix)
    sink.write(head)
    sink.write(record)
    sink.flush()
    blocks = iter(soon(lambda: CaptureReader(path)))
    assert soon(lambda: next_batch(blocks)) == 1
    sink.write(record * 3)
    sink.flush()
    assert soon(lambda: next_batch(blocks)) == 3
