"""dovetool stats --plot: the numbers read back from the picture, in a pipe and on a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import struct
import sys
from pathlib import Path

import pytest
from cli_process import COMMAND, dovetool, environment, process
from cli_traffic import MAP, Flavour, block, pcapng_record
from frames import underlay, vm_frame

ESCAPE = "\x1b"
SIZES = {5001: (100, 6), 5002: (60, 2), 7: (60, 1)}
"""For each VNID octets of an inner frame, and frames in the busiest second."""
BEGIN = 1_700_000_000
BUSIEST = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A map, and a capture of 40 s: in each network a frame each second, and more of them in one second."""
    (tmp_path / "map.yaml").write_text(MAP)
    flavour = Flavour()
    records = []
    for second in range(40):
        for vnid, (size, most) in SIZES.items():
            record = flavour.record(underlay(vm_frame(size), vnid))
            time = struct.pack("<I", BEGIN + second)
            records += [time + record[4:]] * (most if second == BUSIEST else 1)
    (tmp_path / "in.pcap").write_bytes(flavour.head() + b"".join(records))
    return tmp_path


def plot(folder: Path, *options: str, **settings: str) -> list[str]:
    """The lines of a picture in a pipe."""
    ended = dovetool("stats", "in.pcap", "-m", "map.yaml", "--plot", *options, cwd=folder, settings=settings)
    assert (ended.code, ended.stderr) == (0, "")
    text = ended.stdout.decode()
    assert ESCAPE not in text
    return text.splitlines()


def on_terminal(folder: Path, *options: str, **settings: str) -> str:
    """The same on a terminal of 100 columns and 30 rows."""
    child, descriptor = pty.fork()
    if child == 0:
        words = [*COMMAND, "stats", "in.pcap", "-m", "map.yaml", "--plot", *options]
        os.chdir(folder)
        os.execve(sys.executable, words, environment(COLUMNS="100", LINES="30", **settings))
    said = b""
    try:
        while octets := os.read(descriptor, 1 << 16):
            said += octets
    except OSError:  # the other end is closed
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said.decode()
    os.close(descriptor)
    return said.decode().replace("\r\n", "\n")


def eighths(drawn: str) -> int:
    return sum(8 if each == "█" else " ▏▎▍▌▋▊▉".index(each) for each in drawn)


def bars(lines: list[str]) -> list[tuple[str, str, int]]:
    """Label, bar and amount of each line of a chart."""
    found = (re.fullmatch(r"(.*?)  ([█▏▎▍▌▋▊▉#|]*) +([\d,]+)( +[\d.]+ %)?", line) for line in lines)
    return [(each[1].rstrip(), each[2], int(each[3].replace(",", ""))) for each in found if each]


def body(lines: list[str]) -> list[str]:
    """The rows between the axes, without them."""
    top = next(at for at, line in enumerate(lines) if line[0] in "┌+")
    bottom = next(at for at, line in enumerate(lines) if line[0] in "└+" and at > top)
    width = len(lines[top])
    return [line[1 : width - 1] for line in lines[top + 1 : bottom]]


@pytest.mark.parametrize("sort", ["octets", "frames", "overhead"])
def test_bars_are_in_proportion_and_as_json_says(sort: str, folder: Path) -> None:
    found = bars(plot(folder, "--sort", sort))
    ended = dovetool("stats", "in.pcap", "-m", "map.yaml", "--json", "--sort", sort, cwd=folder)
    groups = json.loads(ended.stdout)["groups"]
    labels = [" ".join(str(group[key]) for key in ("vnid", "network") if group[key]) for group in groups]
    assert [(label, amount) for label, _, amount in found] == [
        (label, group[sort]) for label, group in zip(labels, groups, strict=True)
    ]
    longest = eighths(found[0][1])
    assert longest > 8 * 40
    for _, drawn, amount in found:
        assert abs(eighths(drawn) - amount * longest / found[0][2]) <= 1


def test_bars_in_ascii(folder: Path) -> None:
    ended = process("stats", "in.pcap", "--plot", cwd=folder, settings={"PYTHONIOENCODING": "ascii", "COLUMNS": "60"})
    assert (ended.code, ended.stderr) == (0, "")
    found = bars(ended.stdout.decode("ascii").splitlines())
    assert len(found) == 3
    for _, drawn, amount in found:
        assert abs(len(drawn) - amount * len(found[0][1]) / found[0][2]) <= 0.5


def test_a_window_says_how_many_bars(folder: Path) -> None:
    lines = plot(folder, "--by", "time,vnid", "--plot", "--top", "1", LINES="10")
    assert len(lines) <= 10
    lines = plot(folder, "--by", "number", LINES="10")
    assert len(lines) == 9, "the last row is the prompt's"
    assert lines[-2] == "120 more (--top 0 shows all)"
    assert len(bars(plot(folder, "--by", "number", "--top", "20", LINES="10"))) == 20


@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_is_wider_than_the_window(width: int, folder: Path) -> None:
    for options in (("--by", "time"), ("--by", "time,vnid"), ("--by", "conversation"), ("--by", "vnid,pair")):
        lines = plot(folder, *options, COLUMNS=str(width), LINES="20")
        assert max(map(len, lines[:-1])) <= width
        assert len(lines) <= 20


def test_the_rate_over_time(folder: Path) -> None:
    """The line is highest in the busiest second, and low beside it; the axes tell rate and time."""
    lines = plot(folder, "--by", "time", "--sort", "frames", "--interval", "1")
    assert lines[0] == "frames/s, mean of every 1 s, UTC"
    rows = body(lines)
    assert rows[0].strip(), "the line reaches the top"
    column = (rows[0].index(rows[0].strip()[0]) + 0.5) / len(rows[0]) * 40
    assert BUSIEST - 1 <= column <= BUSIEST + 1.5
    usual = next(at for at, row in enumerate(rows) if row.strip("▁ ▐▌▛▜▟▙█"))
    assert abs((len(rows) - 1 - usual) / (len(rows) - 1) - 3 / 9) < 0.1, "three of at most nine frames"
    assert lines[-2] == "highest: 9 frames/s from 2023-11-14T22:13:32Z"
    assert any(line.endswith("│ 0 frames/s") for line in lines)
    assert any(re.search(r"\b22:13:\d\d\b", line) for line in lines)


def test_bits_are_octets_on_the_wire(folder: Path) -> None:
    lines = plot(folder, "--by", "vnid,time", "--interval", "1")
    octets = 6 * len(underlay(vm_frame(100), 5001))
    assert lines[0] == "bit/s by vnid, mean of every 1 s, UTC"
    assert lines[-2] == f"highest: {8 * octets:,} bit/s from 2023-11-14T22:13:32Z, 5001 blue"


def test_keys_in_any_order_draw_the_same(folder: Path) -> None:
    assert plot(folder, "--by", "vnid,time") == plot(folder, "--by", "time", "--by", "vnid")


def test_lines_are_told_apart_without_colours(folder: Path) -> None:
    lines = plot(folder, "--by", "time,vnid")
    assert any(re.fullmatch(r" *\+\+ 5001 blue +xx 5002 red +oo 7", line) for line in lines)
    rows = "".join(body(lines))
    assert {"+", "x", "o"} <= set(rows)


def test_the_rest_is_one_line(folder: Path) -> None:
    lines = plot(folder, "--by", "time,vnid", "--top", "1", "--sort", "frames", "--interval", "1")
    assert any("++ 5001 blue   xx 2 more" in line for line in lines)
    rows = body(lines)
    heights = {mark: len(rows) - next(at for at, row in enumerate(rows) if mark in row) for mark in "+x"}
    assert abs((heights["x"] - 1) / (heights["+"] - 1) - 3 / 6) < 0.1, "3 frames of the others, 6 of blue"


def test_colours_on_a_terminal_alone(folder: Path) -> None:
    said = on_terminal(folder, "--by", "time,vnid", COLORTERM="truecolor")
    assert {"38;2;86;180;233", "38;2;230;159;0"} <= set(re.findall(r"\x1b\[([\d;]+)m", said))
    assert "+" not in said, "colours tell the lines apart"
    lines = re.sub(r"\x1b\[[\d;]*m", "", said).splitlines()
    assert len(lines) == 29
    assert 90 < max(map(len, lines[:-1])) <= 100


@pytest.mark.parametrize("setting", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_colours_where_none_are_wanted(setting: dict[str, str], folder: Path) -> None:
    said = on_terminal(folder, "--by", "time,vnid", **setting)
    assert ESCAPE not in said
    assert "++ 5001 blue" in said


@pytest.mark.parametrize("by", ["interface", "time,interface"])
def test_names_stay_text(by: str, tmp_path: Path) -> None:
    """Neither markup nor a control sequence."""
    name = b"[red]\x1b[31m\xe7\xb6\xb2\n"
    option = struct.pack("<HH", 2, len(name)) + name + bytes(-len(name) % 4) + bytes(4)
    head = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = block(1, struct.pack("<HHI", 1, 0, 0) + option)
    (tmp_path / "in.pcap").write_bytes(head + interface + pcapng_record(underlay(vm_frame())) * 3)
    (tmp_path / "map.yaml").write_text(MAP)
    for said in (on_terminal(tmp_path, "--by", by, NO_COLOR="1"), "\n".join(plot(tmp_path, "--by", by))):
        assert ESCAPE not in said
        assert "interface [red]\\x1b[31m網\\n" in said


def test_short_times_are_seconds_after_a_moment(tmp_path: Path) -> None:
    flavour = Flavour()
    frames = [flavour.record(underlay(vm_frame(100), 5001), 1000 * at) for at in range(50)]
    (tmp_path / "in.pcap").write_bytes(flavour.head() + b"".join(frames))
    lines = dovetool("stats", "in.pcap", "--by", "time", "--plot", cwd=tmp_path).stdout.decode().splitlines()
    assert lines[0] == "Mbit/s, mean of every 0.001 s, after 2023-11-14T22:13:20Z"
    assert lines[-2] == "highest: 1.2 Mbit/s from 2023-11-14T22:13:20Z"
    assert any(re.match(r"0\.00 s +0\.01 s +0\.02 s", line) for line in lines), lines


@pytest.mark.parametrize("by", ["time", "vnid", "time,vnid"])
def test_nothing_to_draw(by: str, tmp_path: Path) -> None:
    (tmp_path / "in.pcap").write_bytes(Flavour().head())
    ended = dovetool("stats", "in.pcap", "--by", by, "--plot", cwd=tmp_path)
    assert (ended.code, ended.stdout, ended.stderr) == (0, b"0 frames, 0 octets\n", "")


def test_one_frame_alone(tmp_path: Path) -> None:
    (tmp_path / "in.pcap").write_bytes(Flavour().head() + Flavour().record(underlay(vm_frame(100), 5001)))
    for by in ("time", "vnid", "time,vnid"):
        assert dovetool("stats", "in.pcap", "--by", by, "--plot", cwd=tmp_path).code == 0


def test_many_intervals_share_a_point(folder: Path) -> None:
    lines = plot(folder, "--by", "time", "--interval", "0.001")
    assert re.match(r"bit/s, mean of every 0\.\d+ s", lines[0])
    assert max(map(len, lines[:-1])) <= 80


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--json",), "--json, --csv and --plot: choose one of them"),
        (("--csv",), "--json, --csv and --plot: choose one of them"),
        (("--by", "time", "--sort", "overhead"), "--sort overhead: what tunnels cost is not kept by time alone"),
        (("--by", "time,vnid", "--sort", "colour"), "--sort colour: expected"),
    ],
    ids=str,
)
def test_what_cannot_be_drawn(options: tuple[str, ...], complaint: str, folder: Path) -> None:
    ended = dovetool("stats", "in.pcap", "--plot", *options, cwd=folder)
    assert (ended.code, ended.stdout) == (2, b"")
    assert ended.complaint.startswith(complaint)


def test_more_networks_than_rates_are_kept_for(tmp_path: Path) -> None:
    flavour = Flavour()
    frames = [flavour.record(underlay(vm_frame(60), vnid)) for vnid in range(1, 1026)]
    (tmp_path / "in.pcap").write_bytes(flavour.head() + b"".join(frames))
    ended = dovetool("stats", "in.pcap", "--by", "time,vnid", "--plot", cwd=tmp_path)
    assert ended.code == 2
    assert ended.complaint.startswith("--plot: 1,025 groups, and rates are kept for 1,024")
    assert dovetool("stats", "in.pcap", "--by", "vnid", "--plot", cwd=tmp_path).code == 0
