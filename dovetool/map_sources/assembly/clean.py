"""Names and addresses of sources as a map can hold them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Container, Iterable
from functools import lru_cache
from typing import Any

from dovetool.map_sources.assembly.told import Told
from dovetool.map_sources.statements import Origin
from dovetool.vnid_map.values import parse_ip, parse_mac

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that no name of a map has."""


def name(text: str) -> str:
    """A name without what a map refuses in it; empty where nothing is left."""
    text = text.strip()
    if not text.isprintable():
        text = "".join("_" if unicodedata.category(each) in _UNSEEN else each for each in text)
    return text


def add_new(known: list[Any], more: Iterable[Any]) -> None:
    """Put behind what is known what it does not have yet, each once."""
    known += [each for each in dict.fromkeys(more) if each not in known]


def place_name(text: str) -> str:
    """The name of a switch or a port, which has no `/`: Ethernet1/1 is Ethernet1-1."""
    return _without_slash(text) if "/" in text else name(text)


@lru_cache(maxsize=16384)
def _without_slash(text: str) -> str:
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
    return _valid(addresses, is_usual_mac, parse_mac, "MAC address", origin, told)


def ips(addresses: Iterable[bytes], origin: Origin, told: Told) -> tuple[bytes, ...]:
    """The IP addresses that a map can hold, each once; others are told."""
    return _valid(addresses, is_usual_ip, parse_ip, "IP address", origin, told)


def is_usual_mac(address: bytes) -> bool:
    """Say at a glance that a MAC address is good; of all others `parse_mac` knows better."""
    return len(address) == 6 and address[0] != 0 and not address[0] & 1


def is_usual_ip(address: bytes) -> bool:
    """Say at a glance that an IP address is good; of all others `parse_ip` knows better."""
    octets = len(address)
    first = address[0] if octets else 0
    return (octets == 4 and 0 < first < 224) or (octets == 16 and 0 < first < 255)


def _valid(
    addresses: Iterable[bytes],
    is_usual: Callable[[bytes], bool],
    parse: Callable[[object], bytes],
    kind: str,
    origin: Origin,
    told: Told,
) -> tuple[bytes, ...]:
    good = []
    for address in addresses:
        try:
            good.append(address if is_usual(address) else parse(address))
        except ValueError as error:  # those of the map's values are such
            told.leave_out(f"{kind} {address.hex(':') or 'without octets'} is left out; expected {error}", origin)
    return tuple(dict.fromkeys(good))
