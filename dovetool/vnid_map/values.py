"""The single values of a map file: from what a person writes to the packed form that the stages compare with.

Each value is parsed by one function here, which says what was expected when it refuses. Addresses become octets, times
become whole nanoseconds, so nothing behind the map file ever parses text. `texts` is the way back.
"""

from __future__ import annotations

import re
import socket
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from pydantic_core import PydanticCustomError

from dovetool.vnid_map.prefixes import Prefix
from dovetool.vnid_map.vnid_bits import ANY, VnidBits
from dovetool.wire.dove_tag import OTHER_TYPES
from dovetool.wire.fields import is_multicast
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier

_MAC = re.compile(
    r"[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}", re.IGNORECASE | re.ASCII
)
_SEPARATORS = {ord(character): None for character in ":-."}
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_LEADING_ZERO = re.compile(r"(?:^|\.)0[0-9]")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))?"
)
_GENEVE_OPTION = re.compile(r"(0x[0-9a-f]{1,4}):(0x[0-9a-f]{1,2})", re.IGNORECASE | re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).days + 1
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format, surrogate and line separator characters
_LAST_VNID, _LAST_VLAN = 0xFFFFFF, 4094
UNTAGGED = "untagged"
"""How a map calls the frames of a trunk port that have no VLAN."""
DSCP_NAMES = ("from-pcp", "inherit")
UDP_ENCAPS = tuple(name for name, codec in ENCAPSULATIONS.items() if codec.carrier is Carrier.UDP and codec.is_written)


def expected(what: str, hint: str = "") -> PydanticCustomError:
    """Return the error that a value is not `what`; the loader adds where it stands and what it is."""
    return PydanticCustomError("expected", "{what}", {"what": what, "hint": hint})


def told(error: ValueError) -> str:
    """What such an error says that was expected, with its hint."""
    return f"{error}{hint_of(error)}"


def hint_of(error: ValueError) -> str:
    """Its hint in parentheses; empty for none."""
    hint = (getattr(error, "context", None) or {}).get("hint")
    return f" ({hint})" if hint else ""


def parse_mac(value: object) -> bytes:
    """Return the 6 octets of a unicast MAC address, written with colons, hyphens or Cisco's dots.

    Raises:
        PydanticCustomError: it is not one, or it is a group address, or all zero.
    """
    if isinstance(value, bytes) and len(value) == 6:
        mac = value
    elif isinstance(value, str) and _MAC.fullmatch(value):
        mac = bytes.fromhex(value.translate(_SEPARATORS))
    else:
        raise expected("a MAC address such as 02:00:00:00:00:0a")
    if mac[0] & 1 or not any(mac):
        raise expected("a unicast MAC address", "the lowest bit of the first octet must be 0, and not all bits")
    return mac


def parse_ip(value: object) -> bytes:
    """Return the 4 or 16 octets of a host's IPv4 or IPv6 address.

    Raises:
        PydanticCustomError: it is not one, or it is a multicast, broadcast or unspecified address.
    """
    ip = _packed(value)
    if ip is None:
        raise expected("an IPv4 or IPv6 address", _ip_hint(value))
    if is_multicast(ip) or not any(ip) or ip == b"\xff\xff\xff\xff":
        raise expected("the IP address of one host, not a multicast, broadcast or unspecified one")
    return ip


def parse_group(value: object) -> bytes:
    """Return the 4 or 16 octets of an IPv4 (RFC 5771) or IPv6 (RFC 4291 section 2.7) multicast address."""
    ip = _packed(value)
    if ip is None or not is_multicast(ip):
        raise expected("an IPv4 or IPv6 multicast address such as 239.0.0.2 or ff05::2", _ip_hint(value))
    return ip


def parse_ip_or_prefix(value: object) -> bytes | Prefix:
    """Return an address as `parse_ip` does, or the IP network of a prefix such as 10.244.1.0/24 (RFC 4632).

    Raises:
        PydanticCustomError: it is neither, or bits behind the prefix are set.
    """
    if not isinstance(value, str) or "/" not in value:
        return value if isinstance(value, Prefix) else parse_ip(value)
    text, _, bits = value.partition("/")
    address = _packed(text)
    if address is None or not _DECIMAL.fullmatch(bits) or int(bits) > len(address) * 8:
        raise expected("an IPv4 or IPv6 address, or a prefix such as 10.244.1.0/24")
    prefix = Prefix.of(address, int(bits))
    if prefix.length == len(address) * 8:
        return parse_ip(text)
    if prefix.address != address:
        raise expected("a prefix without bits behind it", f"did you mean {prefix}?")
    if is_multicast(address):
        raise expected("the prefix of hosts, not of multicast addresses")
    return prefix


def _packed(value: object) -> bytes | None:
    if isinstance(value, bytes):
        return value if len(value) in {4, 16} else None
    if not isinstance(value, str) or "%" in value or "\0" in value or not value.isascii():
        return None
    version6 = ":" in value
    if not version6 and _LEADING_ZERO.search(value):
        return None
    try:
        return socket.inet_pton(socket.AF_INET6 if version6 else socket.AF_INET, value)
    except OSError:
        return None


def _ip_hint(value: object) -> str:
    if isinstance(value, str) and "/" in value:
        return "without a prefix length"
    if isinstance(value, str) and "%" in value:
        return "without a zone"
    if isinstance(value, str) and ":" not in value and _LEADING_ZERO.search(value):
        return "without leading zeros"
    return ""


def parse_time(value: object) -> int:
    """Return nanoseconds since 1970 of an RFC 3339 time with a zone and at most 9 digits behind the second.

    Raises:
        PydanticCustomError: it is not such a time, or there is no such day or hour.
    """
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise expected("a time such as 2026-01-01T00:00:10Z (RFC 3339)")
    day, clock, fraction = match.group(1, 2, 3)
    if match["utc"] is None and match["sign"] is None:
        raise expected("a time with its zone", "add Z for UTC, or an offset such as +01:00")
    if fraction and len(fraction) > 9:
        raise expected("a time with at most 9 digits behind the second")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=_zone(match))
    except ValueError as error:
        raise expected("a time that exists", str(error)) from None
    whole = moment - _EPOCH
    if not 0 <= whole.days < _DAYS:
        raise expected("a time from 1970 to 9999")
    return (whole.days * 86_400 + whole.seconds) * 1_000_000_000 + int((fraction or "").ljust(9, "0"))


def _zone(match: re.Match[str]) -> timezone:
    if match["utc"]:
        return UTC
    if int(match["minutes"]) > 59:
        raise ValueError("the minutes of the zone are above 59")
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
    return timezone(-offset if match["sign"] == "-" else offset)


def parse_tpid(value: object) -> int:
    """Return the tag's EtherType; JSON has no hexadecimal numbers, so a string such as "0x88B5" is one too.

    Raises:
        PydanticCustomError: it is none, or that of frames that would be taken for tagged ones.
    """
    tpid = value
    if isinstance(value, str) and re.fullmatch(r"0[xX][0-9a-fA-F]{1,4}", value):
        tpid = int(value, 16)
    if not isinstance(tpid, int) or isinstance(tpid, bool) or not 0x0600 <= tpid <= 0xFFFF:
        raise expected("an EtherType from 0x0600 to 0xFFFF, such as 0x88B5")
    if tpid in OTHER_TYPES:
        raise expected("an EtherType of its own", f"0x{tpid:04X} is {OTHER_TYPES[tpid]}")
    return tpid


def parse_dscp(value: object) -> str | int:
    """Return where the outer DSCP comes from: the name of a rule, or the value itself."""
    if isinstance(value, str) and value in DSCP_NAMES:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 63:
        return value
    raise expected("'from-pcp', 'inherit' or a number from 0 to 63")


def parse_geneve_option(value: object) -> tuple[int, int] | None:
    """Return class and type of a critical option, or None for any."""
    if value == "any":
        return None
    match = _GENEVE_OPTION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise expected("a critical option as CLASS:TYPE, such as '0xffff:0x80', or 'any'")
    option = int(match[1], 16), int(match[2], 16)
    if not option[1] & 0x80:
        raise expected("a critical option, of a type from 0x80 to 0xff", "others need no permission")
    return option


def parse_udp_encap(value: object) -> str:
    """Return the name of an encapsulation that has a UDP port."""
    if isinstance(value, str) and value.lower() in UDP_ENCAPS:
        return value.lower()
    raise expected("'vxlan', 'vxlan-gpe' or 'geneve'", "no other encapsulation is carried in UDP")


def parse_vnid(value: object) -> int:
    """Return a VNID from 1 to 0xFFFFFF; as a key, and in JSON, it is text."""
    number = int(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else value
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= _LAST_VNID:
        raise expected("a VNID from 1 to 16777215")
    return number


def parse_vnid_range(value: object) -> VnidBits:
    """Return which VNIDs are a network's: a number, {value, mask} or "any"."""
    if isinstance(value, VnidBits):
        return value
    if value == "any":
        return ANY
    if not isinstance(value, dict):
        return VnidBits(_in_range(value), _LAST_VNID)
    if set(value) != {"value", "mask"}:
        raise expected("a VNID, 'any', or a mapping with the keys 'value' and 'mask'")
    bits = VnidBits(_in_range(value["value"], "value"), _in_range(value["mask"], "mask"))
    if bits.value & ~bits.mask:
        raise expected("a value that has no bits outside its mask", f"0x{bits.value:x} is not within 0x{bits.mask:x}")
    return bits


def _in_range(value: object, key: str = "") -> int:
    behind = f" as {key}" if key else ""
    if not isinstance(value, int) or isinstance(value, bool):
        raise expected(f"a whole number{behind}", "" if key else "or {value, mask}, or any")
    if value < 1:
        raise expected(f"a number that is 1 or more{behind}")
    if value > _LAST_VNID:
        raise expected(f"at most {_LAST_VNID}{behind}")
    return value


def parse_vlan(value: object) -> int:
    """Return the VLAN of a trunk port: 1 to 4094, or 0 for its untagged frames, which the map calls `untagged`.

    Source: IEEE 802.1Q-2018 section 9.6, which keeps 0 for frames that have a priority alone, and 4095.
    """
    if value == UNTAGGED:
        return 0
    number = int(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else value
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= _LAST_VLAN:
        raise expected("a VLAN from 1 to 4094, or 'untagged'")
    return number


def parse_name(value: object) -> str:
    """Return the name of a network, TEP or VM: any text that can be shown in a line."""
    if not isinstance(value, str):
        raise expected("a name", "put it in quotes" if isinstance(value, int | float) else "")
    if not value or value != value.strip():
        raise expected("a name that is not empty and has no space around it")
    if not value.isprintable() and any(unicodedata.category(character) in _UNSEEN for character in value):
        raise expected("a name without control characters")
    return value


def parse_place_name(value: object) -> str:
    """Return the name of a switch or a port; `/` joins the two, so neither may have one."""
    name = parse_name(value)
    if "/" in name:
        raise expected("a name without '/'", "SWITCH/PORT names a port, so '/' cannot be part of a name")
    return name


def parse_port_ref(value: object) -> str:
    """Return where a VM is: SWITCH/PORT, SWITCH/PORT.VLAN, or SWITCH where the whole switch is in one network."""
    if not isinstance(value, str) or value.count("/") > 1 or not value or value[0] == "/" or value[-1] == "/":
        raise expected("a port as SWITCH/PORT, such as sw1/p1")
    return value
