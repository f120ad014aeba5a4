"""Several captures are read as one: every frame of each, in the order of time, and all that is known about it."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from capture_strategies import Packet, PcapFile, interface, option, pcap_files, pcapng_files, section
from engines import NAMES, used
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from second_opinion import blocks, frames

from dovetool.capture.batch import Batch
from dovetool.capture.merging.joined_reader import JoinedReader
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.writer import create_alike
from dovetool.errors import CaptureError, CorruptCaptureError, DamagedInputsError

_FEW = settings(max_examples=40, phases=(Phase.explicit, Phase.generate))
any_files = st.lists(
    st.one_of(pcap_files().filter(lambda file: bool(file.records)).map(PcapFile.emit), pcapng_files),
    min_size=2,
    max_size=4,
)


def merged(captures: Sequence[Sequence[tuple[int, int, bytes]]]) -> list[tuple[int, int, bytes]]:
    """What mergecap does, frame by frame: of those that come next in each, the earliest, and the first of equals."""
    places, found = [0] * len(captures), []
    while left := [n for n, frames in enumerate(captures) if places[n] < len(frames)]:
        first = min(left, key=lambda n: (captures[n][places[n]][0], n))
        found.append(captures[first][places[first]])
        places[first] += 1
    return found


def read(paths: Sequence[Path], *, in_time_order: bool = True) -> list[tuple[int, int, bytes]]:
    """The frames of several captures as one."""
    found: list[tuple[int, int, bytes]] = []
    with Inputs(tuple(paths), in_time_order=in_time_order).opened() as reader:
        for batch in reader:
            if isinstance(batch, Batch):
                assert batch.first_number == len(found) + 1
                columns = zip(batch.ts_ns.tolist(), batch.orig_len.tolist(), strict=True)
                found += [(*each, batch.frame(row)) for row, each in enumerate(columns)]
    return found


def joined(paths: Sequence[Path], target: Path) -> Path:
    """The captures in one file."""
    with target.open("wb") as file, JoinedReader(paths) as reader:
        writer = create_alike(file.write, reader, to_pcapng=target.suffix == ".pcapng")
        for block in reader:
            if isinstance(block, Batch):
                writer.write(block)
            else:
                writer.pass_on(block)
    return target


def stored(folder: str | Path, files: Sequence[bytes]) -> list[Path]:
    paths = [Path(folder, f"{number}.cap") for number in range(len(files))]
    for path, octets in zip(paths, files, strict=True):
        path.write_bytes(octets)
    return paths


def packets(*times: int, octets: bytes = b"frame", unit: int = 1) -> bytes:
    """A little-endian pcap file with nanoseconds, of a frame at each time."""
    records = [(0, time * unit, 60, octets + bytes([time])) for time in times]
    return PcapFile("<", True, records).emit()


@pytest.mark.parametrize("engine", NAMES)
@_FEW
@given(files=any_files)
def test_order_is_that_of_mergecap(engine: str, files: list[bytes]) -> None:
    """Formats, byte orders, units of time and link types may be any."""
    with tempfile.TemporaryDirectory() as folder, used(engine):
        paths = stored(folder, files)
        assert read(paths) == merged([frames(path) for path in paths])


@_FEW
@given(any_files)
def test_one_after_the_other(files: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = stored(folder, files)
        assert read(paths, in_time_order=False) == [frame for path in paths for frame in frames(path)]


@_FEW
@given(any_files)
def test_what_is_written_of_them_is_the_same(files: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = stored(folder, files)
        assert frames(joined(paths, Path(folder, "out.pcapng"))) == read(paths)


def test_no_order_inside_of_a_capture_is_changed(tmp_path: Path) -> None:
    paths = stored(tmp_path, [packets(5, 3, 10), packets(4, 5, 7)])
    assert [ts_ns for ts_ns, *_ in read(paths)] == [4, 5, 3, 5, 7, 10]


def test_many_more_captures_than_stay_open(tmp_path: Path) -> None:
    """Two hundred that overlap, and each is opened again when it is its turn."""
    paths = stored(tmp_path, [packets(*range(n % 7, 200, 1 + n % 3)) for n in range(200)])
    found = read(paths)
    assert found == merged([frames(path) for path in paths])


def test_windows_are_larger_than_a_block(tmp_path: Path) -> None:
    """Captures that are longer than what is read of them at a time, with long spans of one between those of another."""
    times = [range(0, 90_000, 3), [n for n in range(90_000) if n // 20_000 % 2], range(45_000, 45_010)]
    files = [PcapFile("<", True, [(0, n, 99, n.to_bytes(90, "big")) for n in each]).emit() for each in times]
    paths = stored(tmp_path, files)
    assert read(paths) == merged([frames(path) for path in paths])


def test_a_pcap_of_pcaps(tmp_path: Path) -> None:
    """The finest unit of time, and the first byte order, hold for all."""
    files = [PcapFile(">", False, [(1, 5, 60, b"a")]).emit(), PcapFile("<", True, [(1, 4999, 60, b"b")]).emit()]
    out = joined(stored(tmp_path, files), tmp_path / "out.pcap")
    assert out.read_bytes() == PcapFile(">", True, [(1, 4999, 60, b"b"), (1, 5000, 60, b"a")]).emit()


def test_interfaces_are_named_after_their_files(tmp_path: Path) -> None:
    """The label stands behind the first word, where a port's name ends, and before that of a network."""
    named = interface("<", options=option(2, b"sw1/p1", "<") + option(3, b"kept", "<") + bytes(4))
    networked = interface("<", options=option(2, b"eth0 vnid 5", "<") + option(3, b"dovetool vnid=5", "<") + bytes(4))
    files = {
        "a.pcapng": section("<") + named + Packet(b"1", ticks=1).emit(),
        "b.pcapng": section("<") + networked + Packet(b"2", ticks=2).emit(),
        "c.pcap": packets(3),
    }
    for name, octets in files.items():
        (tmp_path / name).write_bytes(octets)
    found: list[tuple[str, int]] = []
    with JoinedReader([tmp_path / name for name in files]) as reader:
        for batch in reader:
            if isinstance(batch, Batch):
                found += [(batch.interfaces[n].name, batch.interfaces[n].tenant) for n in batch.interface.tolist()]
    assert found == [("c.pcap", -1), ("sw1/p1 a.pcapng", -1), ("eth0 b.pcapng vnid 5", 5)]


def test_blocks_are_turned_into_one_byte_order(tmp_path: Path) -> None:
    """Options of packets and interfaces, statistics and names say the same in the other order."""
    files = []
    for order in "<>":
        options = option(9, b"\x09", order) + option(8, (10**9).to_bytes(8, "little" if order == "<" else "big"), order)
        flags = option(2, (1).to_bytes(4, "little" if order == "<" else "big"), order) + bytes(4)
        files.append(
            section(order)
            + interface(order, options=options + bytes(4))
            + Packet(b"x", ticks=5, options=flags, order=order).emit()
        )
    both = joined(stored(tmp_path, files), tmp_path / "out.pcapng")
    twice = joined(stored(tmp_path, files[:1] * 2), tmp_path / "twice.pcapng")
    relabelled = [each._replace(body=each.body.replace(b"1.cap", b"0.cap")) for each in blocks(both.read_bytes())]
    expected = [each._replace(body=each.body.replace(b"1.cap", b"0.cap")) for each in blocks(twice.read_bytes())]
    assert relabelled[1:] == expected[1:]


def test_parts_of_a_rotated_capture_are_one(tmp_path: Path) -> None:
    """They give the file that they were cut from, octet for octet: no interface is there twice."""
    whole = tmp_path / "whole.pcapng"
    head = section("<") + interface("<", options=option(2, b"eth0", "<") + bytes(4))
    body = [Packet(bytes([n]), ticks=n).emit() for n in range(30)]
    whole.write_bytes(head + b"".join(body))
    names = [f"lan_{n:05}_20260101000000.pcapng" for n in range(3)]
    for n, name in enumerate(names):
        (tmp_path / name).write_bytes(head + b"".join(body[10 * n : 10 * n + 10]))
    out = joined([tmp_path / name for name in names], tmp_path / "out.pcapng")
    assert out.read_bytes() == whole.read_bytes()


def test_compressed_and_plain(tmp_path: Path) -> None:
    plain, packed = stored(tmp_path, [packets(1, 4), packets(2, 3)])
    packed.write_bytes(gzip.compress(packed.read_bytes()))
    assert [ts_ns for ts_ns, *_ in read([plain, packed])] == [1, 2, 3, 4]


@pytest.mark.parametrize("in_time_order", [True, False])
@pytest.mark.parametrize("count", [4, 20])
def test_damage_in_one_stops_none_of_the_others(tmp_path: Path, count: int, in_time_order: bool) -> None:
    """What is before it is used, and every one that is damaged is named."""
    files = [packets(1, 20), packets(2, 19)[:-3], b"no capture", packets(4, 17)] + [packets(5)] * (count - 4)
    paths = stored(tmp_path, files)
    found: list[int] = []

    def read_on(reader: OpenCapture) -> None:
        for batch in reader:
            found.extend(batch.ts_ns.tolist() if isinstance(batch, Batch) else [])

    reader = Inputs(tuple(paths), in_time_order=in_time_order).opened()
    with reader, pytest.raises(DamagedInputsError) as caught:
        read_on(reader)
    assert sorted(found) == sorted([1, 20, 2, 4, 17] + [5] * (count - 4))
    assert isinstance(caught.value, CorruptCaptureError)
    assert caught.value.exit_code == 3
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [str(paths[1]), str(paths[2])]


def test_none_is_a_capture(tmp_path: Path) -> None:
    paths = stored(tmp_path, [b"", b"nothing here"])
    with pytest.raises(CaptureError) as caught:
        JoinedReader(paths)
    assert caught.value.exit_code == 2
    assert str(paths[0]) in str(caught.value)
    assert str(paths[1]) in str(caught.value)


def test_mergecap_agrees(tmp_path: Path) -> None:
    if not shutil.which("mergecap"):
        pytest.skip("mergecap is not installed")
    paths = stored(tmp_path, [packets(*range(n, 250, 1 + n)) for n in range(5)])
    theirs = tmp_path / "theirs.pcapng"
    subprocess.run(["mergecap", "-w", theirs, *paths], check=True)
    assert frames(theirs) == read(paths)
