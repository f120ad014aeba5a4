"""dovetool top: tables in a pipe, and a live one in a terminal."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import dpkt
import pytest
from cli_process import dovetool
from terminals import in_terminal

from dovetool.views.top_rows import rate_text

TENANTS = Path(__file__).resolve().parents[2] / "samples/two-tenants"
UNDERLAY, MAP = TENANTS / "taps/3-underlay.pcapng", TENANTS / "map.yaml"
OCTETS = UNDERLAY.read_bytes()


def test_a_table_an_interval() -> None:
    ended = dovetool("top", UNDERLAY, "--interval", "0.3")
    assert ended.code == 0
    assert re.findall(r"(\d+) in all", ended.stdout.decode()) == ["13", "38", "61", "70"]


def test_once_is_the_last_one() -> None:
    ended = dovetool("top", UNDERLAY, "-m", MAP, "--once", "--by", "vnid")
    rows = [line.split() for line in ended.stdout.decode().splitlines()[3:5]]
    assert [(row[0], row[1], row[-1]) for row in rows] == [("200", "red", "35"), ("100", "blue", "35")]


def test_a_silence_is_a_part_of_the_window(tmp_path: Path) -> None:
    capture = tmp_path / "silence.pcap"
    with capture.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for second in (*range(20), 40, 40.25):
            writer.writepkt(bytes(100), ts=1_767_225_600 + second)
    ended = dovetool("top", capture, "--once", "--interval", "1", "--window", "10")
    told = ended.stdout.decode().splitlines()[0]
    assert "9.2 s: 2 frames, 0.22 frames/s, 173 bit/s; 22 in all" in told


def test_a_single_frame_has_no_rate(tmp_path: Path) -> None:
    capture = tmp_path / "one.pcap"
    with capture.open("wb") as file:
        dpkt.pcap.Writer(file).writepkt(bytes(100), ts=1_767_225_600)
    assert b"0.0 s: 1 frames, - frames/s, - bit/s; 1 in all" in dovetool("top", capture, "--once").stdout


def test_several_captures_are_added_up(tmp_path: Path) -> None:
    (tmp_path / "again.pcapng").write_bytes(OCTETS)
    for order in ((), ("--no-merge",)):
        ended = dovetool("top", UNDERLAY, tmp_path, "--once", *order)
        assert ended.code == 0
        assert b"140 in all" in ended.stdout


def test_several_captures_in_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "again.pcapng").write_bytes(OCTETS)
    with in_terminal("top", UNDERLAY, tmp_path, size=(120, 24)) as terminal:
        terminal.shows("140 in all", "the input has ended")
        terminal.press("q")
        assert terminal.ended() == 0


def test_cut_capture(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(OCTETS[:-10])
    ended = dovetool("top", cut, "--once")
    assert ended.code == 3
    assert b"69 in all" in ended.stdout


def test_live_in_a_terminal() -> None:
    """It grows with its input, sorts, fits, and ends."""
    read, write = os.pipe()
    with in_terminal("top", "-", "-m", MAP, "--by", "conversation", stdin=read, size=(120, 24)) as terminal:
        os.close(read)
        terminal.shows("waiting for the first frame", "*o octets")
        os.write(write, OCTETS[: len(OCTETS) // 2])
        terminal.shows("54 in all", "blue-1 10.0.0.1")
        terminal.press("K")
        terminal.shows("*K key")
        os.write(write, OCTETS[len(OCTETS) // 2 :])
        os.close(write)
        terminal.shows("70 in all", "the input has ended")
        terminal.resize(60, 12)
        terminal.hides("Share")
        terminal.press("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize(("key", "number", "code"), [("\x03", 0, 130), ("", signal.SIGTERM, 143)])
def test_ends_at_once(key: str, number: int, code: int) -> None:
    with in_terminal("top", UNDERLAY) as terminal:
        terminal.shows("70 in all")
        if key:
            terminal.press(key)
        else:
            terminal.signal(number)
        assert terminal.ended() == code


def test_bad_words() -> None:
    assert "did you mean" in dovetool("top", UNDERLAY, "--by", "vnud").complaint


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (0.18, "0.18"), (7.4, "7.40"), (999.4, "999"), (999.6, "1.00 k"), (12_345, "12.3 k"), (6.59e8, "659 M")],
)
def test_rates_have_three_digits(amount: float, text: str) -> None:
    assert rate_text(amount) == text
