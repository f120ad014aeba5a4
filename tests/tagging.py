"""Frames of VM1 carried into the underlay by `dovetool tag` and `dovetool encap`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from in_process import dovetool
from plain_capture import Captured, read_capture, write_frames


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
