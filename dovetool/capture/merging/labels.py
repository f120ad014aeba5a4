"""What tells the interfaces of several captures apart: the names of their files.

Parts of one rotated capture have one name, as their interfaces are the same ones. They are known by their names, as
dumpcap, editcap and dovetool give them (`lan_00001_20260101120000.pcapng`), and tcpdump (`lan.pcap1`). A label has no
slash, because an interface named `SWITCH/PORT` stands for a port.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dovetool.capture.names import name_of, readable
from dovetool.capture.remote.location import Location
from dovetool.capture.stdio import STDIO

_ROTATED = (
    re.compile(r"(?P<stem>.+)_\d{5,}_\d{14}(?P<rest>\..+|)"),
    re.compile(r"(?P<stem>.+\.p?cap(?:ng)?)\d+(?P<rest>\.(?:gz|zst|lz4)|)"),
)


def series_of(path: Path) -> Path:
    """The capture that a file is a part of by its name; the file itself where that tells nothing."""
    for pattern in _ROTATED:
        if match := pattern.fullmatch(path.name):
            return path.with_name(match["stem"] + match["rest"])
    return path


def labels(captures: Sequence[Path]) -> list[str]:
    """What tells each of the captures apart from the others, all of which are different; for a single one nothing.

    It is the name of the file, and where others have that one too, of as many of its folders as it takes.
    """
    distinct = list(dict.fromkeys(captures))
    if len(distinct) == 1:
        return [""] * len(captures)
    parts = {path: _parts(path) for path in distinct}
    depth = dict.fromkeys(distinct, 1)
    while True:
        names = {path: ":".join(parts[path][-depth[path] :]) for path in distinct}
        count = Counter(names.values())
        growing = [path for path in distinct if count[names[path]] > 1 and depth[path] < len(parts[path])]
        if not growing:
            return [names[path] for path in captures]
        for path in growing:
            depth[path] += 1


def _parts(path: Path) -> tuple[str, ...]:
    if path == STDIO:
        return (name_of(path),)
    if isinstance(path, Location):
        return path.parts
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  (links keep their names)
    return tuple(readable(part) for part in absolute.parts if part != os.sep)


def labelled(name: str, label: str) -> str:
    """An interface's name with the label behind its first word, where that of a port ends.

    What follows it, a network's name, stays where it is looked for.
    """
    if not label:
        return name
    first, gap, rest = name.partition(" ")
    return f"{first} {label}{gap}{rest}" if first else label
