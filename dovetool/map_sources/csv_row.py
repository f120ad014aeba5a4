"""A row of a table, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from sys import intern
from typing import NamedTuple, TypeVar

from dovetool.vnid_map.file.problems import quoted
from dovetool.vnid_map.prefixes import Prefix
from dovetool.vnid_map.values import parse_ip, parse_mac, parse_name, told

COLUMNS = ("switch", "port", "vlan", "vnid", "network", "vm", "mac", "ip", "tep")
_SEPARATORS = re.compile(r"[\s,;]+")
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_UNTAGGED = 0
_REPEATED = 4096
"""Cells that are remembered: most stand in very many rows."""
_Value = TypeVar("_Value")


class Mistake(Exception):  # noqa: N818  (it never leaves this room)
    """A cell is not what it should be."""

    def __init__(self, column: str, what: str) -> None:
        super().__init__(f", column {column}: {what}" if column else f": {what}")


class Row(NamedTuple):
    """What the cells of a row say; empty or None: nothing.

    Attributes:
        vlan: 0 for untagged frames.
        tep: its name, or its first address.
        tep_ips: its addresses.
    """

    switch: str = ""
    port: str = ""
    vlan: int | None = None
    vnid: int | None = None
    network: str = ""
    vm: str = ""
    mac: bytes = b""
    ips: tuple[bytes, ...] = ()
    prefixes: tuple[Prefix, ...] = ()
    tep: str | bytes | None = None
    tep_ips: tuple[bytes, ...] = ()

    @property
    def names_vm(self) -> bool:
        """Say whether it is about a VM."""
        return bool(self.vm or self.mac or self.ips or self.prefixes)

    @property
    def is_name(self) -> bool:
        """Say whether it tells no more of a VM than what one with this MAC address is called."""
        return bool(self.vm and self.mac and not self.ips and not self.prefixes)


def read_row(head: Sequence[str], cells: Sequence[str]) -> Row:
    """Read the cells below the names of their columns.

    Raises:
        Mistake: a cell is not what it should be.
    """
    if any(map(str.strip, cells[len(head) :])):
        raise Mistake("", f"found {len(cells)} cells; expected {len(head)}, as the head has")
    said = {name: cell.strip() for name, cell in zip(head, cells, strict=False) if name in COLUMNS}
    ips, prefixes = _addresses(said.get("ip", ""))
    tep, tep_ips = _tep(said.get("tep", ""))
    return Row(
        switch=_name("switch", said.get("switch", "")),
        port=_name("port", said.get("port", "")),
        vlan=_vlan(said.get("vlan", "")),
        vnid=_number("vnid", said.get("vnid", ""), 1, 0xFFFFFF),
        network=_name("network", said.get("network", "")),
        vm=_name("vm", said.get("vm", "")),
        mac=_parsed("mac", said["mac"], parse_mac) if said.get("mac") else b"",
        ips=ips,
        prefixes=prefixes,
        tep=tep,
        tep_ips=tep_ips,
    )


@lru_cache(maxsize=_REPEATED)
def _name(column: str, name: str) -> str:
    return intern(_parsed(column, name, parse_name)) if name else ""


@lru_cache(maxsize=_REPEATED)
def _number(column: str, text: str, least: int, most: int) -> int | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise Mistake(column, f"found {quoted(text)}; expected a number from {least} to {most}")
    return int(text)


def _vlan(text: str) -> int | None:
    return _UNTAGGED if text.lower() == "untagged" else _number("vlan", text, 0, 4094)


def _addresses(text: str) -> tuple[tuple[bytes, ...], tuple[Prefix, ...]]:
    """Addresses of a VM, and IP networks behind it, as `10.1.0.0/24`."""
    ips, prefixes = [], []
    for word in filter(None, _SEPARATORS.split(text)):
        address, slash, length = word.partition("/")
        ip = _parsed("ip", address, parse_ip)
        bits = _number("ip", length, 0, len(ip) * 8) if slash else len(ip) * 8
        if bits is None or bits == len(ip) * 8:
            ips.append(ip)
        else:
            prefixes.append(Prefix.of(ip, bits))
    return tuple(dict.fromkeys(ips)), tuple(dict.fromkeys(prefixes))


@lru_cache(maxsize=_REPEATED)
def _tep(text: str) -> tuple[str | bytes | None, tuple[bytes, ...]]:
    """A TEP by its name, by its addresses, or by its name and its addresses behind it."""
    words = list(filter(None, _SEPARATORS.split(text)))
    if not words:
        return None, ()
    name = "" if _looks_like_ip(words[0]) else words.pop(0)
    ips = tuple(_parsed("tep", word, parse_ip) for word in words)
    return (intern(_parsed("tep", name, parse_name)) if name else ips[0]), ips


def _looks_like_ip(word: str) -> bool:
    try:
        parse_ip(word)
    except ValueError:
        return bool(re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*", word))
    return True


def _parsed(column: str, text: str, parse: Callable[[object], _Value]) -> _Value:
    try:
        return parse(text)
    except ValueError as error:  # those of the map's values are such
        raise Mistake(column, f"found {quoted(text)}; expected {told(error)}") from None
