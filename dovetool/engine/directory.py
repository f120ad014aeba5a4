"""Directories that a command writes files into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dovetool.errors import CaptureError


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


@contextmanager
def directory_for_files(path: Path) -> Iterator[Path]:
    """As `make_directory`; after an error, a directory that was made for nothing is gone again."""
    was_there = path.is_dir()
    make_directory(path)
    try:
        yield path
    except BaseException:
        if not was_there:
            with suppress(OSError):  # something else is in it by now
                path.rmdir()
        raise
