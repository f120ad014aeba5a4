"""Directories that a command writes files into."""

from __future__ import annotations

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
