"""A map with other addresses and names, those that its captures get by the same key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dovetool.capture.target import Target
from dovetool.errors import CorruptCaptureError, MapError
from dovetool.jobs.anonymising import port_name
from dovetool.pseudonyms.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile

_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", re.IGNORECASE)
_SECTIONS = ("networks", "teps", "switches", "vms", "vrfs", "hosts")
_WORDS = frozenset({"encap", "dscp", "udp_checksum", "unknown_unicast", "geneve_options"})
"""Keys whose values are words of the format."""


def anonymous_map(said: MapFile, name: str, pseudonyms: Pseudonyms) -> MapFile:
    """Another map of the same network; raises a MapError where there can be none, which calls the one by its name."""
    from dovetool.vnid_map.file.load import checked
    from dovetool.vnid_map.file.writing import data_of

    model, problems = checked(_Masked(data_of(said), pseudonyms).all())
    if model is None:
        raise MapError([f"{name}: no map can be made of it: {problem}" for problem in problems])
    return model


@contextmanager
def written_after(model: MapFile, target: Path) -> Iterator[None]:
    """Write the map once its captures are written, be it as far as they are good.

    Raises:
        CaptureError: the file cannot be written.
    """
    damage = None
    try:
        yield
    except CorruptCaptureError as error:
        if error.exit_code != CorruptCaptureError.exit_code:  # none of them is written
            raise
        damage = error
    _write(model, target)
    if damage is not None:
        raise damage


def _write(model: MapFile, target: Path) -> None:
    from dovetool.vnid_map.file.writing import text_of

    with Target(target) as file:
        file.write(text_of(model, head=["made by: dovetool anonymise"]).encode())


class _Masked:
    """The data of a map, with its names known."""

    def __init__(self, data: Mapping[str, Any], pseudonyms: Pseudonyms) -> None:
        self._data, self._pseudonyms = data, pseudonyms
        self._names = set(_names(data))
        self._switches = set(data.get("switches", {}))

    def all(self) -> dict[str, Any]:
        """The other data."""
        return {section: self._section(section, value) for section, value in self._data.items()}

    def _section(self, section: str, value: object) -> object:
        if section not in _SECTIONS or not isinstance(value, dict):
            return self._value(value, section)
        return {self._pseudonyms.name(name): self._value(entry, section) for name, entry in value.items()}

    def _value(self, value: object, key: str) -> object:
        if isinstance(value, dict):
            if key == "ports" and any(isinstance(each, str | dict | list) for each in value.values()):
                return {self._port(name): self._value(each, "") for name, each in value.items()}
            return {name: self._value(each, str(name)) for name, each in value.items()}
        if isinstance(value, list):
            return [self._value(each, key) for each in value]
        return self._text(value) if isinstance(value, str) and key not in _WORDS else value

    def _port(self, name: object) -> object:
        return port_name(name, self._pseudonyms) if isinstance(name, str) else name

    def _text(self, text: str) -> str:
        switch, slash, port = text.partition("/")
        if slash and switch in self._switches:
            return f"{self._pseudonyms.name(switch)}/{port_name(port, self._pseudonyms)}"
        if text in self._names:
            return self._pseudonyms.name(text)
        if _MAC.fullmatch(text):
            return self._pseudonyms.mac(bytes.fromhex(text.replace(":", ""))).hex(":")
        return self._address(text)

    def _address(self, text: str) -> str:
        try:
            if "/" not in text:
                return str(ip_address(self._pseudonyms.ip(ip_address(text).packed)))
            network = ip_network(text, strict=False)
            made = ip_address(self._pseudonyms.ip(network.network_address.packed))
            return str(ip_network(f"{made}/{network.prefixlen}", strict=False))
        except ValueError:
            return text


def _names(data: Mapping[str, Any]) -> Iterator[str]:
    for section in _SECTIONS:
        yield from (name for name in data.get(section, {}) if isinstance(name, str))
