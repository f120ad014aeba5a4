"""What dovetool does without on Windows, as far as that can be told elsewhere."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from plain_capture import read_capture

from dovetool.analysis.indexed.reading_at import read_at
from dovetool.capture import stdio, target
from dovetool.capture.target import Target
from dovetool.errors import CaptureError

ROOT = Path(__file__).resolve().parents[1]
LIKE_WINDOWS = (sys.executable, str(ROOT / "tests" / "like_windows.py"))
UNDERLAY = ROOT / "samples" / "demo" / "taps" / "3-underlay.pcapng"


def like_windows(*words: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*LIKE_WINDOWS, *map(str, words)], input=given, capture_output=True, check=False)


def test_the_smoke_test_passes_without_what_windows_lacks() -> None:
    command = (sys.executable, str(ROOT / "packaging" / "smoke.py"), *LIKE_WINDOWS)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("smoke test passed: ")


COMMANDS = """
strip {underlay} {received} out.pcapng
tag {vm} {delivered} out.pcapng -m {map}
encap {tagged} {tagged} out.pcapng -m {map} --tep tep1
decap {underlay} {tagged} out.pcapng -m {map}
untag {received} {tagged} out.pcapng -m {map}
translate {underlay} {received} out.pcapng --to geneve
dedup {underlay} {received} out.pcapng
anonymise {underlay} {received} out.pcapng --key secret
time {underlay} {received} out.pcapng --shift 1
run {vm} {delivered} out.pcapng -m {map} --taps hops --split vms
strip {underlay} {received} out.pcapng --rotate-size 1kB
inspect {underlay} {received} -m {map}
top {underlay} {received} --once
info {underlay} {received}
stats {underlay} {received} -m {map} --by pair
export {underlay} {received} out.csv
report {underlay} {received} -m {map} -o out.html
follow {underlay} {received} -m {map}
trace {underlay} --frame 1 -m {map}
validate {underlay} {received} -m {map}
split {underlay} {received} out --by vnid
demo --dir demo
extcap --extcap-interfaces
map check {map}
map show {map}
map schema
map import eos {switch}
map learn {underlay} {received}
map diff {map} {map}
map merge {map} {map}
config
schema
completion powershell
wireshark profile -m {map}
"""


@pytest.mark.parametrize("line", COMMANDS.strip().splitlines())
def test_each_command(tmp_path: Path, line: str) -> None:
    """With several captures, where a command takes such."""
    demo = ROOT / "samples" / "demo"
    taps = {path.stem.partition("-")[2]: path for path in (demo / "taps").iterdir()}
    files = {**taps, "map": demo / "map.yaml", "switch": ROOT / "tests/map_sources/data/eos/leaf1"}
    words = [word.format(**files) for word in line.split()]
    done = subprocess.run(
        [*LIKE_WINDOWS, *words],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "WIRESHARK_CONFIG_DIR": str(tmp_path / "wireshark")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def test_commands_are_all_there() -> None:
    """`browse` has a test of its own."""
    told = like_windows("--help").stdout.decode().partition("Commands:")[2].partition("Examples:")[0]
    commands = {line.split()[0] for line in told.splitlines() if line.strip() and line[:3].count(" ") == 2}
    assert commands - {line.split()[0] for line in COMMANDS.strip().splitlines()} == {"browse"}


_BROWSED = """
import sys
import textual.pilot
sys.path[:0] = sys.argv[1:]
import like_windows
like_windows.lose_posix()
from browsers import UNDERLAY, Hand, browse
from dovetool.cli.browsing import obey_terminal

async def act(hand: Hand) -> None:
    await hand.press("down")
    await hand.until(lambda: "Octets" in hand.text and "0000  33 33 00" in hand.text)
    print(len(hand.shown), hand.text.encode("ascii", "replace").decode())

obey_terminal()
browse(act, UNDERLAY, UNDERLAY.with_name("4-received.pcapng"))
"""


def test_the_browser() -> None:
    """Frames are read again where they are stored; no signal is asked for."""
    pytest.importorskip("textual", reason="Textual is not installed (extra browse)")
    tests = ROOT / "tests"
    settings = {**os.environ, "TEXTUAL_DRIVER": "textual.drivers.headless_driver:HeadlessDriver"}
    command = (sys.executable, "-c", _BROWSED, str(tests / "browse"), str(tests))
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Frame 2: " in done.stdout
    refused = like_windows("browse", UNDERLAY, UNDERLAY)
    assert (refused.returncode, b"no terminal" in refused.stderr) == (2, True)


def test_octets_at_a_place_without_pread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "octets"
    path.write_bytes(bytes(range(100)))
    for has in (True, False):
        if not has:
            monkeypatch.delattr(os, "preadv")
        with path.open("rb", buffering=0) as file:
            for place, expected in ((90, bytes(range(90, 100))), (10, bytes(range(10, 30))), (100, b"")):
                octets = bytearray(20)
                assert read_at(file, place, memoryview(octets)) == len(expected)
                assert octets[: len(expected)] == expected


def test_many_files_take_the_place_of_others(tmp_path: Path) -> None:
    """A part is closed before it gets its name, and one is not left behind."""
    for more in ((), ("--overwrite",)):
        done = like_windows("split", UNDERLAY, tmp_path / "out", "--by", "vnid", *more)
        assert done.returncode == 0, done.stderr
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".pcapng"] * 3
    assert like_windows("strip", UNDERLAY, tmp_path / "in.pcapng").returncode == 0
    assert like_windows("strip", tmp_path / "in.pcapng", tmp_path / "in.pcapng").returncode == 0


def test_a_live_input_is_ended_with_what_has_come(tmp_path: Path) -> None:
    """Ctrl-C is heard when the sender, who gets it too, ends."""
    target = tmp_path / "out.pcapng"
    command = [*LIKE_WINDOWS, "strip", "-", str(target), "--summary", "none"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(UNDERLAY.read_bytes())
        process.stdin.flush()
        while not list(tmp_path.glob(".out.pcapng.*")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        process.wait()
    assert process.returncode in (130, 0)  # it may have come upon the end first
    assert len(read_capture(target)) == 13


def test_standard_streams_keep_their_octets(monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[tuple[int, int]] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "O_BINARY", 0x8000, raising=False)
    msvcrt = ModuleType("msvcrt")
    msvcrt.setmode = lambda descriptor, mode: modes.append((descriptor, mode))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    assert (stdio.in_binary(0), stdio.in_binary(1)) == (0, 1)
    assert modes == [(0, 0x8000), (1, 0x8000)]


def test_a_reader_that_went_away_is_a_broken_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows calls it an invalid argument; of a file it is none."""

    def write(descriptor: int, octets: memoryview) -> int:
        raise OSError(errno.EINVAL, "Invalid argument", descriptor, None, len(octets))

    windows = SimpleNamespace(**{**vars(os), "name": "nt", "write": write})
    monkeypatch.setattr(target, "os", windows)
    with pytest.raises(BrokenPipeError):
        Target(stdio.STDIO).write(b"octets")
    monkeypatch.setattr(target, "os", SimpleNamespace(**{**vars(os), "write": write}))
    with pytest.raises(CaptureError, match="Invalid argument"):
        Target(stdio.STDIO).write(b"octets")
