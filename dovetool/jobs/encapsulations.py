"""Encapsulations as words name them, and what marks their packets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dovetool.errors import UsageError
from dovetool.frame.selectors import SOURCES, Selectors
from dovetool.jobs.known_names import did_you_mean
from dovetool.wire.overlay import ENCAPSULATIONS, SELECTORS, Carrier, Selector

if TYPE_CHECKING:
    from dovetool.vnid_map import VnidMap


def decode_as_selectors(words: list[str] | None) -> Selectors:
    """The registered selectors, and those of `-d udp.port==N,E`."""
    return {**SELECTORS, **_chosen(words)}


def map_selectors(vnid_map: VnidMap, words: list[str] | None) -> Selectors:
    """The registered selectors, those of the map, and those of `-d udp.port==N,E`."""
    from dovetool.stages.map_selectors import selectors_of

    return selectors_of(vnid_map, _chosen(words))


def _chosen(words: list[str] | None) -> Selectors:
    """What `-d` chooses; a port is chosen whether a packet goes there or comes from there, as in Wireshark."""
    if not words:
        return {}
    from dovetool.frame.decode_as import check_table, parse_decode_as

    chosen: dict[Selector, str] = {}
    for word in words:
        asked = parse_decode_as(word)
        name = _encapsulation(asked.name, ENCAPSULATIONS)
        check_table(word, asked, name)
        for carrier in (asked.carrier, SOURCES.get(asked.carrier, asked.carrier)):
            chosen |= {(carrier, number): name for number in asked.numbers}
    return chosen


def encap_named(name: str | None) -> str | None:
    """An encapsulation that dovetool writes."""
    written = [each.name for each in ENCAPSULATIONS.values() if each.is_written]
    return name if name is None else _encapsulation(name.lower(), written)


def target_named(name: str) -> str:
    """An encapsulation that a packet can be translated into without a map: one that goes over IP."""
    written = [each.name for each in ENCAPSULATIONS.values() if each.is_written and each.carrier is not Carrier.LINK]
    name = name.lower()
    if name in ENCAPSULATIONS and ENCAPSULATIONS[name].carrier is Carrier.LINK:
        raise UsageError(f"--to {name}: has no IP addresses; give a map (-m) and a gateway (--tep) that tell the MACs")
    return _encapsulation(name, written)


def _encapsulation(name: str, known: Iterable[str]) -> str:
    if name not in known:
        problem = "is read, not written" if name in ENCAPSULATIONS else "is not known"
        close = did_you_mean(name, known) if name not in ENCAPSULATIONS else ""
        raise UsageError(f"encapsulation {name!r} {problem}; there is {', '.join(known)}{close}")
    return name
