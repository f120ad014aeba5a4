"""`-d udp.port==4799,vxlan`: our way to name an unusual port is Wireshark's own, but for some names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

from dovetool.errors import UsageError
from dovetool.frame.decode_as import TABLES, parse_decode_as
from dovetool.values import dataclass
from dovetool.wire.fields import EtherType
from dovetool.wire.overlay import CODECS, ENCAPSULATIONS, Carrier

_NOT_THERE = ("gre.proto", "tcp.port")
"""Tables in which Wireshark does not let a user choose the encapsulation."""
_NAMES = {"vxlan-gpe": "vxlan_gpe", "pbb": "ieee8021ah", "l2tpv3": "l2tp"}
"""Encapsulations that Wireshark calls by another name."""
_OWN = (4789, 4790, 6081, 6635, 37008)
"""UDP ports that Wireshark knows by itself."""


class DecodeChoice(NamedTuple):
    """A number in a dissector table, and the dissector chosen for it."""

    table: str
    number: int
    dissector: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What marks the overlay packets and the tags of a capture, besides what Wireshark and the plugin take for granted.

    Attributes:
        decode_as: as on our command line, `udp.port==4799,vxlan`.
        ports: UDP port -> encapsulation, from a map.
        tpid: TPID of the DOVE tag.
    """

    decode_as: Sequence[str] = ()
    ports: Mapping[int, str] = field(default_factory=dict)
    tpid: int = EtherType.DOVE

    def arguments(self) -> list[str]:
        """The arguments that tell tshark; raises a UsageError where Wireshark has no place for one of them."""
        tag = [] if self.tpid == EtherType.DOVE else ["-o", f"dove.tpids:{self.tpid:#06x}"]
        return [*decode_as_arguments(self.decode_as, self.ports), *tag]


def choices(words: Iterable[str], ports: Mapping[int, str] | None = None) -> list[DecodeChoice]:
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
        asked = parse_decode_as(word)
        if asked.table in _NOT_THERE:
            there = ", ".join(table for table in TABLES if table not in _NOT_THERE)
            raise UsageError(f"-d {word}: Wireshark chooses no encapsulation by {asked.table}; it can by {there}")
        if (asked.name, asked.carrier) not in CODECS:
            raise UsageError(f"-d {word}: expected udp.port==N,ENCAPSULATION, as in -d udp.port==4799,vxlan")
        chosen |= {(asked.table, number): asked.name for number in asked.numbers}
    return [DecodeChoice(table, number, _NAMES.get(name, name)) for (table, number), name in chosen.items()]


def decode_as_arguments(words: Iterable[str], ports: Mapping[int, str] | None = None) -> list[str]:
    """`choices` as arguments of tshark or Wireshark, neighbours together."""
    runs: list[tuple[DecodeChoice, int]] = []
    for each in choices(words, ports):
        first, last = runs[-1] if runs else (each, -1)
        if each == first._replace(number=last + 1):
            runs[-1] = first, each.number
        else:
            runs.append((each, each.number))
    spans = [f"{first.table}=={_span(first.number, last)},{first.dissector}" for first, last in runs]
    return [part for span in spans for part in ("-d", span)]


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _registered() -> dict[int, str]:
    """The UDP ports that are dovetool's own idea: Linux's VXLAN on 8472, which Wireshark takes for OTV."""
    udp = (each for each in ENCAPSULATIONS.values() if each.carrier is Carrier.UDP)
    return {port: each.name for each in udp for port in each.numbers if port not in _OWN}
