"""The data of a map with other names and addresses in it: what each value is, its type in the model says.

So words of the format, numbers and times stay, whatever the names of a map are, and a key that is new is known by its
type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, PlainValidator

from dovetool.values import dataclass
from dovetool.vnid_map import values
from dovetool.vnid_map.file.model import MapFile, Switch

Replace = Callable[[str], str]


READ_AS: Mapping[object, str] = {
    values.parse_name: "name",
    values.parse_place_name: "name",
    values.parse_port_ref: "place",
    values.parse_mac: "mac",
    values.parse_ip: "address",
    values.parse_group: "address",
    values.parse_ip_or_prefix: "address",
}
"""What values are that are read by a function: the attribute of `Replacements` that is for them."""
STAYS = frozenset(
    {
        values.parse_time,
        values.parse_tpid,
        values.parse_dscp,
        values.parse_geneve_option,
        values.parse_udp_encap,
        values.parse_vnid,
        values.parse_vnid_range,
        values.parse_vlan,
    }
)
"""Functions that read what tells of nobody."""


@dataclass(frozen=True, slots=True)
class Replacements:
    """What comes in the place of values, in the form that a map file has for them.

    Attributes:
        name: of a name.
        port: of the name of a port.
        place: of SWITCH/PORT, or SWITCH.
        mac: of a MAC address.
        address: of an IP address, or a prefix.
    """

    name: Replace
    port: Replace
    place: Replace
    mac: Replace
    address: Replace

    def data_of(self, model: MapFile) -> dict[str, Any]:
        """What would stand in the file of the other map."""
        return self._entry(model.model_dump(mode="json", by_alias=True, exclude_unset=True), MapFile)

    def _entry(self, data: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
        replaced, types = {}, _types_of(model)
        for name, field in model.model_fields.items():
            key = field.alias or name
            if key in data:
                replaced[key] = self._value(data[key], types[name])
        if model is Switch and "ports" in replaced:  # whose names are read as those of switches are
            replaced["ports"] = dict(zip(map(self.port, data["ports"]), replaced["ports"].values(), strict=True))
        return replaced

    def _value(self, value: Any, kind: Any) -> Any:  # noqa: ANN401  (of all that a map can have)
        origin, arguments = get_origin(kind), get_args(kind)
        if value is None:
            replaced = None
        elif origin is Annotated:
            inner, *told = arguments
            parse = next((each.func for each in told if isinstance(each, PlainValidator)), None)
            replaced = self._value(value, inner) if parse is None else self._single(value, parse)
        elif origin in (UnionType, Union):
            replaced = self._value(value, next(each for each in arguments if each is not NoneType))
        elif origin is tuple:
            replaced = [self._value(each, arguments[0]) for each in value]
        elif origin is dict:
            of_key, of_value = arguments
            replaced = {self._value(key, of_key): self._value(each, of_value) for key, each in value.items()}
        else:
            is_entry = isinstance(kind, type) and issubclass(kind, BaseModel)
            replaced = self._entry(value, kind) if is_entry else value
        return replaced

    def _single(self, value: Any, parse: object) -> Any:  # noqa: ANN401  (likewise)
        """What comes in the place of a value that is read by a function."""
        kind = READ_AS.get(parse)
        return value if kind is None else getattr(self, kind)(value)


@cache
def _types_of(model: type[BaseModel]) -> dict[str, Any]:
    return get_type_hints(model, include_extras=True)
