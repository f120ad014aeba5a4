"""Builds what is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def build_wheel(folder: Path, **settings: str) -> Path:
    """Build the wheel of this checkout into a folder, with more settings of the environment."""
    isolation = ["--no-build-isolation"] if find_spec("Cython") else []  # else pip fetches what builds it
    words = ("-m", "pip", "wheel", str(ROOT), "--no-deps", *isolation, "--quiet", "--wheel-dir", str(folder))
    done = subprocess.run(
        (sys.executable, *words), env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel
