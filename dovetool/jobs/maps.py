"""Maps as commands are given them, and what words name in them."""

from __future__ import annotations

import re
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.errors import NotInMapError, UsageError
from dovetool.jobs.known_names import no_such

if TYPE_CHECKING:
    from dovetool.vnid_map import Port, Tep, Trunk, VnidMap
    from dovetool.vnid_map.file.model import MapFile

_DECIMAL = re.compile(r"[0-9]{1,5}")


def tpid_number(word: str) -> int:
    """A tag protocol identifier, decimal or 0x-hexadecimal, by the rule of map files."""
    from dovetool.vnid_map.values import parse_tpid, told

    try:
        return parse_tpid(int(word) if _DECIMAL.fullmatch(word) else word)
    except ValueError as error:
        raise UsageError(f"--tpid {word}: expected {told(error)}") from None


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
