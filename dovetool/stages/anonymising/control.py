"""Addresses in ICMP and ICMPv6: in the packets that errors quote, in neighbour discovery, in redirects.

Source: RFC 792, RFC 4443 section 3, RFC 4861 section 4.
"""

from __future__ import annotations

from dovetool.errors import FrameError
from dovetool.frame.ip_layer import IpLayer, ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.stages.anonymising.places import Others, Places, Sum, ip_changes
from dovetool.wire.fields import EtherType

_ICMP, _TCP, _UDP, _ICMPV6 = 1, 6, 17, 58
_ERRORS = {_ICMP: (3, 4, 5, 11, 12), _ICMPV6: (1, 2, 3, 4)}
_ECHOES = {_ICMP: (0, 8), _ICMPV6: (128, 129)}
_REDIRECT = 5
_TARGETS = {135: (8,), 136: (8,), 137: (8, 24)}
_OPTIONS_AT = {133: 8, 134: 16, 135: 24, 136: 24, 137: 40}
_LINK_ADDRESSES, _PREFIX = (1, 2), 3
_MAC_OPTION = 8
_LISTENERS, _REPORT = (130, 131, 132, 143), 143
_PREFIX_LEN = 32
_MOST_OPTIONS = 8


def control_messages(places: Places, view: FrameView, ip: IpLayer, grown: int, others: Others, *, cuts: bool) -> None:
    """What an ICMP message tells of addresses changes; of one that is not understood, its header stays alone.

    The data of an echo stays, too, unless `cuts` is true.
    """
    at = ip.payload
    kind = view.take(at, 1, layer="ICMP")[0]
    places.has(Sum(at + 2, at, beyond=grown if ip.protocol == _ICMPV6 else 0))
    if ip.is_fragment:
        places.cut_at(at + 8)
    elif kind in _ERRORS[ip.protocol]:
        if ip.protocol == _ICMP and kind == _REDIRECT:
            _ip_at(places, view, at + 4, 4, others)
        _quoted(places, view, at + 8, ip.version, others)
    elif ip.protocol == _ICMPV6 and kind in _OPTIONS_AT:
        for target in _TARGETS.get(kind, ()):
            _ip_at(places, view, at + target, 16, others)
        _neighbour_options(places, view, at + _OPTIONS_AT[kind], others)
    elif ip.protocol == _ICMPV6 and kind in _LISTENERS:
        _listeners(places, view, at, kind, others)
    elif kind not in _ECHOES[ip.protocol]:
        places.cut_at(at + 4)
    elif cuts:
        places.cut_at(at + 8)


def _ip_at(places: Places, view: FrameView, at: int, length: int, others: Others) -> None:
    old = view.take(at, length, layer="ICMP")
    places.change(at, old, others.ip(old))


def _quoted(places: Places, view: FrameView, at: int, version: int, others: Others) -> None:
    """The packet that an error is about, as far as it is quoted; what is carried in it does not stay."""
    ethertype = EtherType.IPV4 if version == 4 else EtherType.IPV6
    try:
        ip = ip_layer(view, Link(ethertype, at))
    except FrameError:
        ip = None
    if ip is None:
        places.cut_at(at)
        return
    grown = ip_changes(places, ip, lambda place, length: view.take(place, length, layer="ICMP"), others.ip)
    where = {_UDP: 6, _TCP: 16, _ICMPV6: 2}.get(ip.protocol)
    places.cut_at(ip.payload + 8)
    if where is None or ip.is_later or where + 2 > 8:
        return
    try:
        none = view.one_of(ip.payload + where, (0,), layer="ICMP") == 0 and ip.protocol == _UDP
    except FrameError:
        return
    if not none:
        end = ip.payload + 8
        places.has(Sum(ip.payload + where, ip.payload, end, beyond=grown, is_udp=ip.protocol == _UDP))


def _listeners(places: Places, view: FrameView, at: int, kind: int, others: Others) -> None:
    """The groups that somebody asks for or listens to (RFC 2710, RFC 3810)."""
    if kind != _REPORT:
        _ip_at(places, view, at + 8, 16, others)
        places.cut_at(at + 24)
        return
    count, place = view.word(at + 6, layer="ICMPv6"), at + 8
    for _ in range(min(count, _MOST_OPTIONS)):
        for _ in range(1 + min(view.word(place + 2, layer="ICMPv6"), _MOST_OPTIONS)):
            _ip_at(places, view, place + 4, 16, others)
            place += 16
        place += 4
    places.cut_at(place)


def _neighbour_options(places: Places, view: FrameView, at: int, others: Others) -> None:
    """Link-layer addresses and prefixes; from an option of another kind on, nothing stays."""
    for _ in range(_MOST_OPTIONS):
        try:
            kind, words = view.take(at, 2, layer="ICMPv6 option")
        except FrameError:
            return
        if kind in _LINK_ADDRESSES and words * 8 == _MAC_OPTION:
            old = view.take(at + 2, 6, layer="ICMPv6 option")
            places.change(at + 2, old, others.mac(old))
        elif kind == _PREFIX and words * 8 == _PREFIX_LEN:
            bits = view.take(at + 2, 1, layer="ICMPv6 option")[0]
            old = view.take(at + 16, 16, layer="ICMPv6 option")
            kept = ((1 << bits) - 1 << 128 - bits if bits <= 128 else 0).to_bytes(16, "big")
            new = bytes(octet & mask for octet, mask in zip(others.ip(old), kept, strict=True))
            places.change(at + 16, old, new)
        elif kind != 5:  # the MTU tells nobody
            places.cut_at(at)
            return
        at += words * 8
