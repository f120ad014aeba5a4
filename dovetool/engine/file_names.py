"""Names of captures made from names of a map, which may be any text: fit for every file system, and never the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dovetool.capture.remote.location import Location
from dovetool.errors import CaptureError

_UNSAFE = re.compile(r"[^\w.@+-]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:\.|$)", re.IGNORECASE)
"""Names of devices on Windows, whatever suffix follows."""
_MOST_OCTETS = 160
"""Of a name, in the name of a file, which may have 255 with a number and a suffix."""
_GAP = "~~"


class FileNames:
    """The names that are taken so far.

    What is no letter, digit or one of `.@+-` becomes `_`, and so does a `-` that the name begins with; dots that it
    begins with go. The name of a device of Windows gets a `_` in front. Of a long name, start and end stay, with `~~`
    between. Where that makes it the name of another file, also on file systems that do not tell capitals from small
    letters, `~2` or a higher number follows.
    """

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def next_for(self, name: str) -> str:
        """A name that no other file has."""
        stem = _UNSAFE.sub("_", name).lstrip(".") or "_"
        stem = f"_{stem[1:]}" if stem[0] == "-" else f"_{stem}" if _RESERVED.match(stem) else stem
        stem = _shortened(stem)
        found, folded = stem, _folded(stem)
        number = self._last.get(folded, 0)
        while _folded(found) in self._last:
            number += 1
            found = f"{stem}~{number}"
        self._last[folded] = max(number, 1)
        self._last.setdefault(_folded(found), 1)
        return found


def _shortened(stem: str) -> str:
    octets = stem.encode()
    if len(octets) <= _MOST_OCTETS:
        return stem
    half = (_MOST_OCTETS - len(_GAP)) // 2
    start, end = octets[:half].decode(errors="ignore"), octets[-half:].decode(errors="ignore")
    return f"{start}{_GAP}{end}"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name.casefold())


def make_directory(path: Path) -> Path:
    """The directory, made when it is not there yet; a location needs none.

    Raises:
        CaptureError: its parent is missing, it is a file, or it may not be made.
    """
    if isinstance(path, Location):
        return path
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
