"""The single values of a map file, and of a capture, as a person writes them; `values` is the way back."""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime, timedelta

from dovetool.vnid_map.prefixes import Prefix

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CYCLE_YEARS, _CYCLE_S = 400, 146_097 * 86_400
"""After so many years the calendar repeats."""
_LAST_YEAR = 9999
_IPV4 = 4
"""Octets of an IPv4 address."""


def value_text(value: object) -> str:
    """Write a name, a number or a switch as YAML does: true, not True."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def mac_text(mac: bytes) -> str:
    """Write a MAC address with colons."""
    return mac.hex(":")


def ip_text(ip: bytes) -> str:
    """Write a packed IP address in its usual form (RFC 5952)."""
    if len(ip) == _IPV4:
        return socket.inet_ntop(socket.AF_INET, ip)
    if any(ip[:10]):
        return socket.inet_ntop(socket.AF_INET6, ip)
    return str(ipaddress.ip_address(ip))  # systems differ in those that hold an IPv4 address


def ip_or_prefix_text(ip: bytes | Prefix) -> str:
    """Write a packed IP address, or an IP network."""
    return str(ip) if isinstance(ip, Prefix) else ip_text(ip)


def geneve_option_text(option: tuple[int, int] | None) -> str:
    """Write a critical option as a map has it."""
    return "any" if option is None else f"0x{option[0]:04x}:0x{option[1]:02x}"


def time_text(ts_ns: int) -> str:
    """Write nanoseconds since 1970 as an RFC 3339 time in UTC, with as many digits as it needs.

    Years beyond its four digits have as many as they need, and a sign (ISO 8601).
    """
    seconds, fraction = divmod(ts_ns, 1_000_000_000)
    cycles, rest = divmod(seconds, _CYCLE_S)
    moment = _EPOCH + timedelta(seconds=rest)
    year = moment.year + cycles * _CYCLE_YEARS
    digits = f".{fraction:09d}".rstrip("0") if fraction else ""
    return f"{year:{'04' if 0 <= year <= _LAST_YEAR else '+07'}d}{moment:-%m-%dT%H:%M:%S}{digits}Z"


def vlan_text(vlan: int) -> str:
    """Write the VLAN of a trunk port as a map has it; 0 stands for what has none."""
    return str(vlan) if vlan else "untagged"


def place_vlan_text(vlan: int) -> int | str:
    """The same where it is a value, not a key."""
    return vlan or "untagged"
