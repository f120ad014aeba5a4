"""`-d udp.port==4799,vxlan`: our way to name an unusual port is Wireshark's own, but for some names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dovetool.errors import UsageError
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier

_TABLES = {"udp.port": Carrier.UDP, "ethertype": Carrier.LINK}
"""The tables in which Wireshark lets a user choose the encapsulation; by GRE type or TCP port it does not."""
_NAMES = {"vxlan-gpe": "vxlan_gpe", "pbb": "ieee8021ah"}
"""Encapsulations that Wireshark calls by another name."""
_OWN = (4789, 4790, 6081)
"""UDP ports that Wireshark knows by itself."""


class Choice(NamedTuple):
    """A number in a dissector table, and the dissector chosen for it."""

    table: str
    number: int
    dissector: str


def choices(words: Iterable[str], ports: Mapping[int, str] | None = None) -> list[Choice]:
    """What Wireshark has to be told: ports that dovetool knows and it does not, those of a map, and those of `-d`.

    Args:
        words: `udp.port==N,ENCAPSULATION`.
        ports: UDP port -> encapsulation, from a map.

    Raises:
        UsageError: Wireshark has no such table, or the word makes no sense.
    """
    chosen = {("udp.port", port): name for port, name in _registered().items()}
    chosen |= {("udp.port", port): name for port, name in (ports or {}).items()}
    for word in words:
        table, number, name = _parsed(word)
        chosen[table, number] = name
    return [Choice(table, number, _NAMES.get(name, name)) for (table, number), name in chosen.items()]


def decode_as_arguments(words: Iterable[str], ports: Mapping[int, str] | None = None) -> list[str]:
    """`choices` as arguments of tshark or Wireshark."""
    found = choices(words, ports)
    return [part for each in found for part in ("-d", f"{each.table}=={each.number},{each.dissector}")]


def _registered() -> dict[int, str]:
    """The UDP ports that are dovetool's own idea: Linux's VXLAN on 8472, which Wireshark takes for OTV."""
    udp = (each for each in ENCAPSULATIONS.values() if each.carrier is Carrier.UDP)
    return {port: each.name for each in udp for port in each.numbers if port not in _OWN}


def _parsed(word: str) -> tuple[str, int, str]:
    table, _, rest = word.replace(" ", "").partition("==")
    number, _, name = rest.lower().partition(",")
    if table in ("gre.proto", "tcp.port"):
        raise UsageError(f"-d {word}: Wireshark chooses no encapsulation by {table}; it can by {', '.join(_TABLES)}")
    try:
        value = int(number, 16 if number.startswith("0x") else 10)
    except ValueError:
        value = 0
    if table not in _TABLES or not 0 < value <= 0xFFFF or not _fits(table, name):
        raise UsageError(f"-d {word}: expected udp.port==N,ENCAPSULATION, as in -d udp.port==4799,vxlan")
    return table, value, name


def _fits(table: str, name: str) -> bool:
    return name in ENCAPSULATIONS and ENCAPSULATIONS[name].carrier is _TABLES[table]
