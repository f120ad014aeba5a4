"""The Makefile: its targets, what it says where Python is too old, and that `make bench` still measures."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

ROOT = Path(__file__).resolve().parents[1]
needs_make = pytest.mark.skipif(which("make") is None, reason="make is not installed")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", "-C", str(ROOT), *arguments]
    # `make test` hands its own options on to the make that it runs inside itself
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def fake_python(folder: Path, version: str) -> Path:
    """A program that says it is Python of this version, and is too old for every question."""
    program = folder / "python"
    program.write_text(f'#!/bin/sh\n[ "$1" = -V ] && echo "Python {version}" && exit 0\nexit 1\n')
    program.chmod(0o755)
    return program


@needs_make
def test_help_is_the_default_and_lists_the_targets() -> None:
    listed = {line.split()[0] for line in make().stdout.splitlines()}
    assert listed == {
        "help",
        "demo",
        "test",
        "coverage",
        "docs",
        "test-asan",
        "test-wireshark",
        "lint",
        "bench",
        "format",
        "clean",
        "wheel",
        "deb",
        "smoke",
    }
    assert make("help").stdout == make().stdout


@needs_make
@pytest.mark.parametrize("target", ["demo", "test", "lint"])
def test_an_old_python_gets_one_clear_line(target: str, tmp_path: Path) -> None:
    done = make(target, f"PYTHON={fake_python(tmp_path, '3.10.4')}", f"VENV={tmp_path / 'venv'}")
    complaint, from_make = done.stderr.splitlines()
    assert done.returncode != 0
    assert re.fullmatch(
        r"dovetool needs Python 3\.11 or later, and \S+ is Python 3\.10\.4; name another: .*", complaint
    )
    assert from_make.startswith("make: ***")
    assert not (tmp_path / "venv").exists()


@needs_make
def test_a_python_that_is_not_there_gets_the_same_line(tmp_path: Path) -> None:
    done = make("demo", f"PYTHON={tmp_path / 'none'}", f"VENV={tmp_path / 'venv'}")
    assert "is not there; name another" in done.stderr.splitlines()[0]


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """A folder that passes for a virtual environment; its programs note how they were called."""
    for program in ("python", "dovetool"):
        path = tmp_path / "bin" / program
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f'#!/bin/sh\n[ "$1" = -c ] && exec {sys.executable} "$@"\necho {program} "$@" >>{tmp_path}/calls\n'
        )
        path.chmod(0o755)
    (tmp_path / ".created").touch()
    return tmp_path


@needs_make
def test_the_core_is_compiled_again_when_it_changes(venv: Path) -> None:
    os.utime(venv / ".created", (0, 0))
    (venv / ".installed").touch()
    assert "pip" not in make("-n", "demo", f"VENV={venv}").stdout
    for changed in ("dovetool/core/records.py", "dovetool/core/octets.pxd", "setup.py", "pyproject.toml"):
        assert "pip" in make("-n", "-W", changed, "demo", f"VENV={venv}").stdout


@needs_make
def test_the_core_is_watched_in_a_place_of_its_own(venv: Path) -> None:
    said = make("-n", "-W", "dovetool/core/records.py", "test-asan", f"VENV={venv}").stdout
    (compiling,) = (line for line in said.replace("\\\n", "").splitlines() if "build_ext" in line)
    assert "-fsanitize=address,undefined" in compiling
    assert "--inplace" not in compiling
    assert "--build-lib build/asan" in compiling


@needs_make
def test_without_a_compiler_it_is_installed_all_the_same(venv: Path) -> None:
    """Nothing is installed for someone who says what the compiler is."""
    done = make("demo", f"VENV={venv}", "CC=false")
    assert (done.returncode, done.stderr) == (0, "")
    calls = (venv / "calls").read_text().splitlines()
    assert calls == ["python -m pip --disable-pip-version-check --quiet install --editable .", "dovetool demo"]


def test_the_benchmark_measures_and_finds_the_frames_unchanged(tmp_path: Path) -> None:
    """Its exit status is 0 only if `strip` gives back what `tag` and `encap` were given, octet for octet.

    And only if `stats` and `validate` count as many frames as there are.
    """
    report = tmp_path / "report.json"
    options = ["--frames", "240", "--runs", "1", "--captures", "mixed", "--jobs", "stats,validate,strip", "--quick"]
    command = [sys.executable, "-m", "bench", *options, "--json", str(report)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = json.loads(report.read_text())["results"]
    ours = [result for result in results if result["kind"] == "ours"]
    assert [result["tool"] for result in ours] == [f"dovetool {job}" for job in ("stats", "validate", "strip")]
    for result in ours:
        assert result["frames"] == 240
        assert result["frames_per_second"] > 0 < result["peak_memory_octets"]
