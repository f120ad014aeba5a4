"""The JSON Schemas of what dovetool writes, by name; made of the types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dovetool.observe.catalogue import ALL_COLUMNS, Kind
from dovetool.observe.grouping import COLUMNS as GROUP_COLUMNS
from dovetool.records.findings import Findings
from dovetool.records.following import Following
from dovetool.records.frames import Frame
from dovetool.records.info import Info
from dovetool.records.maps import ImportSummary, LearnSummary, MapDiff
from dovetool.records.settings import Settings
from dovetool.records.statistics import Statistics
from dovetool.records.summary import Summary
from dovetool.records.trace import Trace

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_KINDS: Mapping[Kind, dict[str, Any]] = {
    Kind.NUMBER: {"type": ["integer", "null"]},
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.LIST: {"type": ["array", "null"], "items": {"type": ["integer", "string"]}},
}


def _array_of(item: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Make the schema of an array; the definitions stay at its top, where references look for them."""

    def made() -> dict[str, Any]:
        found = item()
        definitions = found.pop("$defs", None)
        return {"type": "array", "items": found} | ({"$defs": definitions} if definitions else {})

    return made


def _of(record: Any) -> Callable[[], dict[str, Any]]:  # noqa: ANN401  (a type)
    def made() -> dict[str, Any]:
        from pydantic import TypeAdapter

        from dovetool.views.key_words import describe

        found: dict[str, Any] = TypeAdapter(record).json_schema()
        describe(found, record)
        return found

    return made


def _columns() -> dict[str, Any]:
    """A row of chosen columns: any of the catalogue, and no other."""
    return {"type": "object", "properties": {name: _KINDS[column.kind] for name, column in ALL_COLUMNS.items()}}


def _statistics() -> dict[str, Any]:
    """Groups have the names of their key besides: those of a kind of group, or a column, whose lists are one text."""
    made = _of(Statistics)()
    keys = {name for names in GROUP_COLUMNS.values() for name in names} | set(ALL_COLUMNS)
    properties = made["$defs"]["Amounts"]["properties"]
    properties |= {name: {"type": ["integer", "string", "null"]} for name in sorted(keys) if name not in properties}
    return made


_MAKERS: Mapping[str, tuple[int, str, Callable[[], dict[str, Any]]]] = {
    "summary": (1, "--summary json, of commands that write captures", _of(Summary)),
    "import-summary": (1, "map import --summary json", _of(ImportSummary)),
    "learn-summary": (1, "map learn --summary json", _of(LearnSummary)),
    "frame": (1, "a line of inspect --jsonl, and with -V its layers", _of(Frame)),
    "frames": (1, "inspect --json", _array_of(_of(Frame))),
    "row": (1, "a line of inspect -e --jsonl, and of export to .jsonl", _columns),
    "rows": (1, "inspect -e --json", _array_of(_columns)),
    "info": (1, "info --json", _of(Info)),
    "stats": (1, "stats --json", _statistics),
    "findings": (1, "validate --json", _of(Findings)),
    "follow": (1, "follow --json", _of(Following)),
    "trace": (1, "trace --json", _of(Trace)),
    "map-diff": (1, "map diff --json", _of(MapDiff)),
    "config": (1, "config --json", _of(Settings)),
}
"""By name: the version, what it is of, and what makes it."""
NAMES: Mapping[str, str] = {name: told for name, (_, told, _) in _MAKERS.items()}


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of that name, which allows no other keys."""
    version, told, make = _MAKERS[name]
    made = make()
    _close(made)
    head = {"$schema": _DIALECT, "$id": f"urn:dovetool:{name}:{version}", "title": f"dovetool {told}"}
    return {**head, **{key: value for key, value in made.items() if key != "title"}}


def _close(schema: object) -> None:
    if isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
        for each in schema.values():
            _close(each)
    elif isinstance(schema, list):
        for each in schema:
            _close(each)
