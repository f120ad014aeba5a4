"""dovetool's commands, run inside the test process."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from plain_capture import Captured, read_capture

from dovetool import cli


def dovetool(*words: str | Path) -> dict[str, Any]:
    """Run a command that rewrites a capture, to its success; the answer is its summary."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        code = cli.run([*map(str, words), "--summary", "json"])
    assert code == 0, said.getvalue()
    summary: dict[str, Any] = json.loads(said.getvalue().splitlines()[-1])
    return summary


def stripped(source: Path, folder: Path, *options: str, suffix: str = ".pcap") -> tuple[list[Captured], dict[str, Any]]:
    """What strip makes of a capture, and its summary."""
    target = folder / f"stripped{suffix}"
    summary = dovetool("strip", source, target, *options)
    frames = read_capture(target)
    assert summary["frames_out"] == len(frames)
    return frames, summary


def validated(source: Path, map_file: Path, *words: str) -> dict[str, Any]:
    """What `validate --json` says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = cli.run(["validate", str(source), "-m", str(map_file), "--json", *words])
    record: dict[str, Any] = json.loads(said.getvalue())
    assert code == (1 if record["errors"] else 0)
    return record
