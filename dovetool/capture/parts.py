"""What an output is until it is whole: `.NAME.xxxxxxxx.part` beside it, locked as long as somebody writes it.

Whoever writes the same name later removes the parts of runs that were killed: those of which nobody holds the lock. Of
the eight digits, each run has its own. A run that closes some of its parts for a while keeps the lock of one of them,
and that speaks for all. Where the system or the file system has no locks, parts are left alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import zlib
from collections import defaultdict
from pathlib import Path

from dovetool.capture.stdio import BINARY

try:
    import fcntl
except ImportError:
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

_PART = re.compile(r"\.(.+)\.([0-9a-f]{8})\.part", re.DOTALL)
_AROUND = len(b"..01234567.part")
_MOST_OCTETS = 255  # of a name, where the system does not tell
_ATTEMPTS = 16


class Parts:
    """The parts of one run."""

    def __init__(self) -> None:
        self._run = os.urandom(4).hex()
        self._found: dict[Path, _Found] = {}

    def create(self, final: Path) -> tuple[int, Path]:
        """Begin the part of a file; returns its descriptor, for reading and writing, and its path.

        Raises:
            OSError: it cannot be made.
        """
        label = label_of(final)
        self._remove_left(final.parent, label)
        for _ in range(_ATTEMPTS):
            part = final.with_name(f".{label}.{self._run}.part")
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | BINARY, 0o666)
            if _is_kept(descriptor):
                return descriptor, part
            os.close(descriptor)  # somebody took it for left before it was locked, and removes it
            self._run = os.urandom(4).hex()
        raise BlockingIOError(11, "somebody removes it again and again")

    def _remove_left(self, folder: Path, label: str) -> None:
        if folder not in self._found:
            self._found[folder] = _Found(folder)
        self._found[folder].remove_left(label)


def are_left(folder: Path) -> bool:
    """Say whether there are parts in a folder: somebody writes files there, or was killed while it did."""
    return any(_PART.fullmatch(name) for name in os.listdir(folder))  # noqa: PTH208  (names are enough)


class _Found:
    """The parts that a folder had when it was first asked about."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs: dict[str, list[str]] = defaultdict(list)
        self._by_label: dict[str, list[str]] = defaultdict(list)
        self._alive: dict[str, bool] = {}
        with contextlib.suppress(OSError):  # who must not list it may still write there
            for name in os.listdir(folder):  # noqa: PTH208  (names are enough)
                if match := _PART.fullmatch(name):
                    self._runs[match[2]].append(name)
                    self._by_label[match[1]].append(match[2])

    def remove_left(self, label: str) -> None:
        """Remove the parts of a file that nobody writes any more."""
        for run in self._by_label.pop(label, ()):
            if run not in self._alive:
                self._alive[run] = any(_is_held(self._folder / name) for name in self._runs[run])
            if not self._alive[run]:
                _is_held(self._folder / f".{label}.{run}.part", removes=True)


def label_of(final: Path) -> str:
    """The name of a file as that of its part has it: cut, and told apart by a checksum, where it is too long."""
    try:
        most = os.pathconf(final.parent, "PC_NAME_MAX") - _AROUND
    except (OSError, ValueError, AttributeError):
        most = _MOST_OCTETS - _AROUND
    octets = os.fsencode(final.name)
    if len(octets) <= most:
        return final.name
    return f"{octets[: most - 9].decode(errors='ignore')}~{zlib.crc32(octets):08x}"


def _is_kept(descriptor: int) -> bool:
    """Lock a part of our own; False: somebody else has locked or removed it."""
    if not HAS_LOCKS:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # no locks here, so nobody removes parts either
        return True
    return os.fstat(descriptor).st_nlink > 0


def _is_held(part: Path, *, removes: bool = False) -> bool:
    """Say whether somebody may still write a part; `removes` one that nobody does."""
    if not HAS_LOCKS:
        return True
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return not isinstance(error, FileNotFoundError)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return True
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if removes:
            part.unlink(missing_ok=True)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
