"""IP networks behind a VM, and which of them an address is in: the longest prefix says (RFC 4632 section 5.1)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Generic, NamedTuple, Self, TypeVar

_Value = TypeVar("_Value")


class Prefix(NamedTuple):
    """An IP network: its first address, 4 or 16 octets, and the length of its prefix in bits."""

    address: bytes
    length: int

    @classmethod
    def of(cls, address: bytes, length: int) -> Self:
        """The network of that prefix length that an address is in."""
        return cls(_masked(address, length), length)

    def __contains__(self, address: object) -> bool:
        """Say whether an address is in the network; one of the other IP version is not."""
        return (
            isinstance(address, bytes)
            and len(address) == len(self.address)
            and _masked(address, self.length) == self.address
        )

    def __str__(self) -> str:
        """As a map has it: 10.244.1.0/24."""
        return f"{ipaddress.ip_address(self.address)}/{self.length}"


class PrefixTable(Generic[_Value]):
    """Values by prefix. A look-up asks a dictionary for each length that there is, the longest first."""

    __slots__ = ("_by_length",)

    def __init__(self) -> None:
        self._by_length: dict[tuple[int, int], dict[bytes, list[_Value]]] = {}

    def add(self, prefix: Prefix, value: _Value) -> None:
        """Note a value; several may have one prefix."""
        key = len(prefix.address), prefix.length
        if key not in self._by_length:
            self._by_length[key] = {}
            self._by_length = dict(sorted(self._by_length.items(), reverse=True))
        self._by_length[key].setdefault(prefix.address, []).append(value)

    def find(self, address: bytes) -> Iterator[list[_Value]]:
        """Yield the values of each prefix that an address is in, the longest prefix first."""
        for (octets, length), values in self._by_length.items():
            if octets == len(address):
                found = values.get(_masked(address, length))
                if found is not None:
                    yield found


def _masked(address: bytes, length: int) -> bytes:
    bits = len(address) * 8
    return (int.from_bytes(address, "big") >> (bits - length) << (bits - length)).to_bytes(len(address), "big")
