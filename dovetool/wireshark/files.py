"""Files in Wireshark's folders: written whole or not at all, and left alone when they are somebody else's."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from dovetool.errors import UsageError
from dovetool.values import dataclass
from dovetool.wireshark.names import MARK


class FileOutcome(StrEnum):
    """What became of a file."""

    WRITTEN = "written"
    UNCHANGED = "up to date"
    REMOVED = "removed"
    LEFT = "left alone, as dovetool did not write it"


@dataclass(frozen=True, slots=True)
class Change:
    """A file, and what became of it."""

    path: Path
    outcome: FileOutcome


def has_mark(octets: bytes) -> bool:
    """Say whether a file of text begins with dovetool's mark."""
    return octets.startswith(MARK.encode())


def read_if_there(path: Path) -> bytes | None:
    """The content of a file; None: there is none.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def put(path: Path, content: bytes, is_ours: Callable[[bytes], bool], mode: int = 0o644) -> Change:
    """Write a file, with the folders above it, unless it has that content already, and may be run if it is to be.

    Raises:
        UsageError: it cannot be written, or is a file that is not ours.
    """
    found = read_if_there(path)
    if found == content and (not mode & 0o111 or os.access(path, os.X_OK)):
        return Change(path, FileOutcome.UNCHANGED)
    if found is not None and not is_ours(found):
        raise UsageError(f"{path} was not written by dovetool: move it away first")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content, mode)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    return Change(path, FileOutcome.WRITTEN)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file beside the place and rename it, so that nobody sees a part."""
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        part.write_bytes(content)
        part.chmod(mode)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def remove(path: Path, is_ours: Callable[[bytes], bool]) -> Change | None:
    """Remove a file that is ours; None: there is none.

    Raises:
        UsageError: it cannot be read or removed.
    """
    found = read_if_there(path)
    if found is None:
        return None
    if not is_ours(found):
        return Change(path, FileOutcome.LEFT)
    try:
        path.unlink()
    except OSError as error:
        raise UsageError(f"cannot remove {path}: {error.strerror}") from error
    return Change(path, FileOutcome.REMOVED)


def check_home() -> None:
    """See to it that there is a home folder, as Wireshark would make one of whatever name it is told.

    Raises:
        UsageError: there is none.
    """
    home = os.path.expanduser("~")  # noqa: PTH111  (Path.home raises where this returns "~")
    is_none = home == "~" or os.environ.get("HOME") == ""  # of which "/" is made here, and "." by Wireshark
    if is_none or not os.path.isdir(home):  # noqa: PTH112  (a text that may be no path)
        text = "this user has no home folder" if is_none else f"the home folder {home} is not there"
        raise UsageError(f"{text}, so there is no place for files of its own; set HOME, or use install --system")
