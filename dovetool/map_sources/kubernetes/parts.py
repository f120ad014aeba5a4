"""A part of a JSON document with the way to it, so that what does not fit can be told with its place."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from dovetool.errors import MapSourceError
from dovetool.map_sources.statements import Origin, Prefix
from dovetool.vnid_map import values

Value = TypeVar("Value")
_MOST_SHOWN = 60
_NOTHING: dict[str, Any] = {}
_NAMES = {dict: "an object", list: "a list", str: "a string", int: "a whole number", bool: "true or false"}


class Part:
    """A value in a document.

    Attributes:
        document: the origin of the document.
        value: it, as JSON gives it.
    """

    __slots__ = ("_above", "_key", "document", "value")

    def __init__(self, document: Origin, value: Any, above: Part | None = None, key: str | int = "") -> None:  # noqa: ANN401  (any JSON)
        self.document, self.value = document, value
        self._above, self._key = above, key

    @property
    def path(self) -> str:
        """Keys and indexes that lead to it in its file."""
        if self._above is None:
            return self.document.where
        above = self._above.path
        if isinstance(self._key, int):
            return f"{above}[{self._key}]"
        if not self._key.isidentifier():
            return f'{above}["{self._key}"]'
        return f"{above}.{self._key}" if above else self._key

    @property
    def origin(self) -> Origin:
        """Where it stands."""
        file, _, host, taken_ns = self.document
        return Origin(file, self.path, host, taken_ns)

    def wrong(self, what: str) -> MapSourceError:
        """The error that it is not as it should be."""
        return MapSourceError(self.document.file, self.path, what)

    def with_value(self, value: Any) -> Part:  # noqa: ANN401  (any JSON)
        """Another value at the same place: something in it, or what it stands for."""
        return Part(self.document, value, self._above, self._key)

    def at(self, *keys: str) -> Part:
        """What stands below it under these keys, one inside the other; None as its value where there is nothing."""
        part = self
        for key in keys:
            part = Part(part.document, part._as(dict, _NOTHING).get(key), part, key)
        return part

    def text(self, *keys: str) -> str:
        """A string; empty where there is none."""
        return self.at(*keys)._as(str, "")

    def flag(self, *keys: str) -> bool:
        """True or false; false where there is none."""
        return self.at(*keys)._as(bool, False)

    def number(self, *keys: str) -> int | None:
        """A whole number; None where there is none."""
        part = self.at(*keys)
        if isinstance(part.value, bool):
            raise part._unlike("a whole number")
        return None if part.value is None else part._as(int, 0)

    def mapping(self, *keys: str) -> Mapping[str, Any]:
        """An object; empty where there is none."""
        return self.at(*keys)._as(dict, _NOTHING)

    def each(self, *keys: str) -> Iterator[Part]:
        """What is in a list; nothing where there is none."""
        part = self.at(*keys)
        for index, value in enumerate(part._as(list, [])):
            yield Part(part.document, value, part, index)

    def ip(self, *keys: str) -> bytes:
        """An IP address of one host, its octets; none where there is none."""
        return self.at(*keys).parsed(values.parse_ip, b"")

    def mac(self, *keys: str) -> bytes:
        """A MAC address, its octets; none where there is none."""
        return self.at(*keys).parsed(values.parse_mac, b"")

    def prefix(self, *keys: str) -> Prefix | None:
        """An IP network as in 10.0.0.0/24; None where there is none."""
        return self.at(*keys).parsed(parse_prefix, None)

    def vnid(self, *keys: str) -> int | None:
        """A VNID that a network can have; None where there is none."""
        return self._number_in(1, 0xFFFFFF, "a VNID from 1 to 16777215", *keys)

    def port(self, *keys: str) -> int | None:
        """A UDP port; None where there is none, or 0, which is said for it."""
        return self._number_in(0, 0xFFFF, "a UDP port from 0 to 65535", *keys) or None

    def parsed(self, parse: Callable[[str], Value], missing: Value) -> Value:
        """What a string means.

        Args:
            parse: says it, and raises a ValueError that names what it expected.
            missing: the answer where there is no string, or an empty one.
        """
        text = self._as(str, "")
        if not text:
            return missing
        try:
            return parse(text)
        except ValueError as error:
            raise self.wrong(f"expected {error}, found {_shown(text)}") from None

    def _number_in(self, lowest: int, highest: int, what: str, *keys: str) -> int | None:
        number = self.number(*keys)
        if number is not None and not lowest <= number <= highest:
            raise self.at(*keys)._unlike(what)
        return number

    def _as(self, kind: type[Value], missing: Value) -> Value:
        if self.value is None:
            return missing
        if not isinstance(self.value, kind):
            raise self._unlike(_NAMES[kind])
        return self.value

    def _unlike(self, what: str) -> MapSourceError:
        return self.wrong(f"expected {what}, found {_shown(self.value)}")


def parse_prefix(text: str) -> Prefix:
    """The IP network of a text such as 10.0.0.0/24.

    Raises:
        ValueError: it is none.
    """
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        network = None
    if network is None or "/" not in text or "%" in text:
        raise ValueError("an IP network such as 10.0.0.0/24")
    return Prefix(network.network_address.packed, network.prefixlen)


def _shown(value: object) -> str:
    for kind, name in _NAMES.items():
        if kind in {dict, list} and isinstance(value, kind):
            return name
    shown = repr(value)
    return shown if len(shown) <= _MOST_SHOWN else shown[: _MOST_SHOWN - 3] + "..."
