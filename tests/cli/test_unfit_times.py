"""A time that the output, or a table, cannot hold is an error that names its frame; never another time."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from cli_traffic import MAP, block
from frames import underlay, vm_frame

from dovetool import cli

SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
LAST_OF_PCAP = (1 << 32) * 10**6 - 1
AFTER_2106 = LAST_OF_PCAP + 1
AFTER_2262 = 2**64 - 1
PCAP_SAYS = "is before 1970 or after 2106, which pcap cannot hold; pcapng can"
NS_SAYS = (
    "is before 1677 or after 2262, which 64 bits of nanoseconds cannot tell; "
    "dovetool inspect --frame N-M -w keeps other frames, and time --shift moves the times of all"
)


def capture(path: Path, *ticks: int, offset: int = 0, frame: bytes = underlay(vm_frame())) -> Path:
    """A pcapng file of frames at these microseconds after `offset` seconds."""
    options = struct.pack("<HHqHH", 14, 8, offset, 0, 0)
    packets = (
        block(6, struct.pack("<IIIII", 0, tick >> 32, tick & 0xFFFF_FFFF, len(frame), len(frame)) + frame)
        for tick in ticks
    )
    path.write_bytes(SECTION + block(1, struct.pack("<HHI", 1, 0, 0) + options) + b"".join(packets))
    return path


def said(capsys: pytest.CaptureFixture[str], code: int, *words: str | Path) -> str:
    assert cli.run([*map(str, words)]) == code
    return capsys.readouterr().err.strip()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out.pcap").write_bytes(b"old")
    return tmp_path


WRITERS = ("strip in out.pcap", "translate in out.pcap --to geneve", "inspect in -w out.pcap")
WRITERS_SPLIT = "split in folder --by vnid --format pcap"


@pytest.mark.parametrize("words", [*WRITERS, WRITERS_SPLIT])
@pytest.mark.parametrize(
    ("tick", "offset", "time"),
    [
        (AFTER_2106, 0, "2106-02-07T06:28:16Z"),
        (LAST_OF_PCAP, 1, "2106-02-07T06:28:16Z"),
        (0, -10, "1969-12-31T23:59:50Z"),
        (10**7 - 1, -10, "1969-12-31T23:59:59Z"),
    ],
)
def test_a_time_that_pcap_cannot_hold(
    here: Path, capsys: pytest.CaptureFixture[str], words: str, tick: int, offset: int, time: str
) -> None:
    capture(here / "in", 11 * 10**6, tick, offset=offset)
    assert said(capsys, 2, *words.split()) == f"dovetool: in: frame 2: its time, {time}, {PCAP_SAYS}"
    assert (here / "out.pcap").read_bytes() == b"old"
    assert sorted(path.name for path in here.iterdir()) == ["in", "out.pcap"]


def test_times_at_the_ends_of_what_pcap_holds(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture(here / "in", 10**7, 10**7 + LAST_OF_PCAP, offset=-10)
    said(capsys, 0, "strip", "in", "out.pcap")
    records = (here / "out.pcap").read_bytes()[24:]
    second = len(records) // 2
    assert [struct.unpack_from("<II", records, at) for at in (0, second)] == [(0, 0), ((1 << 32) - 1, 999_999_000)]


def test_a_time_that_pcap_cannot_hold_is_named_before_one_that_nobody_can_tell(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capture(here / "in", 1, AFTER_2106, AFTER_2262)
    assert said(capsys, 2, "strip", "in", "out.pcap").startswith("dovetool: in: frame 2: its time, 2106-02-07")


def test_frames_that_are_not_written_need_not_fit(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture(here / "in", 1, AFTER_2106, AFTER_2262)
    said(capsys, 0, "inspect", "in", "--frame", "1", "-w", "out.pcap")


@pytest.mark.parametrize("words", ["stats in --json", "stats in --by time", "stats in --csv"])
def test_a_time_that_cannot_be_summed_up(here: Path, capsys: pytest.CaptureFixture[str], words: str) -> None:
    capture(here / "in", 1, AFTER_2262)
    assert (
        said(capsys, 2, *words.split())
        == f"dovetool: in: frame 2: its time, 18,446,744,073,709 s after 1970, {NS_SAYS}"
    )


@pytest.mark.parametrize(
    "words", ["strip fits in out.pcap", "strip fits in out.pcap --no-merge", "report fits in -o o.html"]
)
def test_of_several_captures_its_own_is_named(here: Path, capsys: pytest.CaptureFixture[str], words: str) -> None:
    capture(here / "fits", 0, 2, 3)
    capture(here / "in", 1, AFTER_2262)
    assert "dovetool: in: frame 2: its time, 18,446,744,073,709 s" in said(capsys, 2, *words.split())


def test_any_time_is_shown_as_what_it_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As tshark tells it, beyond what 64 bits of nanoseconds can."""
    capture(here / "in", 1, AFTER_2262 - 1, AFTER_2262)
    assert cli.run(["inspect", "in", "--json"]) == 0
    times = [(frame["time_ns"], frame["time"]) for frame in json.loads(capsys.readouterr().out)]
    assert times == [
        (1_000, "1970-01-01T00:00:00.000001Z"),
        ((2**64 - 2) * 1000, "+586524-01-19T08:01:49.551614Z"),
        ((2**64 - 1) * 1000, "+586524-01-19T08:01:49.551615Z"),
    ]
    assert cli.run(["inspect", "in"]) == 0
    assert "18,446,744,073,709.551614" in capsys.readouterr().out
    assert cli.run(["stats", "in", "--frame", "1"]) == 0
    (here / "map.yaml").write_text(MAP)
    assert cli.run(["inspect", "in", "-m", "map.yaml", "--from", "+1"]) == 0
    assert len(capsys.readouterr().out.splitlines()[-2:]) == 2
    assert cli.run(["trace", "in", "-n", "3", "-m", "map.yaml"]) == 0


def test_pcapng_keeps_any_time(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, 0, "strip", capture(here / "in", 0, AFTER_2262, offset=-10), "out.pcapng", "--tenant", "none")
    expected = capture(here / "expected", 0, AFTER_2262, offset=-10, frame=vm_frame())
    assert (here / "out.pcapng").read_bytes() == expected.read_bytes()


def test_several_processes_name_the_frame_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The frame is far from the beginning, so that the parent alone does not come to it."""
    frame = bytes(12) + b"\x08\x00" + bytes(1400)
    count = (20 << 20) // len(frame)
    capture(here / "in", *range(count - 1), AFTER_2106, frame=frame)
    complaint = said(capsys, 2, "strip", "in", "out.pcap", "--jobs", "2")
    assert complaint == f"dovetool: in: frame {count:,}: its time, 2106-02-07T06:28:16Z, {PCAP_SAYS}"


def test_what_the_error_advises_works(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture(here / "in", 1, 2, AFTER_2262)
    said(capsys, 0, "inspect", "in", "--frame", "1-2", "-w", "part.pcapng")
    said(capsys, 0, "stats", "part.pcapng")
    capture(here / "late", AFTER_2262 - 1, AFTER_2262)
    said(capsys, 0, "time", "late", "moved.pcapng", "--shift", f"-{AFTER_2262 // 10**6}")
    assert cli.run(["inspect", "moved.pcapng", "--csv", "-e", "time_ns"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["551614000", "551615000"]


def test_info_tells_of_them(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture(here / "in", 2, AFTER_2262, 1)
    capture(here / "late", AFTER_2262 - 1, AFTER_2262)
    assert cli.run(["info", "in", "late", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["files"]
    keys = ("frames", "first_ns", "last_ns", "in_time_order", "untold_times")
    assert [tuple(each[key] for key in keys) for each in told] == [(3, 1000, 2000, False, 1), (2, None, None, True, 2)]
    assert cli.run(["info", "in"]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert dict(lines)["Untold"].rstrip() == "1 frame before 1677 or after 2262, left out of all times"
