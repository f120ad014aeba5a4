"""Names and addresses of sources as a map can hold them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Container, Iterable
from functools import lru_cache

from dovetool.map_sources.statements import Origin
from dovetool.map_sources.told import Told
from dovetool.vnid_map.values import parse_ip, parse_mac

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that no name of a map has."""


def name(text: str) -> str:
    """A name without what a map refuses in it; empty where nothing is left."""
    text = text.strip()
    if not text.isprintable():
        text = "".join("_" if unicodedata.category(each) in _UNSEEN else each for each in text)
    return text


@lru_cache(maxsize=16384)
def place_name(text: str) -> str:
    """The name of a switch or a port, which has no `/`: Ethernet1/1 is Ethernet1-1."""
    return name(text.replace("/", "-"))


def unique(wanted: str, taken: Container[str], *more: str) -> str:
    """A name that nobody has yet: as wanted, else with the first of `more` that helps behind it, else with a number."""
    tries = [wanted, *(f"{wanted}-{each}" for each in more if each)]
    for each in tries:
        if each not in taken:
            return each
    number = 2
    while f"{tries[-1]}-{number}" in taken:
        number += 1
    return f"{tries[-1]}-{number}"


def macs(addresses: Iterable[bytes], origin: Origin, told: Told) -> tuple[bytes, ...]:
    """The MAC addresses that a map can hold, each once; others are told."""
    return _valid(addresses, parse_mac, "MAC address", origin, told)


def ips(addresses: Iterable[bytes], origin: Origin, told: Told) -> tuple[bytes, ...]:
    """The IP addresses that a map can hold, each once; others are told."""
    return _valid(addresses, parse_ip, "IP address", origin, told)


def _is_usual(address: bytes) -> bool:
    """Say at a glance that an address is good; of all others `parse` knows better."""
    octets = len(address)
    first = address[0] if octets else 0
    return (octets == 4 and 0 < first < 224) or (octets == 16 and 0 < first < 255)


def _valid(
    addresses: Iterable[bytes], parse: Callable[[object], bytes], kind: str, origin: Origin, told: Told
) -> tuple[bytes, ...]:
    good = []
    for address in addresses:
        try:
            good.append(address if _is_usual(address) else parse(address))
        except ValueError as error:  # those of the map's values are such
            told.leave_out(f"{kind} {address.hex(':') or 'without octets'} is left out; expected {error}", origin)
    return tuple(dict.fromkeys(good))
