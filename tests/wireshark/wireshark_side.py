"""A user of Wireshark's for tests: a home folder of its own, and programs that are not the real ones."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cli_process import Ended, dovetool

PATIENCE = 300
"""Seconds until something that has to happen is taken not to happen, on a busy machine."""
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
TAGGED, UNDERLAY = (SAMPLES / "demo" / "taps" / name for name in ("2-tagged.pcapng", "3-underlay.pcapng"))
HOSTILE = (
    "a@ip@[0,0,0][0,0,0]",
    '"; os.execute("touch x") --',
    "a//b",
    "]] .. error()",
    "back\\slash",
    "Zürich ☃",
    "#x",
)
"""Names that would mean something in a file of Wireshark's, or in Lua."""

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def new_home(folder: Path) -> dict[str, str]:
    """An empty home folder, as settings of the environment."""
    folder.mkdir(exist_ok=True)
    return {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / ".config"), "XDG_DATA_HOME": str(folder / ".data")}


def tshark(home: dict[str, str], *words: str | Path) -> subprocess.CompletedProcess[str]:
    """The real tshark, as that user runs it."""
    command = ["tshark", *map(str, words)]
    return subprocess.run(command, env={**os.environ, **home}, capture_output=True, text=True, check=False)


def command(home: dict[str, str], *words: str | Path) -> Ended:
    """`dovetool wireshark`, as that user runs it."""
    return dovetool("wireshark", *words, settings=home)


def lines_of(home: dict[str, str], *words: str | Path) -> list[str]:
    """What a command prints; it must be satisfied."""
    ended = command(home, *words)
    assert (ended.code, ended.stderr) == (0, "")
    return ended.stdout.decode().splitlines()


def program(folder: Path, name: str, script: str) -> dict[str, str]:
    """A shell script in place of a program, as a PATH that has it first."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def map_of(path: Path, names: Mapping[str, object]) -> Path:
    """A map file of networks alone."""
    path.write_text(json.dumps({"version": 1, "networks": {name: {"vnid": vnid} for name, vnid in names.items()}}))
    return path


def files_in(folder: Path) -> dict[str, bytes]:
    """All files below a folder, with their content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def children(pid: int) -> list[int]:
    """The processes that a process started (Linux)."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:
        return []


def is_tshark(pid: int) -> bool:
    """Say whether a process is tshark; one that has ended and waits to be noticed is nothing any more."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" and Path(f"/proc/{pid}/comm").read_text().strip() == "tshark"
    except OSError:
        return False


def wait_for(what: str, attempts: Iterator[object]) -> object:
    """Wait until one of the attempts is true."""
    end = time.monotonic() + PATIENCE
    for found in attempts:
        if found:
            return found
        if time.monotonic() > end:
            break
        time.sleep(0.01)
    pytest.fail(f"waited in vain for {what}")


def python(code: str, *words: str | Path, **streams: int) -> subprocess.Popen[bytes]:
    """Start a Python program in a process group of its own."""
    command = [sys.executable, "-c", code, *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, env=environment, start_new_session=True, **streams)  # type: ignore[call-overload,no-any-return]
