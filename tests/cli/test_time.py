"""`dovetool time`: times that are moved are exact, or there are none."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from capture_strategies import Packet, PcapFile, block, interface, option, section
from cli_process import dovetool
from hypothesis import given, settings
from hypothesis import strategies as st
from second_opinion import blocks, frames, stored, tshark

from dovetool.capture.batch import Batch
from dovetool.capture.pcapng_clock import Timing
from dovetool.capture.reader import CaptureReader
from dovetool.capture.shifting import ShiftedReader, ticks_of
from dovetool.errors import UsageError
from dovetool.jobs.amounts import shift_named

SAMPLES = Path(__file__).parents[2] / "samples"
UNDERLAY = SAMPLES / "demo/taps/3-underlay.pcapng"


@pytest.mark.parametrize(
    ("word", "span_ns"),
    [
        ("+1.5", 1_500_000_000),
        ("-0.000000001", -1),
        ("3600s", 3600 * 10**9),
        ("0.1", 100_000_000),
        ("-7200", -72 * 10**11),
    ],
)
def test_shift_named(word: str, span_ns: int) -> None:
    assert shift_named(word) == span_ns


@pytest.mark.parametrize("word", ["", "1,5", "+1.0000000001", "1m", "--1", "1e3", "+"])
def test_no_shift(word: str) -> None:
    with pytest.raises(UsageError, match="expected seconds with a sign"):
        shift_named(word)


@given(st.integers(0, 20), st.booleans(), st.integers(-(10**20), 10**20))
def test_ticks_are_exact_or_none(exponent: int, is_binary: bool, span_ns: int) -> None:
    unit = 1 << exponent if is_binary else 10**exponent
    timing = Timing(0x80 + exponent if is_binary else exponent)
    if span_ns * unit % 10**9:
        with pytest.raises(UsageError, match="no whole number of ticks"):
            ticks_of(timing, span_ns)
    else:
        assert ticks_of(timing, span_ns) * 10**9 == span_ns * unit


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 999_999)), min_size=1, max_size=9),
    st.integers(-(10**9), 10**9),
)
def test_pcap(times: list[tuple[int, int]], micros: int) -> None:
    file = PcapFile(">", False, [(*time, 60, b"x") for time in times])
    moved = [seconds * 10**6 + fraction + micros for seconds, fraction in times]
    with CaptureReader(stored(file.emit())) as reader:
        shifted = ShiftedReader(reader, micros * 1000)
        if not all(0 <= time < 2**32 * 10**6 for time in moved):
            with pytest.raises(Exception, match="would have a time before 1970 or after 2106"):
                list(shifted)
            return
        assert [ns for item in shifted if isinstance(item, Batch) for ns in item.ts_ns.tolist()] == [
            time * 1000 for time in moved
        ]


def test_pcapng_with_its_statistics(tmp_path: Path) -> None:
    """Each interface in its own ticks; what has no time, has none afterwards."""
    told = struct.pack("<III", 0, 0, 5) + option(2, struct.pack("<II", 0, 7), "<") + option(4, bytes(8), "<")
    path = tmp_path / "in.pcapng"
    path.write_bytes(
        section("<") + interface("<") + interface("<", options=option(9, b"\x09", "<"))
        + Packet(b"a", ticks=5).emit() + Packet(b"b", ticks=5, number=1).emit() + block(5, told, "<")
    )  # fmt: skip
    ended = dovetool("time", path, tmp_path / "out.pcapng", "--shift", "+0.000002", "--summary", "json")
    assert (ended.code, json.loads(ended.stderr)["unchanged"]) == (0, 2)
    assert [frame.ts_ns for frame in frames(tmp_path / "out.pcapng")] == [7000, 2005]
    statistics = [each.body for each in blocks((tmp_path / "out.pcapng").read_bytes()) if each.kind == 5]
    assert statistics == [struct.pack("<III", 0, 0, 7) + option(2, struct.pack("<II", 0, 9), "<") + told[-12:]]


def test_tshark_sees_the_same_times(tmp_path: Path) -> None:
    out = tmp_path / "out.pcapng"
    assert dovetool("time", UNDERLAY, out, "--shift", "-1.25", "--summary", "none").code == 0
    before, after = (tshark(path, "frame.time_epoch", "frame.len") for path in (UNDERLAY, out))
    assert [(round(float(time) - 1.25, 6), length) for time, length in before] == [
        (round(float(time), 6), length) for time, length in after
    ]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            "in.pcap out.pcap --shift 0.0000005",
            "--shift: 500 ns are no whole number of ticks; the capture counts 10**-6 s",
        ),
        ("in.pcap out.pcap --shift -9", "--shift: in.pcap: frame 1 would have a time before 1970 or after 2106"),
        ("in.pcap out.pcap --shift soon", "--shift soon: expected seconds with a sign, as in +1.5 or -0.000001"),
    ],
)
def test_what_cannot_be(tmp_path: Path, words: str, complaint: str) -> None:
    (tmp_path / "in.pcap").write_bytes(PcapFile("<", False, [(8, 0, 60, b"x")]).emit())
    ended = dovetool("time", *words.split(), cwd=tmp_path)
    assert (ended.code, ended.complaint) == (2, complaint)
    assert not (tmp_path / "out.pcap").exists()


@pytest.mark.parametrize("shift", ["+0.000001", "-0.000001"])
def test_ticks_that_are_too_many(tmp_path: Path, shift: str) -> None:
    """An interface that counts in 10**-30 s: a microsecond is more of them than 64 bits hold."""
    head = section("<") + interface("<", options=option(9, b"\x1e", "<"))
    (tmp_path / "in.pcapng").write_bytes(head + Packet(bytes(30), ticks=5).emit())
    ended = dovetool("time", "in.pcapng", "out.pcapng", f"--shift={shift}", cwd=tmp_path)
    assert ended.complaint == "--shift: in.pcapng: frame 1 would have a time that 64 bits cannot tell"


def test_of_several_captures_the_one_is_named(tmp_path: Path) -> None:
    for name, second in (("late.pcap", 20), ("in.pcap", 8)):
        (tmp_path / name).write_bytes(PcapFile("<", False, [(second, 0, 60, b"x")]).emit())
    ended = dovetool("time", "late.pcap", "in.pcap", "out.pcap", "--shift=-9", cwd=tmp_path)
    assert ended.complaint == "--shift: in.pcap: frame 1 would have a time before 1970 or after 2106"


def test_link_types_stay(tmp_path: Path) -> None:
    """From pcapng to pcap, a frame of raw IP is no Ethernet frame; and two kinds do not fit into one file."""
    path = tmp_path / "in.pcapng"
    path.write_bytes(section("<") + interface("<", 101) + Packet(bytes(30), ticks=5).emit())
    for command, *options in (("time", "--shift", "1"), ("dedup",)):
        assert dovetool(command, path, tmp_path / "out.pcap", *options, "--summary", "none").code == 0
        assert (tmp_path / "out.pcap").read_bytes()[20:24] == struct.pack("<I", 101)
