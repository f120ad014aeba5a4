"""The JSON Schema of map files, for editors: what the types of the model do not say of it.

It takes all that the loader takes, and refuses what one entry alone shows to be wrong, as far as a schema can say it.
"""

from __future__ import annotations

from typing import Any

from dovetool.vnid_map.file.value_types import VLAN_KEY, in_any_case

_ID = "urn:dovetool:map:1"
"""Names the format, with its version; it is no place."""
UNDERLAY_RULES: list[Any] = [  # what `tep_rules` says of the underlay
    {
        "if": {"properties": {"underlay": {"const": "l2"}}, "required": ["underlay"]},
        "then": {"properties": {"ip": False, "encap": {"items": in_any_case("pbb")}}, "required": ["mac"]},
        "else": {"required": ["ip"]},
    },
    {
        "if": {"properties": {"underlay": {"const": "both"}}, "required": ["underlay"]},
        "then": {"properties": {"gateway": {"const": True}}, "required": ["gateway", "mac"]},
    },
]
_PLACED = {"required": ["at"], "anyOf": [{"required": ["mac"]}, {"required": ["ip"]}]}
NIC_RULES: list[Any] = [_PLACED]  # what `resident_rules` says
VM_RULES: list[Any] = [
    _PLACED | {"not": {"required": ["nics"]}},
    {"required": ["nics"], "not": {"anyOf": [{"required": [key]} for key in ("mac", "ip", "at")]}},
]
SWITCH_RULES: list[Any] = [{"required": ["ports"]}, {"required": ["network"]}]
_NO_NATIVE: dict[str, Any] = {"not": {"required": ["native"]}}
PORT_RULES: list[Any] = [
    {"required": ["network"], **_NO_NATIVE},
    {"required": ["vlans"], "anyOf": [_NO_NATIVE, {"properties": {"vlans": {"required": ["untagged"]}}}]},
]


def or_one(schema: dict[str, Any]) -> None:
    """Let the JSON Schema of a list also take one of its items in its place."""
    array = {key: schema.pop(key) for key in ("type", "items", "minItems") if key in schema}
    schema["anyOf"] = [array["items"], array]


def or_names(schema: dict[str, Any]) -> None:
    """Let the JSON Schema of a mapping to ports also take a name, or networks by VLAN, in the place of each."""
    name = {"type": "string", "minLength": 1}
    trunk = {
        "type": "object",
        "patternProperties": {VLAN_KEY: name},
        "properties": {
            "trusted": {"type": "boolean"},
            "native": {"type": "integer", "minimum": 1, "maximum": 4094},
        },
        "dependentRequired": {"native": ["untagged"]},
        "additionalProperties": False,
        "minProperties": 1,
    }
    patterns = schema["patternProperties"]
    for pattern, settings in patterns.items():
        patterns[pattern] = {"anyOf": [name, trunk | {"not": {"required": ["trusted"], "maxProperties": 1}}, settings]}


def or_places(schema: dict[str, Any]) -> None:
    """Let the JSON Schema of a list of places also take one, and a port alone for each."""
    port = {"type": "string", "pattern": "^[^/]+(/[^/]+)?$"}
    items = schema.pop("items")
    array = {"type": schema.pop("type"), "minItems": schema.pop("minItems", 1), "items": {"anyOf": [port, items]}}
    schema["anyOf"] = [port, items, array]


def whole(schema: dict[str, Any]) -> dict[str, Any]:
    """Complete the JSON Schema that pydantic makes: its dialect, its name, and no keys but those that fit."""
    _close(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": _ID, **schema}


def _close(schema: object) -> None:
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            schema.setdefault("additionalProperties", False)
        for each in schema.values():
            _close(each)
    elif isinstance(schema, list):
        for each in schema:
            _close(each)
