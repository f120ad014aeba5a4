"""What could stand at a place of a command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from dovetool.completion.files import files
from dovetool.completion.map_names import KINDS, names_of
from dovetool.completion.place import Place
from dovetool.completion.table import Table
from dovetool.values import dataclass

Value = tuple[str, str]
"""What the whole word would be, and what that means."""
_LISTS = ("networks", "teps", "vms", "reasons", "columns", "keys", "encaps")
"""Kinds of which a word may have several, with commas between them; without their last letter, the kind of each."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What could stand there.

    Attributes:
        values: each of them.
        is_open: more has to follow in the same word.
        glob: files are asked for, by what their names end with as zsh writes it; `*`: any; `/`: folders.
    """

    values: list[Value] = field(default_factory=list)
    is_open: bool = False
    glob: str = ""


def offers(place: Place, table: Table, environ: Mapping[str, str], *, lists_files: bool = True) -> Offer:
    """Find out.

    Args:
        place: where the cursor is.
        table: what commands there are.
        environ: what settings are looked up in.
        lists_files: files are listed; else the shell does that by itself, and is told what they end with.
    """
    kind = place.kind
    if kind in table.files or kind in ("file", "folder"):
        ends = table.files.get(kind, [])
        if lists_files or place.kept:
            found = list(files(place.typed, ends, folders_alone=kind == "folder"))
            return Offer([(place.kept + each, "") for each in found], len(found) == 1 and found[0].endswith("/"))
        return Offer(glob="/" if kind == "folder" else f"*({'|'.join(ends)})" if ends else "*")
    if kind == "decode_as":
        return _decode_as(place, table)
    if kind == "vlan":
        names = [] if "=" in place.typed else _names(place, "network", environ)
        return Offer(_fitting(place, [(f"{name}=", told) for name, told in names]), is_open=True)
    if kind in _LISTS:
        return Offer(_in_list(place, table, kind.removesuffix("s"), environ))
    return Offer(_fitting(place, _choices(place, table, kind, environ)))


def _choices(place: Place, table: Table, kind: str, environ: Mapping[str, str]) -> Iterable[Value]:
    if kind == "command":
        return place.command.get("commands", {}).items()
    if kind == "option":
        return _options(place)
    if kind in KINDS:
        return _names(place, kind, environ)
    if "|" in kind:
        return ((each, "") for each in kind.split("|"))
    return table.words.get(kind, {}).items()


def _options(place: Place) -> Iterator[Value]:
    """The long name of each option that can be given now."""
    for told in place.command["options"]:
        if told["many"] or not place.used.intersection(told["names"]):
            yield next((name for name in told["names"] if name.startswith("--")), told["names"][0]), told["help"]


def _names(place: Place, kind: str, environ: Mapping[str, str]) -> list[Value]:
    """The names of the map that the line names, or else the settings."""
    from dovetool.errors import DovetoolError  # noqa: PLC0415
    from dovetool.settings import read  # noqa: PLC0415  (not every question needs them)

    if place.given.get("map"):
        path: Path | None = Path(place.given["map"][-1]).expanduser()
    else:
        try:
            path = read({**environ, "DOVETOOL_CONFIG": ""} if "--no-config" in place.used else environ).map_file
        except DovetoolError:
            path = None
    return names_of(path, kind, place.typed, environ) if path is not None else []


def _in_list(place: Place, table: Table, kind: str, environ: Mapping[str, str]) -> list[Value]:
    """Those that go on with a list: none twice, and none that has a comma, which would end it there."""
    before, comma, typed = place.typed.rpartition(",")
    there = set(before.split(","))
    place.kept, place.typed = f"{place.kept}{before}{comma}", typed
    choices = _choices(place, table, kind, environ)
    return _fitting(place, ((name, told) for name, told in choices if name not in there and "," not in name))


def _fitting(place: Place, choices: Iterable[Value]) -> list[Value]:
    """Those that begin as what was typed, and that one can type."""
    return [
        (place.kept + name, " ".join(told.split()) if told.isprintable() else "")
        for name, told in choices
        if name.startswith(place.typed) and name.isprintable() and name
    ]


def _decode_as(place: Place, table: Table) -> Offer:
    """`udp.port==N,E`: the first part, and then the last; nobody knows the number."""
    field_, _, rest = place.typed.partition("==")
    if "," in rest:
        names = (table.words["decode_as"].get(field_, "")).split()
        number = rest.partition(",")[0]
        return Offer(_fitting(place, [(f"{field_}=={number},{name}", "") for name in names]))
    if "==" in place.typed:
        return Offer()
    return Offer(_fitting(place, [(f"{each}==", "") for each in table.words["decode_as"]]), is_open=True)
