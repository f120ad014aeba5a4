"""A map file's text: sections in the order of the model, entries in natural order, comments beside what they are about.

The same map gives the same text, and the text loads to the same map; what is as it would be unsaid is left unsaid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from dovetool.natural import natural
from dovetool.vnid_map.file import yaml_text
from dovetool.vnid_map.file.model import MapFile, Nic, Placement, Switch, Tep, Vm
from dovetool.vnid_map.file.problems import Path
from dovetool.vnid_map.texts import ip_or_prefix_text, mac_text, place_vlan_text, time_text

_ONE_OR_MORE = ("mac", "router_mac")
"""Lists that stand without brackets where they have one value."""


Entry = BaseModel
"""An entry of a section, whatever section it is."""


def text_of(model: MapFile, notes: Mapping[Path, Sequence[str]] | None = None, head: Sequence[str] = ()) -> str:
    """The text of a map file.

    Args:
        model: the map.
        notes: comments by the path of what they are about, as ("vms", "vm1").
        head: lines of a comment at the top.
    """
    return "".join(f"{line}\n" for line in lines_of(model, notes, head))


def lines_of(
    model: MapFile, notes: Mapping[Path, Sequence[str]] | None = None, head: Sequence[str] = ()
) -> Iterator[str]:
    """Yield the lines of `text_of`, without their ends."""
    said = yaml_text.Notes(notes or {})
    yield from map(yaml_text.comment_line, head)
    for section in MapFile.model_fields:
        value = getattr(model, section)
        if isinstance(value, dict) and value:
            yield from yaml_text.entries(section, _entries(value), said)
        elif isinstance(value, tuple) and value:
            yield from yaml_text.listed(section, [entry_data(each) for each in value], said)
        elif isinstance(value, BaseModel) and (data := entry_data(value)):
            yield from yaml_text.single(section, data, said)
        elif isinstance(value, int):
            yield from yaml_text.single(section, value, said)


def data_of(model: MapFile) -> dict[str, Any]:
    """What stands in the file of a map, in the shortest form; sections and entries in the order that they have."""
    data: dict[str, Any] = {"version": model.version}
    for section in MapFile.model_fields:
        value = getattr(model, section)
        if isinstance(value, dict) and value:
            data[section] = {name: entry_data(entry) for name, entry in value.items()}
        elif isinstance(value, tuple) and value:
            data[section] = [entry_data(each) for each in value]
        elif isinstance(value, BaseModel) and (entry := entry_data(value)):
            data[section] = entry
    return data


def entry_data(entry: BaseModel) -> dict[str, Any]:
    """What a map file has for an entry, in the shortest form."""
    if isinstance(entry, Vm):
        return _vm(entry)
    data: dict[str, Any] = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if isinstance(entry, Switch):
        _shorten_switch(data)
    elif isinstance(entry, Tep):
        _unlist(data, "ip")
    if "identities" in data:
        data["identities"] = _by_number(data["identities"])
    if "gateway" in data and isinstance(data["gateway"], dict):
        _unlist(data["gateway"], *_ONE_OR_MORE)
    _unlist(data, *_ONE_OR_MORE)
    return data


def _vm(vm: Vm) -> dict[str, Any]:
    """A VM, as `model_dump` has it, in a quarter of the time: there may be very many."""
    data = _nic(vm)
    if vm.nics:
        data["nics"] = list(map(_nic, vm.nics))
    if vm.shared:
        data["shared"] = True
    return data


def _nic(nic: Nic) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if nic.mac:
        data["mac"] = _one_or_more(list(map(mac_text, nic.mac)))
    if nic.ip:
        data["ip"] = list(map(ip_or_prefix_text, nic.ip))
    if nic.at:
        data["at"] = _one_or_more(list(map(_place, nic.at)))
    return data


def _place(place: Placement) -> Any:  # noqa: ANN401  (a name or a mapping)
    if place.vlan is None and place.from_ns is None and place.until_ns is None:
        return place.port
    data: dict[str, Any] = {"port": place.port}
    if place.vlan is not None:
        data["vlan"] = place_vlan_text(place.vlan)
    if place.from_ns is not None:
        data["from"] = time_text(place.from_ns)
    if place.until_ns is not None:
        data["until"] = time_text(place.until_ns)
    return data


def _one_or_more(values: list[Any]) -> Any:  # noqa: ANN401  (a value or a list of them)
    return values[0] if len(values) == 1 else values


def _entries(section: Mapping[str, BaseModel]) -> Iterator[tuple[str, dict[str, Any]]]:
    """One at a time, as there may be very many."""
    for name in sorted(section, key=natural):
        yield name, entry_data(section[name])


def _unlist(data: dict[str, Any], *keys: str) -> None:
    for key in keys:
        if isinstance(data.get(key), list) and len(data[key]) == 1:
            data[key] = data[key][0]


def _shorten_switch(data: dict[str, Any]) -> None:
    ports = data.get("ports", {})
    if ports or "network" not in data:  # a switch says one of the two, if only that it has no ports
        data["ports"] = {name: _port(ports[name]) for name in sorted(ports, key=natural)}


def _port(port: dict[str, Any]) -> Any:  # noqa: ANN401  (a name or a mapping)
    if set(port) == {"network"}:
        return port["network"]
    if "vlans" not in port:
        return port
    return _by_number(port.pop("vlans")) | port


def _by_number(data: dict[str, Any]) -> dict[str | int, Any]:
    """Numbers that are keys as such, in their order; words behind them."""
    return {int(key) if key.isdecimal() else key: data[key] for key in sorted(data, key=natural)}
