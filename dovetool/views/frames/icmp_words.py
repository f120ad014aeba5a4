"""ICMP messages in few words (RFC 792, RFC 1191, RFC 4443, RFC 4861), with the names that Wireshark has for them."""

from __future__ import annotations

from collections.abc import Mapping

from dovetool.observe.protocols import ICMP_TYPE_NAMES, ICMPV6_TYPE_NAMES
from dovetool.wire.addresses import address_text

_UNREACHABLE, _ECHOES = 3, (0, 8)
_FRAGMENTATION_NEEDED = 4
_CODES = {
    3: {
        0: "Network unreachable",
        1: "Host unreachable",
        2: "Protocol unreachable",
        3: "Port unreachable",
        4: "Fragmentation needed",
        5: "Source route failed",
        9: "Network administratively prohibited",
        10: "Host administratively prohibited",
        13: "Communication administratively filtered",
    },
    5: {0: "Redirect for network", 1: "Redirect for host"},
    11: {0: "in transit", 1: "fragment reassembly"},
}
_PACKET_TOO_BIG, _ECHOES6, _SOLICITATION, _ADVERTISEMENT = 2, (128, 129), 135, 136
_CODES6 = {
    1: {
        0: "No route to destination",
        1: "Administratively prohibited",
        2: "Beyond scope of source address",
        3: "Address unreachable",
        4: "Port unreachable",
    },
    3: {0: "in transit", 1: "fragment reassembly"},
}


def icmp_text(octets: bytes) -> str:
    """What an ICMP message is about, from as many of its octets as there are."""
    text = _kind(octets, ICMP_TYPE_NAMES, _CODES)
    if octets[:1] and octets[0] in _ECHOES:
        return text + _echo(octets)
    if tuple(octets[:2]) == (_UNREACHABLE, _FRAGMENTATION_NEEDED) and len(octets) >= 8:
        mtu = int.from_bytes(octets[6:8], "big")  # 0 from routers older than RFC 1191
        return f"{text} MTU {mtu}" if mtu else text
    return text


def icmpv6_text(octets: bytes) -> str:
    """What an ICMPv6 message is about, from as many of its octets as there are."""
    text = _kind(octets, ICMPV6_TYPE_NAMES, _CODES6)
    kind = octets[0] if octets else None
    if kind in _ECHOES6:
        return text + _echo(octets)
    if kind == _PACKET_TOO_BIG and len(octets) >= 8:
        return f"{text} MTU {int.from_bytes(octets[4:8], 'big')}"
    if kind in (_SOLICITATION, _ADVERTISEMENT) and len(octets) >= 24:
        target = address_text(octets[8:24])
        return f"{text} for {target}" if kind == _SOLICITATION else f"{text} {target}"
    return text


def _kind(octets: bytes, types: Mapping[int, str], codes: Mapping[int, Mapping[int, str]]) -> str:
    """Type and code by name; what has none, by number."""
    if not octets:
        return ""
    kind, code = octets[0], octets[1] if len(octets) > 1 else None
    if kind not in types:
        return f"type {kind}" if code is None else f"type {kind} code {code}"
    name = codes.get(kind, {}).get(code) if code is not None else None
    if name is None:
        return f"{types[kind]} (code {code})" if code else types[kind]
    return f"{types[kind]} ({name})"


def _echo(octets: bytes) -> str:
    """Identifier and sequence number of an echo."""
    if len(octets) < 8:
        return ""
    return f" id=0x{octets[4:6].hex()} seq={int.from_bytes(octets[6:8], 'big')}"
