"""A few seconds of tests/fuzz, so that it goes on working; longer runs are made by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dovetool.core import COMPILED

TESTS = Path(__file__).parent


def fuzzed(folder: Path, *words: str | Path) -> str:
    """What the program says that mutates frames, when it finds nothing."""
    command = [sys.executable, str(TESTS / "fuzz" / "fuzz_frames.py"), "--seed", "7", *map(str, words)]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(TESTS)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_fuzzing_finds_nothing(tmp_path: Path) -> None:
    assert "no crash" in fuzzed(tmp_path, "--seconds", "5")


def test_frames_that_are_answered_otherwise_are_kept_for_the_next_run(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    fuzzed(tmp_path, "--seconds", "1", "--keep", kept)
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    assert before
    said = fuzzed(tmp_path, "--seconds", "0", "--keep", kept)
    corpus = len(list((TESTS / "fuzz" / "corpus").iterdir()))
    assert f" {corpus + len(before)} frames" in said


@pytest.mark.skipif(not COMPILED, reason="there is no compiled core")
@pytest.mark.parametrize("target", ["walk", "find", "make"])
def test_fuzzing_the_core_finds_nothing(target: str) -> None:
    paths = os.pathsep.join(map(str, (TESTS, TESTS / "core")))
    command = [
        sys.executable,
        str(TESTS / "fuzz" / "fuzz_core.py"),
        "--seconds",
        "1",
        "--seed",
        "7",
        "--target",
        target,
    ]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("no crash\n")
