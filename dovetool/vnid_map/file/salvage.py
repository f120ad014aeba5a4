"""What can still be checked of a map with mistakes: all its good values. The bad ones become None.

What is missing has its default, or is None too where it has none. So that one run reports every mistake, the checks
between entries go over what is left of a map that pydantic refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from dovetool.vnid_map.file.model import Host, MapFile, Network, Policy, Switch, Tep, Vm, Vrf

_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("networks", Network),
    ("teps", Tep),
    ("switches", Switch),
    ("vms", Vm),
    ("vrfs", Vrf),
    ("hosts", Host),
)


def salvage(data: Mapping[str, Any]) -> MapFile:
    """Return what is good in the data of a map file: a model that may have None wherever a value is required."""
    sections: dict[str, Any] = {}
    for key, model in _SECTIONS:
        section = data.get(key)
        entries = section.items() if isinstance(section, dict) else ()
        sections[key] = {name: _entry(model, entry) for name, entry in entries}
    policies = data.get("policies")
    sections["policies"] = tuple(_entry(Policy, entry) for entry in policies) if isinstance(policies, list) else ()
    return MapFile.model_construct(None, **sections)


def _entry(model: type[BaseModel], entry: object) -> BaseModel:
    try:
        return model.model_validate(entry)
    except ValidationError:
        pass
    if not isinstance(entry, dict):
        return model.model_construct(None, **dict.fromkeys(model.model_fields))
    keys = ((name, field.alias or name, field.is_required()) for name, field in model.model_fields.items())
    good: dict[str, Any] = {
        name: _value(model, name, entry.get(key)) for name, key, required in keys if required or key in entry
    }
    return model.model_construct(None, **good)


def _value(model: type[BaseModel], name: str, value: object) -> object:
    """Return a checked value; of a mapping or a list, what is good in it, and None where an item is bad."""
    adapter = _adapter(model, name)
    kind = get_origin(model.model_fields[name].annotation)
    if kind is dict and isinstance(value, dict):
        good = (_checked(adapter, {key: item}) or {key: None} for key, item in value.items())
        return {key: item for each in good if isinstance(each, dict) for key, item in each.items()}
    if kind is tuple and isinstance(value, list):
        return tuple(
            each[0] if isinstance(each, tuple) else None for each in (_checked(adapter, [item]) for item in value)
        )
    return _checked(adapter, value)


def _checked(adapter: TypeAdapter[Any], value: object) -> object:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None


@cache
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    annotated: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    return TypeAdapter(annotated, config=ConfigDict(strict=True))
