"""Delivered frames by VM: one capture for each VM that gets any."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from dovetool.capture.batch import Passage
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.pcapng import INTERFACE, SECTION
from dovetool.capture.reader import CaptureReader
from dovetool.capture.writer import CaptureWriter, create_writer, wants_pcapng
from dovetool.errors import CaptureError
from dovetool.pipeline.stage_runner import Outcome, StageRunner

_UNSAFE = re.compile(r"[^\w.@+-]")


def make_directory(path: Path) -> Path:
    """The directory, made when it is not there yet.

    Raises:
        CaptureError: its parent is missing, it is a file, or it may not be made.
    """
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise CaptureError(f"cannot make the directory {path}: {error.strerror}") from error
    return path


class Splitter:
    """Writes `DIR/VM.pcap` (or .pcapng, as the output is); a context manager that completes the files, or removes them.

    A broadcast goes to every VM that gets it. A name is made fit for a file: what is no letter, digit or one of `.@+-`
    becomes `_`.
    """

    def __init__(self, directory: Path, reader: CaptureReader, target: Path) -> None:
        self._directory = make_directory(directory)
        self._reader = reader
        self._suffix = ".pcapng" if wants_pcapng(target, reader) else ".pcap"
        self._files = ExitStack()
        self._writers: dict[str, CaptureWriter] = {}
        self._section: list[Passage] = []

    def pass_on(self, passage: Passage) -> None:
        """Sections and interfaces go to every file, those that are begun later too."""
        if passage.kind == SECTION:
            self._section = []
        if passage.kind in (SECTION, INTERFACE):
            self._section.append(passage)
            for writer in self._writers.values():
                writer.pass_on(passage)

    def keep(self, outcome: Outcome, runner: StageRunner) -> None:
        """Write the delivered frames of a batch to the files of their receivers."""
        verdicts = outcome.verdicts
        rows_of: dict[str, list[np.ndarray[tuple[int], np.dtype[np.int64]]]] = defaultdict(list)
        for number in np.flatnonzero(np.bincount(verdicts)).tolist():
            rows = np.flatnonzero(verdicts == number)
            for receiver in runner.forward(number).receivers:
                rows_of[receiver].append(rows)
        for receiver, parts in rows_of.items():
            self._writer(receiver).write(outcome.forwarded.take(np.sort(np.concatenate(parts))))

    def _writer(self, receiver: str) -> CaptureWriter:
        name = _UNSAFE.sub("_", receiver).lstrip(".") or "_"
        if name not in self._writers:
            path = self._directory / f"{name}{self._suffix}"
            target = self._files.enter_context(CaptureTarget(path))
            writer = create_writer(target.write, path, self._reader)
            for passage in self._section:
                writer.pass_on(passage)
            self._writers[name] = writer
        return self._writers[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.__exit__(kind, error, trace)
