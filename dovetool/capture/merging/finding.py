"""Which captures the words of a command line mean: files, standard input, folders, and patterns of names."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dovetool.capture.reader import begins_capture
from dovetool.capture.remote.location import Location
from dovetool.capture.stdio import STDIO
from dovetool.capture.writer import COMPRESSIONS
from dovetool.errors import CaptureError, UsageError
from dovetool.natural import natural

_SUFFIXES = (".pcap", ".pcapng", ".cap")


def captures_of(words: Sequence[Path], *, recursive: bool = False) -> tuple[Path, ...]:
    """The captures that words mean, each once, in the order of the words; those of a word in natural order.

    Args:
        words: files, `-`, folders (the captures in them) and patterns that no shell has replaced by names; here or
            elsewhere.
        recursive: also take captures in folders within folders.

    Raises:
        UsageError: a folder holds no capture.
        CaptureError: one of several files is not there, or a folder cannot be read.
    """
    found: dict[tuple[int, int] | Path, Path] = {}
    for word in words:
        for path in _meant(word, recursive=recursive):
            is_here = path != STDIO and not isinstance(path, Location)
            if len(words) > 1 and is_here and not os.path.exists(path):  # noqa: PTH110  (that of Path may raise)
                raise CaptureError(f"{path}: No such file or directory")
            found.setdefault(_identity(path), path)
    return tuple(found.values())


def _meant(word: Path, *, recursive: bool) -> Sequence[Path]:
    if word == STDIO:
        return (word,)
    if isinstance(word, Location):
        return _elsewhere(word, recursive=recursive)
    if os.path.isdir(word):  # noqa: PTH112  (likewise)
        return _in_folder(word, recursive=recursive)
    if glob.has_magic(str(word)) and not os.path.lexists(word):
        matching = [Path(name) for name in glob.glob(str(word), recursive=True)]  # noqa: PTH207  (the word is a pattern)
        files = [path for path in matching if not path.is_dir()]
        return sorted(files, key=lambda path: natural(str(path))) or (word,)
    return (word,)


def _in_folder(folder: Path, *, recursive: bool) -> Sequence[Path]:
    """The captures in a folder; raises a UsageError when there are none."""
    try:
        return _captures_in(folder, _files(folder, recursive=recursive), recursive=recursive)
    except OSError as error:
        raise CaptureError(f"{error.filename}: {error.strerror}") from error


def _captures_in(folder: Path, files: Iterable[Path], *, recursive: bool) -> Sequence[Path]:
    found = sorted((path for path in files if _is_capture(path)), key=lambda path: natural(str(path)))
    if not found:
        deeper = "" if recursive else "; --recursive looks into the folders in it, too"
        raise UsageError(f"{folder}: a folder without captures{deeper}")
    return found


def _elsewhere(word: Location, *, recursive: bool) -> Sequence[Path]:
    """What a location means; what is not there, who opens it tells."""
    from dovetool.capture.remote.listing import folder_at, matching  # noqa: PLC0415  (few commands read elsewhere)

    if found := matching(word):
        return sorted(found, key=lambda path: natural(str(path)))
    files = folder_at(word, recursive=recursive)
    return (word,) if files is None else _captures_in(word, files, recursive=recursive)


def _files(folder: Path, *, recursive: bool) -> Iterator[Path]:
    """The plain files of a folder but for hidden ones, such as captures that are being written."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_file():
                yield Path(entry.path)
            elif recursive and entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path), recursive=True)


def _is_capture(path: Path) -> bool:
    """Say whether a file is a capture by the end of its name, or by its content."""
    suffixes = [suffix for suffix in path.suffixes[-2:] if suffix not in COMPRESSIONS]
    if suffixes and suffixes[-1] in _SUFFIXES:
        return True
    if isinstance(path, Location):
        from dovetool.capture.remote.listing import begins  # noqa: PLC0415  (few commands read elsewhere)

        return begins(path, begins_capture, 4)
    try:
        with path.open("rb") as file:
            return begins_capture(file.read(4))
    except OSError:
        return False


def _identity(path: Path) -> tuple[int, int] | Path:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return path
    return (status.st_dev, status.st_ino) if path != STDIO else path
