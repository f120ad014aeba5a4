"""What `map import` made of its files, as a table or as one line of JSON on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dovetool.views.plain import printable
from dovetool.views.terminal import rule

if TYPE_CHECKING:
    from dovetool.map_sources.assembly.told import Guess, Told
    from dovetool.records.maps import Document, ImportSummary
    from dovetool.records.maps import Told as ToldRecord
    from dovetool.vnid_map.file.model import MapFile

_HEADS = ("source", "document", "files")
_MOST = 20
_COUNTED = {
    "networks": ("network", "networks"),
    "teps": ("TEP", "TEPs"),
    "switches": ("switch", "switches"),
    "vms": ("VM", "VMs"),
    "policies": ("policy", "policies"),
    "vrfs": ("VRF", "VRFs"),
    "hosts": ("host", "hosts"),
}


class Imported(NamedTuple):
    """What came of an import.

    Attributes:
        model: the map.
        told: what is unsure, contradictory, left out.
        kinds: documents by source and kind.
        skipped: files in folders that none of the sources knows.
        empty: files without content.
        statements: what the documents said, in number.
    """

    model: MapFile
    told: Told
    kinds: Mapping[tuple[str, str], int]
    skipped: int
    empty: int
    statements: int


def show_imported(imported: Imported, seconds: float, *, as_json: bool) -> None:
    """Show the summary on standard error."""
    lines = [json.dumps(as_record(imported, seconds))] if as_json else _lines(imported, seconds)
    sys.stderr.writelines(f"{line}\n" for line in lines)


def as_record(imported: Imported, seconds: float) -> ImportSummary:
    """The summary as a JSON object."""
    documents: list[Document] = [
        {"source": source, "kind": kind, "files": files} for (source, kind), files in _sorted(imported.kinds)
    ]
    return {
        "command": "map import",
        "documents": documents,
        "skipped": imported.skipped,
        "empty": imported.empty,
        "statements": imported.statements,
        **told_record(imported.told, imported.model),
        "seconds": round(seconds, 3),
    }


def told_record(told: Told, model: MapFile) -> ToldRecord:
    """What is in a map, and what there is to say of it, for a JSON object."""
    return {
        "networks": len(model.networks),
        "teps": len(model.teps),
        "switches": len(model.switches),
        "vms": len(model.vms),
        "policies": len(model.policies),
        "vrfs": len(model.vrfs),
        "hosts": len(model.hosts),
        "guesses": list(map(str, told.guesses)),
        "contradictions": told.contradictions,
        "left_out": told.left_out,
    }


def told_lines(told: Told) -> list[str]:
    """What there is to say of a map."""
    return [
        *_listed("guessed", _grouped(told.guesses), len(told.guesses)),
        *_listed("contradictions", told.contradictions, len(told.contradictions)),
        *_listed("left out", told.left_out, len(told.left_out)),
    ]


def counts_of(model: MapFile) -> str:
    """What is in a map, in numbers."""
    counts = [
        f"{len(things):,} {one if len(things) == 1 else many}"
        for section, (one, many) in _COUNTED.items()
        if (things := getattr(model, section))
    ]
    return ", ".join(counts) or "nothing for a map"


def _lines(imported: Imported, seconds: float) -> list[str]:
    said = [
        *([f"skipped, as none of these sources' files: {imported.skipped:,}"] if imported.skipped else []),
        *([f"{imported.empty:,} {'file is' if imported.empty == 1 else 'files are'} empty"] if imported.empty else []),
        *told_lines(imported.told),
        f"{imported.statements:,} statements: {counts_of(imported.model)}",
        f"{seconds:.2f} s",
    ]
    return [*_table(imported.kinds), *map(printable, said)]


def _table(kinds: Mapping[tuple[str, str], int]) -> list[str]:
    rows = [_HEADS, *((source, printable(kind), f"{files:,}") for (source, kind), files in _sorted(kinds))]
    first, second, third = [max(map(len, column)) for column in zip(*rows, strict=True)]
    heads, *lines = [
        f"{source.ljust(first)}  {kind.ljust(second)}  {files.rjust(third)}" for source, kind, files in rows
    ]
    return ["dovetool map import", heads, rule(len(heads), sys.stderr), *lines]


def _sorted(kinds: Mapping[tuple[str, str], int]) -> list[tuple[tuple[str, str], int]]:
    return sorted(kinds.items())


def _grouped(guesses: Sequence[Guess]) -> list[str]:
    """A line for each reason, with the first thing of a section that it is about."""
    groups: dict[tuple[str | int, str], list[Guess]] = {}
    for guess in guesses:
        groups.setdefault((guess.path[0], guess.why), []).append(guess)
    lines = []
    for (section, why), group in groups.items():
        first = " ".join(map(str, group[0].path))
        lines.append(
            f"{first} and {len(group) - 1:,} more of {section}: {why}" if len(group) > 1 else f"{first}: {why}"
        )
    return lines


def _listed(what: str, lines: Sequence[str], number: int) -> list[str]:
    """The first lines below a heading with the number of things they are about."""
    if not lines:
        return []
    shown = [f"  {line}" for line in lines[:_MOST]]
    more = [f"  and {len(lines) - _MOST:,} more"] if len(lines) > _MOST else []
    return [f"{what}: {number:,}", *shown, *more]
