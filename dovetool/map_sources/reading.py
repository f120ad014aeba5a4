"""The arguments of the command line, as documents: files, folders with one host each, `HOST=FILE`, standard input."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from dovetool.errors import MapSourceError
from dovetool.map_sources import json_text
from dovetool.map_sources.documents import Document
from dovetool.map_sources.statements import Origin
from dovetool.natural import natural
from dovetool.values import dataclass
from dovetool.vnid_map.whole_file import read_whole

Reduce = Callable[[dict[str, Any]], object]
"""Says what to keep of a JSON object (`documents.Reducing`)."""
_STDIN = "-"
_HEAD = 4096
"""Octets that tell whether a file of a folder is text at all: captures are not read to their end to find out."""


@dataclass(slots=True)
class Found:
    """What the arguments hold.

    Attributes:
        documents: files that are JSON or text.
        empty: files without any content: outputs of commands that failed.
        foreign: files found in folders that are no text.
    """

    documents: list[Document] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def read(arguments: Sequence[str], taken_ns: Sequence[int | None] = (), reduce: Reduce | None = None) -> Found:
    """Read the files that arguments name.

    Args:
        arguments: FILE, FOLDER, HOST=FILE, HOST=FOLDER, or `-`.
        taken_ns: when each was taken, in ns since 1970; none: not told, one: it is of all.
        reduce: what to keep of each JSON object; None: all.

    Raises:
        MapSourceError: a file cannot be read, or is broken JSON.
    """
    found = Found()
    times = list(taken_ns) * len(arguments) if len(taken_ns) == 1 else list(taken_ns) or [None] * len(arguments)
    for index, (argument, taken) in enumerate(zip(arguments, times, strict=True)):
        before = len(found.documents)
        host, path = _split(argument)
        if path != _STDIN and Path(path).is_dir():
            for file, owner in _files_in(path, host):
                add(
                    found,
                    Origin(str(file), host=owner, taken_ns=taken),
                    _head_and_rest(file),
                    is_named=False,
                    reduce=reduce,
                )
        else:
            origin = Origin("<stdin>" if path == _STDIN else path, host=host, taken_ns=taken)
            add(found, origin, _all_of(path, origin.file), is_named=True, reduce=reduce)
        found.documents[before:] = [each._replace(argument=index) for each in found.documents[before:]]
    return found


def add(found: Found, origin: Origin, octets: bytes | None, *, is_named: bool, reduce: Reduce | None = None) -> None:
    """Put what a file holds where it belongs; None: it is no text. What to `reduce` is as in `read`.

    Raises:
        MapSourceError: it is broken JSON, or it is named and no text.
    """
    text = None if octets is None else json_text.decoded(octets)
    if text is None:
        if is_named:
            raise MapSourceError(origin.file, "", f"found {_described(octets or b'')}; expected JSON or text in UTF-8")
        found.foreign.append(origin.file)
        return
    del octets  # large files are there once
    if json_text.is_empty(text):
        found.empty.append(origin.file)
    elif json_text.begins_json(text, in_earnest=is_named):
        values = list(json_text.values(text, origin.file, reduce))
        data = values[0] if len(values) == 1 else values
        found.documents.append(Document(origin, data, is_named=is_named, values=len(values)))
    else:
        found.documents.append(Document(origin, text=text, is_named=is_named))


def _split(argument: str) -> tuple[str, str]:
    """Host and path; a file whose own name has a `=` is meant itself."""
    host, equals, path = argument.partition("=")
    if not equals or not host or not path or Path(argument).exists():
        return "", argument
    return host, path


def _files_in(folder: str, host: str) -> Iterator[tuple[Path, str]]:
    """Yield the files in a folder and in the folders in it, each with its host: the name of its folder.

    Hidden files are none of it. A folder to which several ways lead, by symbolic links, is visited once.
    """
    visited: set[tuple[int, int]] = set()
    outermost = host or Path(os.path.realpath(folder)).name
    for path, folders, files in os.walk(folder, followlinks=True, onerror=_refuse):
        status = Path(path).stat()
        if (status.st_dev, status.st_ino) in visited:
            folders.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=natural)
        owner = outermost if path == folder else Path(path).name
        for name in sorted(files, key=natural):
            if not name.startswith("."):
                yield Path(path, name), owner


def _refuse(error: OSError) -> None:
    raise MapSourceError(str(error.filename), "", f"cannot be read: {error.strerror}")


def _head_and_rest(file: Path) -> bytes | None:
    """The content of a file in a folder; None: it is no plain file, or no text."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return None
        with file.open("rb") as stream:
            head = stream.read(_HEAD)
            if _is_binary(head):
                return None
            stream.seek(0)
            return stream.read()
    except FileNotFoundError:  # a symbolic link to nothing
        return None
    except OSError as error:
        raise MapSourceError(str(file), "", f"cannot be read: {error.strerror}") from None


def _is_binary(head: bytes) -> bool:
    """Say whether a file that begins so can be no text; a character that the end cuts through says nothing."""
    return all(json_text.decoded(head[: len(head) - cut]) is None for cut in range(4))


def _all_of(path: str, name: str) -> bytes:
    try:
        return read_whole(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise MapSourceError(name, "", f"cannot be read: {reason}") from None


def _described(octets: bytes) -> str:
    from dovetool.capture.reader import begins_capture  # noqa: PLC0415  (NumPy takes a while, and sources need none)

    if begins_capture(octets):
        return "a capture"
    wrong = re.search(rb"[^\t\n\r\x20-\x7e]", octets)
    return "octets that are no text" if wrong is None else f"the octet 0x{wrong[0][0]:02x} at octet {wrong.start():,}"
