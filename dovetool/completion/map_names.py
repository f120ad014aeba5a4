"""What a map calls its networks, TEPs, VMs and ports, read without a check of anything else.

That takes a hundredth of a second for a usual map, and a second for 100,000 VMs; so the names of large maps are kept in
the user's cache, until the file changes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_MOST_READ = 1 << 28
_WORTH_KEEPING = 1 << 15
"""Octets of a map that takes longer to read than a key may take."""
_FORM = 1
_SECTIONS = {"network": "networks", "tep": "teps", "vm": "vms"}
_TOLD_BY = {"network": "vnid", "tep": "ip", "vm": "mac"}
KINDS = (*_SECTIONS, "port")


def names_of(path: Path, kind: str, begin: str, environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """The names of a kind in a map file that begin like this, each with what it is; none where it cannot be read."""
    try:
        if not path.is_file():  # a pipe would wait
            return []
        state = path.stat()
        if state.st_size > _MOST_READ:
            return []
        if state.st_size < _WORTH_KEEPING:
            lines: Iterable[str] = _lines(_data(path), kind)
        else:
            whole = str(path.resolve())
            stamp = json.dumps([_FORM, whole, state.st_mtime_ns, state.st_size])
            lines = _kept(_folder(environ), stamp, whole, path, kind)
        return [(name, told) for line in lines if line.startswith(begin) for name, _, told in [line.partition("\t")]]
    except Exception:  # anybody may have written it, and who presses a key is told no errors
        return []


def _kept(folder: Path, stamp: str, whole: str, path: Path, kind: str) -> list[str]:
    """The lines of a kind, out of the cache; where it has none of this state of the file, they are put there."""
    try:
        head, *lines = _place(folder, whole, kind).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        head, lines = "", []
    if head == stamp:
        return lines
    data = _data(path)
    found = {each: _lines(data, each) for each in KINDS}
    for each, its in found.items():
        _keep(_place(folder, whole, each), "\n".join([stamp, *its]))
    return found[kind]


def _keep(place: Path, text: str) -> None:
    """Write it, for the user alone; where that cannot be, it is read again the next time."""
    part = place.with_suffix(f".{os.getpid()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.write_text(text, encoding="utf-8")
        part.replace(place)
    except OSError:
        with suppress(OSError):
            part.unlink()


def _folder(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dovetool"


def _place(folder: Path, whole: str, kind: str) -> Path:
    from hashlib import blake2b  # noqa: PLC0415  (only for large maps)

    return folder / f"names-{blake2b(whole.encode(errors='surrogateescape'), digest_size=12).hexdigest()}-{kind}.txt"


def _data(path: Path) -> dict[str, Any]:
    text = path.read_bytes().decode("utf-8-sig")
    if text.lstrip()[:1] == "{":
        try:
            found: dict[str, Any] = json.loads(text)
        except ValueError:
            pass
        else:
            return found
    from dovetool.vnid_map.file.yaml_source import compose  # noqa: PLC0415  (takes a while)

    made: dict[str, Any] = compose(text).data
    return made


def _lines(data: dict[str, Any], kind: str) -> list[str]:
    """A line for each name, with a tab before what it is; what cannot be typed is left out."""
    if kind == "port":
        switches = (data.get("switches") or {}).items()
        names = [(f"{switch}/{port}", network) for switch, entry in switches for port, network in _ports(entry)]
    else:
        names = [(name, _told(kind, entry)) for name, entry in (data.get(_SECTIONS[kind]) or {}).items()]
    return [f"{name}\t{told if told.isprintable() else ''}" for name, told in names if name.isprintable()]


def _told(kind: str, entry: object) -> str:
    """What a name stands for, in short."""
    value = entry.get(_TOLD_BY[kind], "") if isinstance(entry, dict) else ""
    value = value[0] if isinstance(value, list) and value else value
    return f"VNID {value}" if kind == "network" and value != "" else str(value)


def _ports(entry: object) -> list[tuple[str, str]]:
    """The ports of a switch, and what each is in."""
    ports = entry.get("ports") if isinstance(entry, dict) else None
    return [(port, "a trunk" if isinstance(network, dict) else str(network)) for port, network in (ports or {}).items()]
