"""Outputs that go on in other files: each is whole, and together they are the one file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from capture_strategies import Packet, PcapFile, block, interface, section
from cli_process import dovetool
from plain_capture import Captured, read_capture
from second_opinion import blocks as blocks_of

from dovetool import cli
from dovetool.capture.rotation import named

SAMPLES = Path(__file__).parents[2] / "samples"
UNDERLAY, MAP = SAMPLES / "demo/taps/3-underlay.pcapng", SAMPLES / "demo/map.yaml"
_BEGIN_S = 1_767_225_600  # 2026-01-01


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A frame each second, of 100 octets."""
    path = tmp_path / "long.pcap"
    path.write_bytes(PcapFile("<", False, [(_BEGIN_S + n, 0, 100, bytes([n]) * 100) for n in range(60)]).emit())
    return path


def rotated(folder: Path, *words: str | Path, code: int = 0) -> tuple[list[Path], list[Captured]]:
    """The files that a command makes, and their frames."""
    ended = dovetool(*words, "--summary", "none", cwd=folder)
    assert (ended.code, ended.stderr) == (code, "")
    files = sorted(folder.glob("out_*"))
    return files, [frame for path in files for frame in read_capture(path)]


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_by_size(tmp_path: Path, long: Path, suffix: str) -> None:
    dovetool("strip", long, tmp_path / f"whole.{suffix}")
    files, frames = rotated(tmp_path, "strip", long, f"out.{suffix}", "--rotate-size", "2kB")
    assert frames == read_capture(tmp_path / f"whole.{suffix}")
    assert len(files) > 3
    assert all(path.stat().st_size <= 2000 for path in files)
    assert not (tmp_path / f"out.{suffix}").exists()
    assert files[0].name == f"out_00001_20260101000000.{suffix}"


@pytest.mark.parametrize("limit", [282, 400, 1000])
@pytest.mark.parametrize("words", ["strip", "time --shift 1", "decap -m {}", "encap -m {} --tep tep1"])
@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_no_file_is_larger(tmp_path: Path, words: str, limit: int, suffix: str) -> None:
    """With all that stands before frames: a header, or interfaces, of which some come with their first frames."""
    command, *options = words.format(MAP).split()
    source = SAMPLES / "demo/taps/2-tagged.pcapng" if command == "encap" else UNDERLAY
    assert dovetool(command, source, tmp_path / f"whole.{suffix}", *options).code == 0
    files, frames = rotated(tmp_path, command, source, f"out.{suffix}", *options, "--rotate-size", f"{limit}B")
    assert frames == read_capture(tmp_path / f"whole.{suffix}")
    assert len(files) > 1 or (tmp_path / f"whole.{suffix}").stat().st_size <= limit
    assert all(path.stat().st_size <= limit or len(read_capture(path)) == 1 for path in files)


def test_blocks_without_frames_count(tmp_path: Path) -> None:
    """They stand where they did, in a file that has room for them; the last one may have nothing else."""
    head, frame, name = section("<") + interface("<"), Packet(bytes(100)).emit(), block(0x40000BAD, bytes(88), "<")
    (tmp_path / "in.pcapng").write_bytes(head + name * 3 + frame * 2 + name + frame + name * 2 + interface("<") + name)
    limit = len(head) + 250
    files, _ = rotated(tmp_path, "strip", "in.pcapng", "out.pcapng", "--rotate-size", f"{limit}B")
    made = [path.read_bytes() for path in files]
    assert max(map(len, made)) <= limit
    blocks = [kind for octets in made for kind in kinds(octets) if kind not in (1, 0x0A0D0D0A)]
    assert blocks == [0x40000BAD] * 3 + [6, 6, 0x40000BAD, 6] + [0x40000BAD] * 3
    assert [kinds(octets)[:2] for octets in made] == [[0x0A0D0D0A, 1]] * len(made)


def kinds(octets: bytes) -> list[int]:
    return [each.kind for each in blocks_of(octets)]


def test_by_time(tmp_path: Path, long: Path) -> None:
    files, frames = rotated(tmp_path, "strip", long, "out.pcap", "--rotate-time", "25s")
    assert [path.name[4:-5] for path in files] == [
        "00001_20260101000000",
        "00002_20260101000025",
        "00003_20260101000050",
    ]
    assert [len(read_capture(path)) for path in files] == [25, 25, 10]
    assert frames == read_capture(long)


def test_a_ring_keeps_the_last(tmp_path: Path, long: Path) -> None:
    files, frames = rotated(tmp_path, "strip", long, "out.pcap", "--rotate-time", "10s", "--ring", "2")
    assert [path.name[4:9] for path in files] == ["00005", "00006"]
    assert frames == read_capture(long)[40:]


@pytest.mark.parametrize("words", ["strip", "translate --to geneve", f"decap -m {MAP}", "dedup", "time --shift 1"])
def test_each_has_its_section_and_interfaces(tmp_path: Path, words: str) -> None:
    """And reads as one again: a rotated capture is one capture."""
    command, *options = words.split()
    assert dovetool(command, UNDERLAY, tmp_path / "whole.pcapng", *options).code == 0
    files, frames = rotated(tmp_path, command, UNDERLAY, "out.pcapng", *options, "--rotate-time", "1s")
    assert len(files) > 2
    assert frames == read_capture(tmp_path / "whole.pcapng")
    both = [dovetool("stats", *source, "--json", cwd=tmp_path).stdout for source in (("whole.pcapng",), files)]
    assert both[0] == both[1]


def test_accounting_and_rejects_are_those_of_one_file(tmp_path: Path) -> None:
    words = ("decap", UNDERLAY, tmp_path / "out.pcapng", "-m", MAP, "--summary", "json")
    one = json.loads(dovetool(*words).stderr)
    several = json.loads(dovetool(*words, "--rotate-size", "1kB").stderr)
    assert {**one, "seconds": 0} == {**several, "seconds": 0}


def test_without_any_frame_there_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "none.pcap").write_bytes(PcapFile("<", False, []).emit())
    assert dovetool("strip", "none.pcap", "out.pcap.gz", "--rotate-size", "1MB", cwd=tmp_path).code == 0
    assert [path.name for path in tmp_path.glob("out*")] == ["out_00001_19700101000000.pcap.gz"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("long.pcap out.pcap --ring 3", "--ring: is for --rotate-size and --rotate-time"),
        ("long.pcap out.pcap --rotate-size 3", "--rotate-size 3: expected a size such as 100MB, 64KiB or 2GiB"),
        ("long.pcap out.pcap --rotate-time 3", "--rotate-time 3: expected a span of time such as 2s, 500ms or 5m"),
        (
            "long.pcap out.pcap --rotate-time 0s",
            "--rotate-time 0s: expected a span of time that is no 0s, such as 60s or 1h",
        ),
        ("long.pcap . --rotate-size 1MB", "--rotate-size, --rotate-time: OUT has to be the name of a file"),
        ("long.pcap /dev/null --rotate-size 1MB", "--rotate-size, --rotate-time: OUT has to be the name of a file"),
        ("long.pcap - --rotate-size 1MB", "--rotate-size, --rotate-time: OUT has to be the name of a file"),
    ],
)
def test_what_makes_no_sense(tmp_path: Path, long: Path, words: str, complaint: str) -> None:
    ended = dovetool("strip", *words.split(), cwd=tmp_path)
    assert (ended.code, ended.complaint, ended.stdout) == (2, complaint, b"")
    assert list(tmp_path.iterdir()) == [long]


def test_the_folder_is_looked_through_once(tmp_path: Path, long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For what killed runs left; else each file of a long row would take longer than the one before."""
    looked: list[Path] = []
    listed = os.listdir

    def counted(path: Path) -> list[str]:
        looked.append(path)
        return listed(path)

    monkeypatch.setattr(os, "listdir", counted)
    (tmp_path / ".out_00003_20260101000002.pcap.01234567.part").touch()
    assert cli.run(["strip", str(long), str(tmp_path / "out.pcap"), "--rotate-time", "1s", "--summary", "none"]) == 0
    assert looked == [tmp_path]
    assert len(listed(tmp_path)) == 61


def test_no_input_is_overwritten(tmp_path: Path, long: Path) -> None:
    """A file of the row may not be one that is read."""
    source = long.rename(tmp_path / "out_00002_20260101000025.pcap")
    before = source.read_bytes()
    ended = dovetool("strip", source, tmp_path / "out.pcap", "--rotate-time", "25s")
    assert ended.code == 2
    assert "needs a file of its own" in ended.complaint
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.pcapng.zst", "a_00007_20260101000000.pcapng.zst"),
        ("a.b.pcap", "a.b_00007_20260101000000.pcap"),
        ("a", "a_00007_20260101000000"),
        ("a.dump", "a.dump_00007_20260101000000"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert named(Path(name), 7, _BEGIN_S * 10**9 + 5).name == expected
