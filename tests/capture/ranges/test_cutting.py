"""A file in ranges says what it says as a whole, wherever it is cut, and whatever its frames look like."""

from __future__ import annotations

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from capture_strategies import Packet, PcapFile, interface, option, pcap_files, pcapng_files, section
from hypothesis import given
from hypothesis import strategies as st

from dovetool.capture.batch import Passage
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.pcapng import INTERFACE, SECTION
from dovetool.capture.ranges.cutting import can_be_cut, ranges_of
from dovetool.capture.ranges.range import Range
from dovetool.capture.reader import CaptureReader
from dovetool.capture.remote.location import Location
from dovetool.capture.stdio import STDIO
from dovetool.errors import CaptureError

SIZES = st.sampled_from([1, 40, 100, 333, 1000])
NESTED = PcapFile("<", False, [(seconds, 0, 60, bytes(60)) for seconds in range(20)]).emit()
"""A capture that is the payload of a frame."""


class Seen(NamedTuple):
    """What a reader gives."""

    frames: list[tuple[int, bytes, int, int, int]]
    passages: list[bytes]
    damage: str


def seen(reader: OpenCapture) -> Seen:
    found = Seen([], [], "")
    with reader:
        try:
            for item in reader:
                if isinstance(item, Passage):
                    found.passages.append(item.octets)
                    continue
                columns = (item.ts_ns.tolist(), item.orig_len.tolist(), item.interface.tolist())
                rows = range(item.first_number, item.first_number + len(item))
                found.frames.extend(zip(rows, map(item.frame, range(len(item))), *columns, strict=True))
        except CaptureError as error:
            return found._replace(damage=str(error))
    return found


def in_ranges(path: Path, octets: int) -> tuple[list[Range], list[Seen]]:
    ranges = list(ranges_of(path, octets))
    return ranges, [seen(each.opened()) for each in ranges]


def same(octets: bytes, size: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "in")
        path.write_bytes(octets)
        try:
            whole = seen(CaptureReader(path))
        except CaptureError:
            return  # it has no beginning
        ranges, parts = in_ranges(path, size)
    assert [frame for part in parts for frame in part.frames] == whole.frames
    assert [part.damage for part in parts] == [""] * (len(parts) - 1) + [whole.damage]
    assert [each.begin for each in ranges[1:]] == [each.end for each in ranges[:-1]]
    assert all(each.end - each.begin >= size for each in ranges if each.end is not None)
    assert all(part.frames for part in parts) or len(parts) == 1


@given(file=pcap_files(), size=SIZES, cut=st.integers(0, 200))
def test_pcap(file: PcapFile, size: int, cut: int) -> None:
    """Both byte orders, both units of time; whole, and cut anywhere."""
    octets = file.emit()
    same(octets, size)
    same(octets[: len(octets) - cut], size)


@given(octets=pcapng_files, size=SIZES, cut=st.integers(0, 200))
def test_pcapng(octets: bytes, size: int, cut: int) -> None:
    """Several sections and interfaces, of both byte orders; whole, and cut anywhere."""
    same(octets, size)
    same(octets[: len(octets) - cut], size)


@given(data=st.data(), size=SIZES)
def test_damage(data: st.DataObject, size: int) -> None:
    octets = bytearray(data.draw(st.one_of(pcap_files().map(PcapFile.emit), pcapng_files)))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    same(bytes(octets), size)


@pytest.mark.parametrize("size", range(1, 400, 7))
def test_a_capture_within_a_capture(size: int) -> None:
    """Frames that hold records, as a file on its way over a network does, are frames."""
    same(PcapFile("<", False, [(0, 0, len(NESTED), NESTED)] * 5).emit(), size)
    same(section("<") + interface("<") + Packet(NESTED).emit() * 5, size)
    inner = section("<") + interface("<") + Packet(bytes(40)).emit() * 9
    same(section("<") + interface("<") + Packet(inner).emit() * 5, size)


def test_what_stands_before_goes_along(tmp_path: Path) -> None:
    """The section and the interfaces that were described so far, with what the reader takes off of their frames."""
    told = [interface("<", options=option(2, name, "<") + option(13, b"\4", "<")) for name in (b"eth0", b"eth1")]
    packets = [Packet(bytes([number]) * 20, number=number % 2).emit() for number in range(6)]
    path = tmp_path / "in.pcapng"
    path.write_bytes(section("<") + told[0] + packets[0] + told[1] + b"".join(packets[1:]) + section(">"))
    _, parts = in_ranges(path, 40)
    assert [len(part.frames) for part in parts] == [1, 1, 1, 1, 1, 1]
    assert {len(octets) for part in parts for _, octets, *_ in part.frames} == {16}
    with CaptureReader(path) as reader:
        items = [item for item in reader if isinstance(item, Passage)]
    known = [item.octets for item in items if item.kind in {SECTION, INTERFACE}][:3]
    assert [part.passages[:3] for part in parts[2:]] == [known] * 4
    assert parts[1].passages == known
    assert [len(part.passages) for part in parts] == [
        3,
        3,
        3,
        3,
        3,
        4,
    ]  # and the section at the end


@pytest.mark.parametrize("lead", [0, 100, 10_000])
def test_the_lead_is_what_is_before(tmp_path: Path, lead: int) -> None:
    """As much of the section as is asked for."""
    packets = b"".join(Packet(bytes([number]) * 20).emit() for number in range(9))
    path = tmp_path / "in.pcapng"
    path.write_bytes((section("<") + interface("<") + packets) * 2)
    for each in ranges_of(path, 150, lead):
        if each.lead is None:
            assert lead == 0 or each.number in {1, 10}
            continue
        before = each.number - each.lead.number
        assert 0 < before == min(each.number - (10 if each.number > 9 else 1), lead // 52)
        numbers = [number for number, *_ in seen(each.lead.opened()).frames]
        assert numbers[before:] == [number for number, *_ in seen(each.opened()).frames]
        assert numbers[0] == each.lead.number


def test_what_is_not_cut(tmp_path: Path) -> None:
    octets = PcapFile("<", False, [(0, 0, 60, bytes(60))] * 9).emit()
    (tmp_path / "plain.pcap").write_bytes(octets)
    (tmp_path / "packed.pcap").write_bytes(gzip.compress(octets))
    (tmp_path / "no.pcap").write_text("no capture" * 99)
    assert can_be_cut(tmp_path / "plain.pcap", 100)
    assert not can_be_cut(tmp_path / "plain.pcap", 1000)
    assert not any(can_be_cut(tmp_path / name, 10) for name in ("packed.pcap", "no.pcap", "gone.pcap", ""))
    assert not can_be_cut(STDIO, 10)
    assert not can_be_cut(Location("memory://bucket/plain.pcap"), 10)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    """Who reads it tells."""
    (only,) = ranges_of(tmp_path / "gone.pcap", 10)
    with pytest.raises(CaptureError, match=r"gone\.pcap: No such file"):
        only.opened()
