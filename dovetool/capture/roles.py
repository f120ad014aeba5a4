"""Which file plays which role in a command: no file plays two, so that none is overwritten by another's content.

Files are compared by device and inode, whatever names and links lead to them; what is not there yet, by its folder and
its name in it, without regard to case where the folder has none; locations by their URLs.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Hashable
from itertools import chain, islice
from pathlib import Path

from dovetool.capture.remote.location import Location
from dovetool.capture.stdio import STDIN, STDIO
from dovetool.errors import CaptureError, UsageError

IN, MAP, OUT, SETTINGS = "IN", "the map", "OUT", "the settings"
_STDOUT = 1
_SEVERAL_USES = (stat.S_ISCHR, stat.S_ISSOCK)
"""What takes and gives octets without holding them: terminals, /dev/null, a remote shell's socket."""
_FEW = 16


class Roles:
    """The files of a command so far. Each method lets a file play a role, or raises a UsageError that names both."""

    def __init__(self) -> None:
        self._held: dict[Hashable, str] = {}
        self._read: set[str] = set()
        self._folds: dict[Path, bool] = {}

    def reads(self, role: str, path: Path | None) -> None:
        """A file that is read; `-` is standard input, and None none. A plain file can be read twice."""
        if path is None:
            return
        keys = _keys_of_stream(STDIN) if path == STDIO else self._keys(path)
        other = self._holder(keys)
        if path == STDIO and other is not None:
            raise UsageError(f"standard input cannot be both {role} and {other}")
        if not (_is_plain(path) and other in self._read):
            self._take(role, path, keys)
        self._read.add(role)

    def replaces(self, role: str, path: Path) -> None:
        """The output; `-` is standard output. It may be a file that is read as IN, whose place it takes at the end."""
        if path == STDIO:
            self._take(role, path, _keys_of_stream(_STDOUT))
        elif _is_plain(path) and self._holder(self._keys(path)) == IN:
            self._held.update(dict.fromkeys(self._keys(path), role))
        else:
            self._take(role, path, self._keys(path))

    def writes(self, role: str, path: Path | None) -> None:
        """A file that is written besides the output; None: none is."""
        if path == STDIO:
            raise UsageError(f"{role} -: needs a file of its own")
        if path is not None:
            self._take(role, path, self._keys(path))

    def creates(self, role: str, path: Path, *, overwrite: bool) -> None:
        """A file that is made, and takes the place of another one only when that is wanted, and it is a plain one."""
        try:
            mode = _mode_of(path)
        except FileNotFoundError:
            mode = None
        except OSError as error:
            raise CaptureError(f"cannot write {path}: {error.strerror}") from error
        if mode is not None and not stat.S_ISREG(mode):
            raise UsageError(f"{role} {path}: is there already, and no plain file")
        if mode is not None and not overwrite:
            raise UsageError(f"{role} {path}: is there already; --overwrite replaces it")
        self.writes(role, path)

    def _take(self, role: str, path: Path, keys: list[Hashable]) -> None:
        other = self._holder(keys)
        if other is not None:
            raise UsageError(f"{role} {path}: needs a file of its own, and is {other} too")
        self._held.update(dict.fromkeys(keys, role))

    def _holder(self, keys: list[Hashable]) -> str | None:
        return next((self._held[key] for key in keys if key in self._held), None)

    def _keys(self, path: Path) -> list[Hashable]:
        """What tells a file from others."""
        if isinstance(path, Location):
            return [path]
        try:
            return _keys_of(path.stat())
        except (OSError, ValueError):  # it is not there, or cannot be
            pass
        real = Path(os.path.realpath(path))
        try:
            folder = real.parent.stat()
        except OSError:
            return [real]
        if real.parent not in self._folds:
            self._folds[real.parent] = _folds_case(real.parent)
        name = unicodedata.normalize("NFC", real.name.casefold()) if self._folds[real.parent] else real.name
        return [(folder.st_dev, folder.st_ino, name), real]


def _is_plain(path: Path) -> bool:
    """Say whether a file holds octets, so that it can be read twice and replaced."""
    return isinstance(path, Location) or os.path.isfile(path)  # noqa: PTH113  (that of Path may raise)


def _mode_of(path: Path) -> int:
    """What is there, links not followed; raises a FileNotFoundError where nothing is."""
    if not isinstance(path, Location):
        return path.lstat().st_mode
    from dovetool.capture.remote.listing import is_there  # noqa: PLC0415  (few commands write elsewhere)

    if not is_there(path):
        raise FileNotFoundError
    return stat.S_IFREG


def _keys_of(status: os.stat_result) -> list[Hashable]:
    if any(is_such(status.st_mode) for is_such in _SEVERAL_USES):
        return []
    return [(status.st_dev, status.st_ino)]


def _keys_of_stream(descriptor: int) -> list[Hashable]:
    """The same of standard input or output, which has one role in any case."""
    try:
        return [descriptor, *_keys_of(os.fstat(descriptor))]
    except OSError:  # it is closed, which is told when it is used
        return [descriptor]


def _folds_case(folder: Path) -> bool:
    """Say whether names in a folder that differ in case are one, as far as what is there tells."""
    try:
        with os.scandir(folder) as entries:
            known = [Path(entry.path) for entry in islice(entries, _FEW)]
    except OSError:
        known = []
    for path in chain(known, [folder]):
        other = path.with_name(path.name.swapcase()) if path.name else path
        if other.name != path.name:
            try:
                return other.samefile(path)
            except OSError:
                return False
    return False
