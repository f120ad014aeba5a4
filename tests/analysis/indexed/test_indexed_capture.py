"""Frames of an indexed capture are those that its reader hands out, wherever one looks and however it came."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from plain_capture import read_capture

from dovetool.analysis.indexed import IndexedCapture
from dovetool.analysis.indexed.row_search import rows_with
from dovetool.analysis.indexed.writing import as_file, write_rows
from dovetool.capture.batch import Batch
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.pcapng import commented, distinct_comments
from dovetool.capture.reader import CaptureReader
from dovetool.capture.writer import create_alike
from dovetool.errors import CaptureError, CorruptCaptureError

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = sorted((ROOT / "samples").glob("*/*.pcap*")) + sorted((ROOT / "samples").glob("*/taps/*.pcap*"))
UNDERLAY = ROOT / "samples/two-tenants/taps/3-underlay.pcapng"

Seen = tuple[bytes, int, int, str, int, tuple[str, ...]]


def seen_in(batch: Batch) -> list[Seen]:
    """All that there is to know about frames."""
    comments = [()] * len(batch)
    if batch.annex is not None:
        found, which = distinct_comments(batch.annex)
        comments = [found[number] for number in which.tolist()]
    interfaces = [batch.interfaces[index] for index in batch.interface.tolist()]
    return [
        (batch.frame(row), int(batch.orig_len[row]), ts_ns, interface.name, interface.link_type, comments[row])
        for row, (ts_ns, interface) in enumerate(zip(batch.exact_times(), interfaces, strict=True))
    ]


def read_by_reader(path: Path) -> tuple[list[Seen], str]:
    """The frames of a file as they are read, and what is wrong with it."""
    frames: list[Seen] = []
    with CaptureReader(path) as reader:
        try:
            for item in reader:
                frames += seen_in(item) if isinstance(item, Batch) else []
        except CorruptCaptureError as error:
            return frames, str(error)
    return frames, ""


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_frames_are_those_of_the_reader(path: Path) -> None:
    check(path)


def test_frames_of_other_projects_captures(corpus: Path) -> None:
    """Both byte orders, sections, damage, options of packets, frame check sequences."""
    for path in sorted(corpus.glob("*.*")):
        check(path)


def check(path: Path) -> None:
    """Look at all frames in order, at every third, and at the last ones by themselves."""
    try:
        frames, damage = read_by_reader(path)
    except CaptureError as error:
        with pytest.raises(type(error)):
            IndexedCapture(Inputs((path,))).read()
        return
    capture = IndexedCapture(Inputs((path,)))
    capture.read()
    assert capture.is_complete
    assert (str(capture.damage) if capture.damage is not None else "") == damage
    assert len(capture) == len(frames)
    for step in (1, 3):
        rows = np.arange(0, len(frames), step)
        assert [frame for batch in capture.batches(rows) for frame in seen_in(batch)] == frames[::step]
    for row in range(len(frames) - 1, max(len(frames) - 20, -1), -1):
        (batch,) = capture.batches(np.array([row]))
        assert seen_in(batch) == [frames[row]]
        assert batch.first_number == row + 1
    capture.close()


def test_compressed_capture_is_read_again_from_its_copy(tmp_path: Path) -> None:
    packed = tmp_path / "in.pcapng.gz"
    packed.write_bytes(gzip.compress(UNDERLAY.read_bytes()))
    capture = IndexedCapture(Inputs((packed,)))
    capture.read()
    packed.unlink()
    assert [frame for batch in capture.chunks(0, len(capture)) for frame in seen_in(batch)] == read_by_reader(UNDERLAY)[
        0
    ]
    copy = capture.path
    assert copy is not None
    assert copy.read_bytes() == UNDERLAY.read_bytes()
    capture.close()
    assert not copy.exists()


def test_frames_of_a_pipe_are_there_as_they_come(tmp_path: Path) -> None:
    """What was read can be read again while more comes."""
    fifo, octets = tmp_path / "pipe", UNDERLAY.read_bytes()
    os.mkfifo(fifo)
    capture, frames = IndexedCapture(Inputs((fifo,))), read_by_reader(UNDERLAY)[0]
    reading = Thread(target=capture.read, daemon=True)
    reading.start()
    with fifo.open("wb", buffering=0) as pipe:
        for at in range(0, len(octets), 997):
            pipe.write(octets[at : at + 997])
            count = len(capture)
            rows = np.arange(count)
            assert [frame for batch in capture.batches(rows) for frame in seen_in(batch)] == frames[:count]
    reading.join(60)
    assert capture.is_complete
    assert len(capture) == len(frames)
    capture.close()


def test_reading_ends_when_nobody_wants_more() -> None:
    capture = IndexedCapture(Inputs((UNDERLAY,)))
    capture.read(lambda: False)
    assert not capture.is_complete
    capture.close()


def test_a_file_that_becomes_shorter_is_told(tmp_path: Path) -> None:
    path = tmp_path / "in.pcapng"
    path.write_bytes(UNDERLAY.read_bytes())
    capture = IndexedCapture(Inputs((path,)))
    capture.read()
    os.truncate(path, 1000)
    with pytest.raises(CaptureError, match="became shorter while it was open"):
        list(capture.batches(np.array([len(capture) - 1])))
    capture.close()


def test_rows_of_many_pages() -> None:
    """Rows of several pages and batches, in one order, with octets of their own."""
    capture = IndexedCapture(Inputs((UNDERLAY,)))
    capture.read()
    whole = next(capture.batches(np.arange(len(capture))))
    for _ in range(2000):
        capture.index.add(
            replace(whole, place=whole.offset)
        )  # their octets stand elsewhere; the columns are what is looked at
    count = len(capture)
    assert count == 70 * 2001
    rows = np.array([0, 69, 70, 65535, 65536, 100_000, 131_072, count - 1])
    places = capture.index.places(rows)
    assert places.caplen.tolist() == [int(whole.caplen[row % 70]) for row in rows.tolist()]
    assert places.stamp.tolist() == [int(whole.stamp[row % 70]) for row in rows.tolist()]
    capture.close()


def dealt(folder: Path, count: int) -> tuple[Path, ...]:
    """The frames of a capture, each with a comment, dealt out to so many files; every third is compressed."""
    paths = tuple(folder / f"tap{number}.pcapng{'.gz' if number % 3 == 0 else ''}" for number in range(count))
    for number, path in enumerate(paths):
        with CaptureReader(UNDERLAY) as reader, CaptureTarget(path) as output:
            writer = create_alike(output.write, reader, to_pcapng=True)
            for item in reader:
                if isinstance(item, Batch):
                    numbers = np.arange(len(item)) + item.first_number
                    said = commented(item, ["one", "and another"], numbers % 2)
                    writer.write(said.take(np.flatnonzero(numbers % count == number)))
                else:
                    writer.pass_on(item)
    return paths


@pytest.mark.parametrize(("count", "merges"), [(2, True), (2, False), (70, True)])
def test_frames_of_several_captures_are_those_of_them_all(count: int, merges: bool, tmp_path: Path) -> None:
    """In any order, with their comments, also where a file is opened again."""
    inputs = Inputs(dealt(tmp_path, count), in_time_order=merges)
    with inputs.opened() as reader:
        frames = [frame for item in reader if isinstance(item, Batch) for frame in seen_in(item)]
    assert len(frames) == 70
    assert all(frame[-1] for frame in frames)
    capture = IndexedCapture(inputs)
    capture.read()
    assert (capture.is_complete, capture.damage) == (True, None)
    for rows in (np.arange(70), np.arange(1, 70, 3), *(np.array([row]) for row in range(70))):
        batches = list(capture.batches(rows))
        assert [frame for batch in batches for frame in seen_in(batch)] == [frames[row] for row in rows.tolist()]
        wanted = frames[int(rows[0])][0]
        found = [row for batch in batches for row in rows[: len(batch)][rows_with(batch, wanted)].tolist()]
        assert found == [row for row in rows.tolist() if wanted in frames[row][0]]
    assert write_rows(capture, [0, 5, 69], tmp_path / "out.pcapng") == 3
    assert read_by_reader(tmp_path / "out.pcapng")[0] == [frames[row] for row in (0, 5, 69)]
    with as_file(capture) as path:
        assert read_by_reader(path)[0] == frames
    capture.close()


def test_a_damaged_one_of_several_is_told(tmp_path: Path) -> None:
    one, other = dealt(tmp_path, 2)
    other.write_bytes(other.read_bytes()[:-10])
    capture = IndexedCapture(Inputs((one, other)))
    capture.read()
    assert len(capture) == 69
    assert "tap1.pcapng" in str(capture.damage)
    capture.close()


@pytest.mark.parametrize("suffix", [".pcapng", ".pcap", ".pcapng.gz"])
def test_rows_are_written_as_they_are(suffix: str, tmp_path: Path) -> None:
    capture, target = IndexedCapture(Inputs((UNDERLAY,))), tmp_path / f"out{suffix}"
    capture.read()
    assert write_rows(capture, [0, 5, 69], target) == 3
    frames, written = read_by_reader(UNDERLAY)[0], read_by_reader(target)[0]
    assert [frame[:3] for frame in written] == [frames[row][:3] for row in (0, 5, 69)]
    if suffix != ".pcap":
        assert written == [frames[row] for row in (0, 5, 69)]
    capture.close()


def test_no_rows_make_an_empty_capture(tmp_path: Path) -> None:
    capture, target = IndexedCapture(Inputs((UNDERLAY,))), tmp_path / "out.pcap"
    capture.read()
    assert write_rows(capture, [], target) == 0
    assert read_capture(target) == []
    capture.close()
