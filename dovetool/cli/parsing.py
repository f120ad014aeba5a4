"""Words of the command line turned into values; whatever makes no sense is a UsageError with a hint."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dovetool.errors import UsageError
from dovetool.stages.ports import ports_of
from dovetool.vnid_map import Port, Tep, VnidMap
from dovetool.wire.overlay import ENCAPSULATIONS, UDP_PORTS

_DECODE_AS = re.compile(r"udp\.port==(\d{1,5}),([\w-]+)")
_MOST_NAMES = 12


def decode_as_ports(words: list[str] | None) -> dict[int, str]:
    """The registered ports and those of `-d udp.port==N,E`."""
    return {**UDP_PORTS, **dict(map(_decode_as, words or ()))}


def map_ports(vnid_map: VnidMap, words: list[str] | None) -> dict[int, str]:
    """The registered ports, those of the map, and those of `-d udp.port==N,E`."""
    return ports_of(vnid_map, dict(map(_decode_as, words or ())))


def _decode_as(word: str) -> tuple[int, str]:
    match = _DECODE_AS.fullmatch(word.replace(" ", ""))
    if match is None or not 0 < int(match[1]) <= 0xFFFF:
        raise UsageError(f"-d {word}: expected udp.port==N,ENCAPSULATION, as in -d udp.port==4799,vxlan")
    return int(match[1]), encap_named(match[2]) or ""


def encap_named(name: str | None) -> str | None:
    """An encapsulation that dovetool writes."""
    if name is not None and name not in ENCAPSULATIONS:
        raise UsageError(f"encapsulation {name!r} is not known; there is {', '.join(ENCAPSULATIONS)}")
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


def port_named(vnid_map: VnidMap, name: str | None) -> Port | None:
    """A port of the map."""
    port = vnid_map.port(name) if name is not None else None
    if name is not None and port is None:
        raise UsageError(f"--ingress {name}: {_no_such('port', (port.name for port in vnid_map.ports))}")
    return port


def tep_named(vnid_map: VnidMap, name: str | None) -> Tep | None:
    """A tunnel end point of the map."""
    tep = vnid_map.tep(name) if name is not None else None
    if name is not None and tep is None:
        raise UsageError(f"--tep {name}: {_no_such('TEP', (tep.name for tep in vnid_map.teps))}")
    return tep


def _no_such(kind: str, names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - _MOST_NAMES} more" if len(known) > _MOST_NAMES else ""
    return f"the map has no such {kind}; it has {', '.join(known[:_MOST_NAMES])}{more}"
