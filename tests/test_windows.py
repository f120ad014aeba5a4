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
