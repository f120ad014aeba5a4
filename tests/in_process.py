"""dovetool's commands, run inside the test process."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from plain_capture import Captured, read_capture, write_frames

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


def validated(source: Path, map_file: Path, *words: str | Path) -> dict[str, Any]:
    """What `validate --json` says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = cli.run(["validate", str(source), "-m", str(map_file), "--json", *map(str, words)])
    record: dict[str, Any] = json.loads(said.getvalue())
    assert code == (1 if record["errors"] else 0)
    return record


def tagged(frames: Iterable[bytes], network: str, map_file: Path, folder: Path) -> Path:
    """A capture of the frames as they leave the switch of site 1, having come in by the port of a network."""
    source = write_frames(folder / f"{network}.pcap", frames)
    target = folder / f"{network}-tagged.pcap"
    summary = dovetool("tag", source, target, "-m", map_file, "--ingress", f"sw1/{network}")
    assert not summary["rejected"]
    return target


def encapped(source: Path, map_file: Path) -> Path:
    """A tagged capture as the tunnel end point of site 1 sends it."""
    target = source.with_stem(f"{source.stem}-underlay")
    summary = dovetool("encap", source, target, "-m", map_file, "--tep", "tep1")
    assert not summary["rejected"]
    return target


def underlay(frames: Iterable[bytes], network: str, map_file: Path, folder: Path) -> list[Captured]:
    """The frames of VM1 as they travel to site 2."""
    return read_capture(encapped(tagged(frames, network, map_file, folder), map_file))
