"""JSON read with care: each field has the type that it should have, or an error says at which place it does not."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from dovetool.errors import MapSourceError
from dovetool.map_sources.statements import Origin

_MAC_LENGTH = 17
_MOST_DIGITS = 20
_MAPPED = bytes(10) + b"\xff\xff"


class Fields:
    """A JSON object whose fields are asked for by name.

    A field that is absent, or null, is empty: "", None, nothing to go through. One of another type than is asked for is
    a `MapSourceError` with the file and the way to it.

    Attributes:
        data: the object.
        origin: where it stands.
    """

    __slots__ = ("data", "origin")

    def __init__(self, value: object, origin: Origin) -> None:
        if not isinstance(value, dict):
            raise MapSourceError(origin.file, origin.where, f"expected an object, found {_named(value)}")
        self.data: Mapping[str, Any] = value
        self.origin = origin

    def __contains__(self, key: str) -> bool:
        """Say whether there is such a field, be it null: of some flags of iproute2 that means yes."""
        return key in self.data

    def bad(self, key: str, what: str) -> MapSourceError:
        """Return the error that a field is not what it should be."""
        return MapSourceError(self.origin.file, _joined(self.origin.where, key), what)

    def text(self, key: str) -> str:
        """Return a text; "" where there is none."""
        value = self.data.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.bad(key, f"expected a text, found {_named(value)}")
        return value

    def number(self, key: str, most: int | None = None) -> int | None:
        """Return a whole number from 0 to `most`; None where there is none."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.bad(key, f"expected a whole number, found {_named(value)}")
        if value < 0 or (most is not None and value > most):
            raise self.bad(key, f"{value} is not from 0 to {most}" if most is not None else f"{value} is below 0")
        return value

    def flag(self, key: str) -> bool:
        """Say whether a field is there and true, or not 0."""
        return bool(self.data.get(key))

    def mac(self, key: str) -> bytes:
        """Return a MAC address; b"" where there is none."""
        value = self.data.get(key)
        return b"" if value is None else self.as_mac(value, key)

    def as_mac(self, value: object, key: str) -> bytes:
        """Return a value that stands in, or is, a field as a MAC address."""
        if isinstance(value, str) and len(value) == _MAC_LENGTH and value[2] == ":":
            try:
                return bytes.fromhex(value.replace(":", ""))
            except ValueError:
                pass
        raise self.bad(key, f"expected a MAC address, found {_named(value)}")

    def ip(self, key: str) -> bytes:
        """Return an IP address, 4 or 16 octets; b"" where there is none, or the unspecified one."""
        value = self.data.get(key)
        return b"" if value is None else self.as_ip(value, key)

    def as_ip(self, value: object, key: str) -> bytes:
        """Return a value that stands in, or is, a field as an IP address; an IPv4-mapped one as IPv4."""
        ip = _packed(value) if isinstance(value, str) else None
        if ip is None:
            raise self.bad(key, f"expected an IP address, found {_named(value)}")
        return ip

    def items(self, key: str) -> list[Any]:
        """Return a list as it is; an empty one where there is none."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.bad(key, f"expected a list, found {_named(value)}")
        return value

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; an empty one where there is none."""
        found = self.items(key)
        for value in found:
            if not isinstance(value, str):
                raise self.bad(key, f"expected texts, found {_named(value)}")
        return found

    def object(self, key: str) -> Fields:
        """Return an object; an empty one where there is none."""
        value = self.data.get(key)
        return Fields({} if value is None else value, self._origin_of(key))

    def objects(self, key: str) -> Iterator[Fields]:
        """Yield the objects of a list."""
        return rows(self.items(key), self._origin_of(key))

    def entries(self) -> Iterator[tuple[str, Fields]]:
        """Yield those fields that are objects, with their names; others stand beside them in FRR's tables."""
        for key, value in self.data.items():
            if isinstance(value, dict):
                yield key, Fields(value, self._origin_of(key))

    def _origin_of(self, key: str) -> Origin:
        return self.origin._replace(where=_joined(self.origin.where, key))


def rows(value: object, origin: Origin) -> Iterator[Fields]:
    """Yield the objects of a list, each with its own place.

    Raises:
        MapSourceError: it is no list, or something else than objects is in it.
    """
    if not isinstance(value, list):
        raise MapSourceError(origin.file, origin.where, f"expected a list, found {_named(value)}")
    file, where, host, taken_ns = origin
    for index, row in enumerate(value):
        yield Fields(row, Origin(file, f"{where}[{index}]", host, taken_ns))


def whole(text: str, most: int) -> int | None:
    """Return the whole number that a text is, from 0 to `most`; None: it is none."""
    if not text.isdecimal() or not text.isascii() or len(text) > _MOST_DIGITS:
        return None
    value = int(text)
    return value if value <= most else None


@lru_cache(maxsize=1 << 16)
def _packed(text: str) -> bytes | None:
    """Return an IP address as octets, none for the unspecified one; None: it is no address. Most stand many times."""
    try:
        ip = socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text.partition("%")[0])
    except (OSError, ValueError):
        return None
    ip = ip[12:] if ip.startswith(_MAPPED) else ip
    return ip if any(ip) else b""


def _joined(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _named(value: object) -> str:
    """Tell a value in an error: a short one as it is."""
    if isinstance(value, str):
        return f"{value[:40]!r}" + ("..." if len(value) > 40 else "")
    if isinstance(value, bool | int | float):
        return f"{value!r}"[:40]
    return "null" if value is None else "a list" if isinstance(value, list) else "an object"
