"""Addresses as OVN writes them: `MAC IP IP6`, `MAC dynamic`, `unknown`, `router`; those of routers with prefixes."""

from __future__ import annotations

import re
import socket
from typing import NamedTuple

from dovetool.map_sources.ovn.ovsdb import Row
from dovetool.map_sources.statements import Prefix
from dovetool.wire.fields import is_multicast

UNKNOWN = "unknown"
"""A port whose addresses OVN learns; frames for unknown addresses go there."""
DYNAMIC = "dynamic"
"""An address that OVN chooses."""
_WORDS = frozenset({UNKNOWN, DYNAMIC, "router", "VRRPv3"})
_MAC = re.compile(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}")
_NO_MAC = bytes(6)
_EVERYBODY = b"\xff" * 4


class Addresses(NamedTuple):
    """A MAC address with the IP addresses that go with it.

    Attributes:
        mac: MAC address.
        ips: IP addresses of hosts.
        prefixes: IP networks that are named beside them, by their first address; those that a router is in.
    """

    mac: bytes
    ips: tuple[bytes, ...] = ()
    prefixes: tuple[Prefix, ...] = ()


def parse(row: Row, column: str) -> list[Addresses]:
    """The addresses in a column, without those that OVN is still to find.

    Raises:
        MapSourceError: there is something else in it.
    """
    found = (_parse_one(row, column, text.split()) for text in row.texts(column))
    return [each for each in found if each is not None]


def parse_mac(row: Row, column: str) -> bytes:
    """The one MAC address in a column; empty: none, or one of no station.

    Raises:
        MapSourceError: there is something else in it.
    """
    text = row.text(column)
    return _mac(row, column, text) if text else b""


def parse_ip(row: Row, column: str) -> bytes:
    """The one IP address in a column.

    Raises:
        MapSourceError: there is none, or something else.
    """
    return _ip(row, column, row.text(column))


def packed(text: str) -> bytes | None:
    """The octets of an IP address; None: it is something else."""
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, ValueError):
        return None


def parse_router(row: Row, mac: str, networks: list[str], column: str) -> Addresses:
    """The addresses of a router's port: its MAC address, and its own address in each network, with a prefix length.

    A router answers for the link-local address that follows from its MAC address, too, where it routes IPv6
    (RFC 4291 appendix A).

    Raises:
        MapSourceError: there is something else in it.
    """
    octets = _mac(row, column, mac)
    pairs = [_with_length(row, column, text) for text in networks]
    prefixes = [Prefix(_network(ip, length), length) for ip, length in pairs if length < len(ip) * 8]
    ips = [ip for ip, _ in pairs]
    if octets and any(len(ip) == 16 for ip in ips):
        ips.append(b"\xfe\x80" + bytes(6) + bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:])
    return Addresses(octets, tuple(dict.fromkeys(ips)), tuple(dict.fromkeys(prefixes)))


def _parse_one(row: Row, column: str, words: list[str]) -> Addresses | None:
    if not words or words[0] in _WORDS:
        return None
    mac = _mac(row, column, words[0])
    ips: list[bytes] = []
    prefixes: list[Prefix] = []
    for word in words[1:]:
        if word in _WORDS:
            continue
        ip, length = _with_length(row, column, word)
        if not any(ip) or ip == _EVERYBODY or is_multicast(ip):  # 0.0.0.0/0 lets a VM use any address, and names none
            continue
        if length < len(ip) * 8 and _network(ip, length) == ip:
            prefixes.append(Prefix(ip, length))
        else:
            ips.append(ip)
    return Addresses(mac, tuple(ips), tuple(prefixes)) if mac else None


def _mac(row: Row, column: str, text: str) -> bytes:
    """A MAC address; empty: it is none of a station: all zero, or a group's."""
    if not _MAC.fullmatch(text):
        raise row.error(column, f"found {text!r:.60}; expected a MAC address")
    mac = bytes.fromhex(text.replace(":", ""))
    return b"" if mac == _NO_MAC or mac[0] & 1 else mac


def _with_length(row: Row, column: str, text: str) -> tuple[bytes, int]:
    """An IP address and the length of the prefix behind it; that of a host where there is none."""
    address, slash, digits = text.partition("/")
    ip = _ip(row, column, address)
    bits = len(ip) * 8
    if not slash:
        return ip, bits
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 3 and int(digits) <= bits):
        raise row.error(column, f"found {text!r:.60}; expected an IP address with a prefix length")
    return ip, int(digits)


def _ip(row: Row, column: str, text: str) -> bytes:
    ip = packed(text)
    if ip is None:
        raise row.error(column, f"found {text!r:.60}; expected an IP address")
    return ip


def _network(ip: bytes, length: int) -> bytes:
    bits = len(ip) * 8 - length
    return (int.from_bytes(ip, "big") >> bits << bits).to_bytes(len(ip), "big")
