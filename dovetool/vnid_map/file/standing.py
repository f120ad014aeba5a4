"""What stands where in a map file: the model that describes a path, and what a person calls such a thing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from dovetool.vnid_map.file import model as models
from dovetool.vnid_map.file.problems import Path
from dovetool.vnid_map.values import UNTAGGED

NAMES: dict[type[BaseModel], str] = {
    models.MapFile: "a map",
    models.Tag: "a tag",
    models.Gateway: "a gateway",
    models.Network: "a network",
    models.Tep: "a TEP",
    models.SwitchPort: "a port",
    models.Switch: "a switch",
    models.Placement: "a place",
    models.Nic: "a network card",
    models.Vm: "a VM",
    models.Policy: "a policy",
    models.Vrf: "a VRF",
    models.Host: "a host",
}


def model_at(path: Sequence[str | int]) -> type[BaseModel]:
    """Return the model of the innermost entry that a path leads to or through; that of the file for no path."""
    kind: Any = models.MapFile
    entry: type[BaseModel] = models.MapFile
    for step in path:
        kind = _kinds(kind).get(step) if isinstance(kind, type) and issubclass(kind, BaseModel) else _item(kind)
        if kind is None:
            break
        kind = _bare(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            entry = kind
    return entry


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that an entry of this model may have in a file."""
    keys = tuple(field.alias or name for name, field in model.model_fields.items())
    return (*keys, UNTAGGED, "a VLAN") if model is models.SwitchPort else keys


def written(path: Path, data: Any) -> Path:  # noqa: ANN401  (it is whatever stands in a file)
    """Return a path as far as it is in a file's data, which may say one value in the place of a list of one.

    Args:
        path: keys and indexes as the model has them, all lists and all keys spelled out.
        data: what stands in the file: there `at: sw1/p1` is `at`, 0, `port`, and a trunk may go without `vlans`.
    """
    found: list[str | int] = []
    for step in path:
        if step in (data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()):
            data = data[step]
        elif (step == 0 and not isinstance(data, list)) or (step == "vlans" and isinstance(data, dict)):
            continue
        else:
            break
        found.append(step)
    return tuple(found)


@cache
def _kinds(model: type[BaseModel]) -> dict[str | int, Any]:
    """The types of a model's values, by their keys."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _item(kind: Any) -> Any:  # noqa: ANN401  (types are of many types)
    """The type of what is in a mapping or a list; None for what is neither."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is dict:
        return arguments[1]
    return arguments[0] if origin is tuple else None


def _bare(kind: Any) -> Any:  # noqa: ANN401  (types are of many types)
    """A type without what is said about it, and without the None that it may be."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    choices = [each for each in get_args(kind) if each is not type(None)]
    return _bare(choices[0]) if type(None) in get_args(kind) and len(choices) == 1 else kind
