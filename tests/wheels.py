"""Builds what is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def build_wheel(folder: Path, source: Path = ROOT, **settings: str) -> Path:
    """Build the wheel of this checkout, or of a copy of it, into a folder, with more settings of the environment."""
    isolation = ["--no-build-isolation"] if find_spec("Cython") else []  # else pip fetches what builds it
    words = ("-m", "pip", "wheel", str(source), "--no-deps", *isolation, "--quiet", "--wheel-dir", str(folder))
    done = subprocess.run(
        (sys.executable, *words), env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def with_short_core(folder: Path) -> Path:
    """Copy the checkout, with modules of the core that are soon translated; each of them is there, and does nothing."""
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("dovetool", "samples/demo"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    core = folder / "dovetool" / "core"
    for declared in core.glob("*.pxd"):
        declared.unlink()
    for module in core.glob("[!_]*.py"):
        module.write_text("")
    return folder
