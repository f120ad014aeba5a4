"""The pages of the reference about what is written as JSON, and about the map: every key, out of the JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from command_pages import text

from dovetool.observe.by import By
from dovetool.observe.grouping import COLUMNS
from dovetool.views.schemas import NAMES, schema_of
from dovetool.vnid_map.file.model import json_schema

_JSON = """# Keys of JSON

Every key of what commands write, from `dovetool schema NAME`; how to read them is in [JSON](json.md). `[]` is each of a
list, `NAME` any key, such as a reason. A key is always there unless it says *not always*.
"""
_GROUPS = """
Besides, the groups of `stats` have the names of their key; those of several keys have what each of them has, and those
of a [column](columns.md) that column.

| by | keys |
|---|---|
"""
_MAP = """# Keys of the map

Every key of a [map file](map.md), from `dovetool map schema`. `[]` is each of a list, `NAME` a name that you give. A
key may be left out unless it says *needed*.

| key | value | what it says |
|---|---|---|
"""
_SAME = {"frames": "frame", "rows": "row"}
"""Lists, and what they are lists of."""
Schema = dict[str, Any]


def schema_pages() -> dict[str, str]:
    """All pages by name."""
    return {
        "reference/json-keys.md": json_keys(),
        "reference/map-keys.md": _MAP + table(json_schema(), needed="needed"),
    }


def json_keys() -> str:
    """The keys of all outputs."""
    parts = [_JSON]
    for name, told in NAMES.items():
        parts.append(f"\n## {name}\n\nOf: {text(told)}.")
        if name in _SAME:
            parts.append(f" A list; each of it is as [{_SAME[name]}](#{_SAME[name]}).\n")
        elif name == "row":
            parts.append(" Its keys are [columns](columns.md).\n")
        else:
            parts.append(
                "\n\n| key | value | what it is |\n|---|---|---|\n" + table(schema_of(name), may_lack="not always")
            )
        if name == "stats":
            parts.append(_GROUPS + "".join(_group(by) for by in By))
    return "".join(parts)


def _group(by: By) -> str:
    names = ", ".join(f"`{each}`" for each in COLUMNS[by])
    return f"| `{by}` | {names} |\n"


def table(schema: Schema, needed: str = "", may_lack: str = "") -> str:
    """A row for each key, those within behind it; `needed` marks keys that are always there, `may_lack` others."""
    found: dict[str, tuple[str, str]] = {}
    for key, is_needed, value, told in rows(schema, schema, ""):
        mark = needed if is_needed else may_lack
        shown = f"{value}, *{mark}*" if mark else value
        if told or key not in found:
            found[key] = shown, told
    return "".join(f"| `{key}` | {shown} | {told} |\n" for key, (shown, told) in found.items())


def rows(whole: Schema, schema: Schema, above: str) -> Iterator[tuple[str, bool, str, str]]:
    """The keys of an object, and of the objects in it: whether each is needed, what it may be, and what it says."""
    needed = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        key = f"{above}{name}"
        told = text(" ".join(each.get("description", "").split())).replace("|", r"\|")
        yield key, name in needed, kind(whole, each), told
        yield from within(whole, each, key)


def within(whole: Schema, schema: Schema, key: str) -> Iterator[tuple[str, bool, str, str]]:
    """The keys of whatever objects a value may be, or have; of a list that one of its items may stand for, once."""
    found = choices(whole, schema)
    for each in [each for each in found if "items" in each] or found:
        if "properties" in each:
            yield from rows(whole, each, f"{key}.")
        elif "items" in each:
            yield from within(whole, each["items"], f"{key}[]")
        for named in of_names(each):
            yield from within(whole, named, f"{key}.NAME")


def of_names(schema: Schema) -> list[Schema]:
    """The values of an object whose keys are names."""
    others = schema.get("additionalProperties")
    return [*schema.get("patternProperties", {}).values(), *([others] if isinstance(others, dict) else [])]


def choices(whole: Schema, schema: Schema) -> list[Schema]:
    """What a value may be, references followed."""
    if "$ref" in schema:
        return choices(whole, whole["$defs"][schema["$ref"].rpartition("/")[2]])
    if "type" in schema:  # else what stands beside are rules
        return [schema]
    any_of: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or []
    found = [one for each in any_of for one in choices(whole, each)]
    return found or [schema]


def kind(whole: Schema, schema: Schema) -> str:
    """What a value may be, in words."""
    return " or ".join(dict.fromkeys(_word(whole, each) for each in choices(whole, schema)))


def _word(whole: Schema, schema: Schema) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    found = schema.get("type", "any")
    if found == "array":
        return f"list of {kind(whole, schema.get('items', {}))}"
    if found == "object" and of_names(schema):
        return f"names, each {' or '.join(dict.fromkeys(kind(whole, each) for each in of_names(schema)))}"
    return str(schema.get("format", found))
