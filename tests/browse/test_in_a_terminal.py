"""The browser in a terminal: how it begins and ends, live input, sizes, colours, signals."""

from __future__ import annotations

import gzip
import os
import signal
import tempfile
from pathlib import Path

import pytest
from cli_process import dovetool, names_in
from terminals import Terminal, in_terminal

ROOT = Path(__file__).resolve().parents[2]
TENANTS = ROOT / "samples/two-tenants"
UNDERLAY, MAP = TENANTS / "taps/3-underlay.pcapng", TENANTS / "map.yaml"
OCTETS = UNDERLAY.read_bytes()


def is_clean(terminal: Terminal) -> bool:
    """The other screen, the mouse and the cursor are as they were before."""
    raw = bytes(terminal.raw)
    return raw.rindex(b"\x1b[?1049l") > raw.rindex(b"\x1b[?1049h") and raw.rindex(b"\x1b[?25h") > raw.rindex(
        b"\x1b[?25l"
    )


def test_begins_and_ends() -> None:
    with in_terminal("browse", UNDERLAY, "-m", MAP) as terminal:
        shown = terminal.shows("1 of 70", "Router Solicit", "Octets", "Ethernet, 02:00:5e:10:00:01 (tep1)")
        assert "left out" in shown
        terminal.press("q")
        assert terminal.ended() == 0
        assert is_clean(terminal)


def test_a_key_that_is_pressed_before_anything_is_shown() -> None:
    with in_terminal("browse", UNDERLAY, size=(100, 30)) as terminal:
        terminal.press("q")
        assert terminal.ended() == 0


def test_first_screen_is_as_ever() -> None:
    """Line by line, but for the scrollbars in the last column."""
    expected = """\
Filter: --vnid 5001 --ip 10.0.0.1   ttl=64   tcp.flags.syn == 1
━Frames━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
   No.      Time  VNID  Source  Destination  Protocol  Info             Verdict
▌    1  0.000000   100  blue-1  ff02::16     ICMPv6    Multicast List…  ok
▌    2  0.000271   100  blue-1  ff02::2      ICMPv6    Router Solicit…  ok
▌    3  0.005989   100  blue-2  ff02::16     ICMPv6    Multicast List…  ok
▌    4  0.006011   100  blue-2  ff02::2      ICMPv6    Router Solicit…  ok
▌    5  0.013192   100  blue-1  ff02::16     ICMPv6    Multicast List…  ok
▌    6  0.018613   200  red-1   ff02::16     ICMPv6    Multicast List…  ok
▌    7  0.018652   200  red-1   ff02::2      ICMPv6    Router Solicit…  ok
─Frame 1: 140 octets, 2026-11-23T23:57:48.752105Z, tep1─────────────────────────
Map: ok
▶ Ethernet, 02:00:5e:10:00:01 (tep1) > 02:00:5e:10:00:02 (tep2)
▶ IPv4, 192.0.2.1 (tep1) > 192.0.2.2 (tep2)
▶ UDP, 52235 > 4789
▶ VXLAN, VNI 100 (blue)
▶   Ethernet, 02:aa:00:00:00:01 (blue-1) > 33:33:00:00:00:16
─Octets─────────────────────────────────────────────────────────────────────────
0000  02 00 5e 10 00 02 02 00  5e 10 00 01 08 00 45 00  ..^.....^.....E.
0010  00 7e 00 00 40 00 40 11  b6 6b c0 00 02 01 c0 00  .~..@.@..k......
0020  02 02 cc 0b 12 b5 00 6a  00 00 08 00 00 00 00 00  .......j........
0030  64 00 33 33 00 00 00 16  02 aa 00 00 00 01 86 dd  d.33............
0040  60 00 00 00 00 24 00 01  fe 80 00 00 00 00 00 00  `....$..........
1 of 70  left out: Hop, From, To, Encap, Network, Length          ? help  q quit"""
    with in_terminal("browse", UNDERLAY, "-m", MAP) as terminal:
        terminal.until(lambda: _words(terminal.text) == _words(expected), "the screen as ever")
        terminal.press("q")
        assert terminal.ended() == 0


def _words(text: str) -> list[list[str]]:
    """What stands in each line, but for the last column."""
    return [line[:79].replace(" q qui", "").split() for line in text.splitlines()]


def test_several_captures_are_one_list(tmp_path: Path) -> None:
    """A folder, one file of it compressed, and standard input; a display filter asks tshark about all of them."""
    (tmp_path / "tep1.pcapng").write_bytes(OCTETS)
    (tmp_path / "tep2.pcapng.gz").write_bytes(gzip.compress((TENANTS / "taps/4-received.pcapng").read_bytes()))
    read, write = os.pipe()
    os.write(write, OCTETS)
    os.close(write)
    with in_terminal("browse", tmp_path, "-", "-m", MAP, stdin=read, size=(120, 30)) as terminal:
        os.close(read)
        terminal.shows("1 of 210", "Router Solicit")
        terminal.press("Fframe.number > 200 && vxlan\r")
        terminal.shows("shown 7", "201 of 210")
        terminal.press("q")
        assert terminal.ended() == 0
        assert is_clean(terminal)


def test_captures_one_after_the_other(tmp_path: Path) -> None:
    """The frames of the second stand behind all of the first."""
    other = tmp_path / "again.pcapng"
    other.write_bytes(OCTETS)
    with in_terminal("browse", UNDERLAY, other, "--no-merge", "-e", "number,time", size=(120, 30)) as terminal:
        terminal.shows("1 of 140")
        terminal.press(":71\r")
        terminal.shows("71 of 140", "T23:57:48.752105Z, tep1 again.pcapng")
        terminal.press("q")
        assert terminal.ended() == 0


def test_new_size() -> None:
    with in_terminal("browse", UNDERLAY, "-m", MAP, size=(80, 24)) as terminal:
        terminal.shows("left out", "1 of 70")
        terminal.resize(200, 60)
        terminal.shows("Encap", "Network", "27  0.410128", "Multicast Listener Report v2")
        terminal.hides("left out")
        terminal.resize(60, 15)
        terminal.shows("left out")
        terminal.press("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=str,
)
def test_signals_leave_a_clean_terminal(number: int, code: int) -> None:
    with in_terminal("browse", UNDERLAY) as terminal:
        terminal.shows("1 of 70")
        terminal.signal(number)
        assert terminal.ended() == code
        assert is_clean(terminal)


@pytest.mark.parametrize("_", range(4))
def test_it_ends_with_its_terminal(_: int) -> None:
    """What is drawn meets the terminal's end at any moment, so it is tried several times."""
    with in_terminal("browse", UNDERLAY, "-m", MAP) as terminal:
        terminal.shows("1 of 70")
        terminal.press("j")
        terminal.shows("2 of 70")
        assert terminal.hang_up() in {2, 128 + signal.SIGHUP}  # it failed to draw, or was told


def test_live_input_grows_and_keys_come_from_the_terminal(tmp_path: Path) -> None:
    """The screen is there before any frame; the copy that is kept meanwhile is gone at the end, also after Ctrl-C."""
    read, write = os.pipe()
    with in_terminal("browse", "-", stdin=read, settings={"TMPDIR": str(tmp_path)}) as terminal:
        os.close(read)
        terminal.shows("Filter:", "waiting for the first frame")
        half = len(OCTETS) // 2
        os.write(write, OCTETS[:half])
        terminal.shows("1 of 54", "live")
        terminal.press("G")
        os.write(write, OCTETS[half:])
        terminal.shows("70 of 70", "live")
        os.close(write)
        terminal.hides("live")
        terminal.press("F--ip 10.0.0.2\r")  # as fast as a paste
        terminal.shows("shown")
        assert names_in(tmp_path) != []
        terminal.press("\x03")
        assert terminal.ended() == 130
        assert is_clean(terminal)
    assert names_in(tmp_path) == []


def test_a_pipe_that_brings_nothing_is_not_waited_for(tmp_path: Path) -> None:
    read, write = os.pipe()
    with in_terminal("browse", "-", stdin=read, settings={"TMPDIR": str(tmp_path)}) as terminal:
        os.close(read)
        terminal.shows("waiting for the first frame")
        terminal.press("q")
        assert terminal.ended() == 0
    os.close(write)
    assert names_in(tmp_path) == []


def test_compressed_capture(tmp_path: Path) -> None:
    packed = tmp_path / "in.pcapng.gz"
    packed.write_bytes(gzip.compress(OCTETS))
    with in_terminal("browse", packed) as terminal:
        terminal.shows("1 of 70", "Ethernet, 02:00:5e:10:00:01")
        terminal.press("q")
        assert terminal.ended() == 0


def test_cut_capture_is_told_and_exits_with_3(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(OCTETS[:-10])
    with in_terminal("browse", cut, size=(140, 24)) as terminal:
        terminal.shows("1 of 69", "the file ends inside a block")
        terminal.press("q")
        assert terminal.ended() == 3
        assert terminal.afterwards.count("the file ends inside a block") == 1
        assert is_clean(terminal)


def test_no_capture_on_a_pipe_is_one_line() -> None:
    read, write = os.pipe()
    os.write(write, b"this is no capture at all, not by far")
    os.close(write)
    with in_terminal("browse", "-", stdin=read) as terminal:
        os.close(read)
        assert terminal.ended() == 2
        assert is_clean(terminal)
        assert "dovetool: standard input: no pcap or pcapng file" in terminal.afterwards


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "vt220")])
def test_without_colours_the_cursor_stands_out(name: str, value: str) -> None:
    with in_terminal("browse", UNDERLAY, "-m", MAP, settings={name: value}) as terminal:
        terminal.shows("1 of 70", "Octets", "Map: ok")
        terminal.until(lambda: terminal.screen.buffer[3][10].reverse, "the first frame in reverse")
        assert not terminal.screen.buffer[4][10].reverse
        terminal.press("\r")
        terminal.shows("━Frame 1")
        terminal.press("jj")
        terminal.shows("Octets: 20 at 0x000e")
        terminal.until(lambda: terminal.screen.buffer[18][51].reverse, "octet 0x0e in reverse")
        colours = {cell.fg for line in terminal.screen.buffer.values() for cell in line.values()}
        grey = {colour for colour in colours if len(colour) == 6 and colour[:2] == colour[2:4] == colour[4:]}
        assert colours - grey <= {"default", "black", "white", "brightblack", "brightwhite"}
        terminal.press("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("browse", "/no/such/file"), "/no/such/file: No such file or directory"),
        (("browse", "-"), "standard input is a terminal; pipe a capture in, or name a file"),
        (("browse", UNDERLAY, "-e", "ttk"), "-e ttk: there is no such column; -e help lists them; did you mean ttl?"),
        (("browse", UNDERLAY, "--filter", "--vnid x"), "--vnid x: is no VNID"),
    ],
)
def test_what_cannot_be_is_one_line(words: tuple[str | Path, ...], said: str) -> None:
    with in_terminal(*words, size=(200, 24)) as terminal:
        assert terminal.ended() == 2
        assert b"\x1b[?1049h" not in terminal.raw
        assert terminal.text.startswith(f"dovetool: {said}")


def test_a_terminal_that_cannot_be_drawn_on() -> None:
    with in_terminal("browse", UNDERLAY, settings={"TERM": "dumb"}, size=(200, 24)) as terminal:
        assert terminal.ended() == 2
        said = "dovetool: browse: this terminal (TERM=dumb) cannot be drawn on; dovetool inspect prints frames"
        assert terminal.text.strip() == said


def test_no_terminal() -> None:
    ended = dovetool("browse", UNDERLAY)
    assert ended.code == 2
    assert ended.complaint == "browse: standard output is no terminal; dovetool inspect prints frames"


def test_without_textual() -> None:
    """The line says how it is added."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "textual").mkdir()
        (Path(folder) / "textual/__init__.py").write_text("raise ModuleNotFoundError('gone', name='textual')\n")
        path = os.pathsep.join([folder, str(ROOT)])
        with in_terminal("browse", UNDERLAY, settings={"PYTHONPATH": path}, size=(240, 24)) as terminal:
            assert terminal.ended() == 2
            assert terminal.text.startswith("dovetool: browse: needs Textual, which is not installed: ")
            assert "textual" in terminal.text.split(": ")[-1]
