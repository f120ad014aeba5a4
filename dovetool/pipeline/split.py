"""Delivered frames by VM: one capture for each VM that gets any."""

from __future__ import annotations

import re
import resource
from collections import defaultdict
from contextlib import ExitStack, suppress
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
_MOST_CHARACTERS = 50  # of a VM's name in a file's name, which may have 255 octets
_MOST_FILES = 65_536


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


def _allow_many_files() -> None:
    """Ask for as many open files as the system grants; the usual 1,024 are too few for a large network's VMs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


class Splitter:
    """Writes `DIR/VM.pcap` (or .pcapng, as the output is); a context manager that completes the files, or removes them.

    A broadcast goes to every VM that gets it. A name is made fit for a file: what is no letter, digit or one of `.@+-`
    becomes `_`, and where that makes it the name of another VM's file, `~2` or a higher number follows.
    """

    def __init__(self, directory: Path, reader: CaptureReader, target: Path) -> None:
        self._directory = make_directory(directory)
        _allow_many_files()
        self._reader = reader
        self._suffix = ".pcapng" if wants_pcapng(target, reader) else ".pcap"
        self._files = ExitStack()
        self._writers: dict[str, CaptureWriter] = {}
        self._names: set[str] = set()
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
        if receiver not in self._writers:
            path = self._directory / f"{self._file_name(receiver)}{self._suffix}"
            target = self._files.enter_context(CaptureTarget(path))
            writer = create_writer(target.write, path, self._reader)
            for passage in self._section:
                writer.pass_on(passage)
            self._writers[receiver] = writer
        return self._writers[receiver]

    def _file_name(self, receiver: str) -> str:
        """A name that no other VM's file has, on file systems that do not tell capitals from small letters either."""
        stem = _UNSAFE.sub("_", receiver).lstrip(".")[:_MOST_CHARACTERS] or "_"
        name, number = stem, 1
        while name.casefold() in self._names:
            number += 1
            name = f"{stem}~{number}"
        self._names.add(name.casefold())
        return name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.__exit__(kind, error, trace)
