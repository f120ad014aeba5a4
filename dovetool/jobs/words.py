"""Words as people write them turned into values; whatever makes no sense is a UsageError with a hint."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.errors import NotInMapError, UsageError
from dovetool.frame.selectors import SOURCES, Selectors
from dovetool.wire.overlay import ENCAPSULATIONS, SELECTORS, Carrier, Selector

if TYPE_CHECKING:
    from dovetool.observe.annotate import Annotator
    from dovetool.vnid_map import Port, Tep, Trunk, VnidMap
    from dovetool.vnid_map.file.model import MapFile

_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|h)", re.ASCII)
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([kmgt]i?b|b)", re.ASCII | re.IGNORECASE)
_SIZES = {"b": 1, **{f"{unit}b": 1000 ** (n + 1) for n, unit in enumerate("kmgt")}}
_SIZES |= {f"{unit}ib": 1024 ** (n + 1) for n, unit in enumerate("kmgt")}
_UNITS_NS = {"ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}
_MOST_NAMES = 12
_EVERY = "all"
"""Stands for all columns."""
_INFO = ("info", "_ws.col.info")
"""What Wireshark calls the text about a frame."""


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


def tpid_number(word: str) -> int:
    """A tag protocol identifier, decimal or 0x-hexadecimal."""
    try:
        number = int(word, 0)
    except ValueError:
        number = 0
    if not 0x0600 <= number <= 0xFFFF:
        raise UsageError(f"--tpid {word}: expected an EtherType, 0x0600..0xFFFF")
    return number


def loaded_map(given: Path | VnidMap, tpid: str | None = None) -> VnidMap:
    """The map, or that of a file, with another TPID where one is given; raises a UsageError or MapError."""
    from dovetool.vnid_map import VnidMap

    number = tpid_number(tpid) if tpid is not None else None
    return _with_tpid(VnidMap.load(given) if isinstance(given, Path) else given, number)


def compiled_map(model: MapFile, tpid: str | None = None) -> VnidMap:
    """The same of a file that was read."""
    from dovetool.vnid_map import VnidMap

    number = tpid_number(tpid) if tpid is not None else None
    return _with_tpid(VnidMap.compiled(model), number)


def _with_tpid(vnid_map: VnidMap, number: int | None) -> VnidMap:
    if number is not None and number != vnid_map.tpid:
        vnid_map = copy(vnid_map)
        vnid_map.tpid = number
    return vnid_map


def time_named(word: str) -> int:
    """A moment in ns since 1970, written as in a map."""
    from pydantic_core import PydanticCustomError

    from dovetool.vnid_map.values import parse_time

    try:
        return parse_time(word)
    except PydanticCustomError as error:
        context = error.context or {}
        hint = f" ({context['hint']})" if context.get("hint") else ""
        raise UsageError(f"--time {word}: expected {context.get('what')}{hint}") from None


def size_named(option: str, word: str) -> int:
    """Octets, written with their unit."""
    match = _SIZE.fullmatch(word.strip())
    octets = round(float(match[1]) * _SIZES[match[2].lower()]) if match is not None else 0
    if octets < 1:
        raise UsageError(f"{option} {word}: expected a size such as 100MB, 64KiB or 2GiB")
    return octets


def span_named(option: str, word: str) -> int:
    """A span of time in ns, written with its unit."""
    match = _SPAN.fullmatch(word.strip())
    if match is None:
        raise UsageError(f"{option} {word}: expected a span of time such as 2s, 500ms or 5m")
    number, unit = match.groups()
    return int(float(number) * _UNITS_NS[unit])


def column_named(word: str, option: str = "-e", others: tuple[str, ...] = (), *, by_layer: bool = False) -> str:
    """The column that a word names, by our name or by Wireshark's; `others` are what else it might have meant.

    Raises:
        UsageError: there is none, or there are several; or it is of overlay headers, and not asked for `by_layer`.
    """
    from dovetool.observe.catalogue import COLUMNS, LAYER_COLUMNS, named

    if word in LAYER_COLUMNS:
        if by_layer:
            return word
        raise UsageError(f"{option} {word}: is about one overlay header; dovetool export --layers has a row for each")
    found = named(word)
    if len(found) > 1:
        raise UsageError(f"{option} {word}: is Wireshark's name of {' and '.join(found)}; say which")
    if word.casefold() in _INFO:
        raise UsageError(f"{option} {word}: is no column, but what `inspect` shows as Info, and its JSON as info")
    if not found:
        known = (*others, *COLUMNS, *(LAYER_COLUMNS if by_layer else ()))
        raise UsageError(f"{option} {word}: there is no such column; -e help lists them{did_you_mean(word, known)}")
    return found[0]


def columns_named(words: Iterable[str], option: str = "-e", *, by_layer: bool = False) -> tuple[str, ...]:
    """The columns that words name, each once; a word may name several with commas between them, or `all` of them.

    Raises:
        UsageError: as `column_named`.
    """
    from dovetool.observe.catalogue import COLUMNS, LAYER_COLUMNS

    every = (*COLUMNS, *(LAYER_COLUMNS if by_layer else ()))
    chosen: list[str] = []
    for part in (part.strip() for word in words for part in word.split(",")):
        chosen += every if part == _EVERY else [column_named(part, option, (_EVERY,), by_layer=by_layer)]
    return tuple(dict.fromkeys(chosen))


def port_named(vnid_map: VnidMap, name: str | None) -> Port | Trunk | None:
    """A port of the map, or a trunk."""
    if name is None:
        return None
    found = vnid_map.trunk_at(name) or vnid_map.port(name)
    if found is None:
        raise NotInMapError(f"--ingress {name}: {no_such('port', (port.name for port in vnid_map.ports), name)}")
    return found


def tep_named(vnid_map: VnidMap, name: str | None) -> Tep | None:
    """A tunnel end point of the map."""
    tep = vnid_map.tep(name) if name is not None else None
    if name is not None and tep is None:
        raise NotInMapError(f"--tep {name}: {no_such('TEP', vnid_map.tep_names, name)}")
    return tep


def require_macs(vnid_map: VnidMap, sender: Tep | None = None) -> None:
    """Raise a UsageError where frames are to be encapsulated and the map lacks a MAC address of the underlay."""
    from dovetool.stages.outer_headers import unknown_macs

    name = unknown_macs((sender,) if sender is not None else vnid_map.teps, vnid_map.teps)
    if name:
        raise UsageError(f"TEP {name!r} has no MAC address in the map, which encap needs: add teps.{name}.mac")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence that suggests the known word that was probably meant; empty without one."""
    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), lowered, n=1)
    return f"; did you mean {lowered[close[0]]}?" if close else ""


def no_such(kind: str, names: Iterable[str], word: str = "") -> str:
    """What to say of a name that the map does not have."""
    known = list(names)
    more = f" and {len(known) - _MOST_NAMES} more" if len(known) > _MOST_NAMES else ""
    return f"the map has no such {kind}; it has {', '.join(known[:_MOST_NAMES])}{more}{did_you_mean(word, known)}"


def annotator(
    wanted: bool, selectors: Selectors, tpid: int, depth: int | None = None, vnid_map: VnidMap | None = None
) -> Annotator | None:
    """What puts into words what a command sees, where that is wanted."""
    if not wanted:
        return None
    from dovetool.observe.annotate import Annotator
    from dovetool.observe.names import Names
    from dovetool.observe.observe import DEFAULT_DEPTH, Detail, Observe

    return Annotator(Observe(selectors, tpid, depth or DEFAULT_DEPTH, Detail.UNDERLAY), Names(vnid_map))


def map_annotator(wanted: bool, vnid_map: VnidMap, words: list[str] | None = None) -> Annotator | None:
    """The same, by the names and numbers of a map and the ports of `-d udp.port==N,E`."""
    return annotator(wanted, map_selectors(vnid_map, words), vnid_map.tpid, vnid_map=vnid_map)
