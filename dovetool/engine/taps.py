"""One capture a hop, written on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.pcapng import PcapngWriter
from dovetool.capture.reader import CaptureReader
from dovetool.capture.writer import create_pcapng
from dovetool.engine.directory import directory_for_files
from dovetool.stages.stage import Stage, hops_of, is_beyond_tep


def tap_files(directory: Path, stages: Sequence[Stage]) -> list[Path]:
    """The capture of each hop."""
    return [directory / f"{hop}.pcapng" for hop in hops_of(stages)]


def open_taps(
    directory: Path,
    stages: Sequence[Stage],
    reader: CaptureReader,
    files: ExitStack,
    underlay_name: Callable[[str], str] | None = None,
) -> tuple[PcapngWriter, ...]:
    """A pcapng writer for each hop, `DIR/1-vm.pcapng` and so on.

    Args:
        directory: made when it is not there yet.
        stages: what happens between the hops.
        reader: the input of the run.
        files: completes the files, or removes them after an error.
        underlay_name: what an interface is called where its frames have left their tunnel end point.
    """
    files.enter_context(directory_for_files(directory))
    targets = [files.enter_context(CaptureTarget(path)) for path in tap_files(directory, stages)]
    return tuple(
        create_pcapng(target.write, reader, grows=True, rename=underlay_name if is_beyond_tep(hop) else None)
        for hop, target in zip(hops_of(stages), targets, strict=True)
    )
