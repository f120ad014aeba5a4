"""A few seconds of tests/fuzz, so that it goes on working; longer runs are made by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dovetool.core import COMPILED

TESTS = Path(__file__).parent


def test_fuzzing_finds_nothing(tmp_path: Path) -> None:
    paths = os.pathsep.join(map(str, (TESTS, TESTS / "pipeline")))
    command = [sys.executable, str(TESTS / "fuzz" / "fuzz_frames.py"), "--seconds", "5", "--seed", "7"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "no crash" in done.stdout


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
