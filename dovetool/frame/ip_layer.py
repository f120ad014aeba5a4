"""The IP header below an overlay header or inside it, read for deciding: only fields that decide are looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from dovetool.errors import FrameError
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.wire.fields import EtherType
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header

_MOST_EXTENSION_HEADERS = 8
_EXTENSION = "IPv6 extension header"
WITH_PORTS = frozenset({6, 17, 132, 33, 136})
"""TCP, UDP, SCTP, DCCP and UDP-Lite: they begin with source and target port."""
_PROTOCOL_AT, _NEXT_HEADER_AT, _FRAGMENT_LEN = 9, 6, 8
_HOP_BY_HOP, ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION = 0, 43, 44, 51, 60
_EXTENSIONS = frozenset({_HOP_BY_HOP, ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION})


class IpLayer(NamedTuple):
    """An IPv4 or IPv6 header with its options or extension headers.

    Attributes:
        version: 4 or 6.
        offset: where the header begins.
        payload: where the payload begins.
        protocol: number of the protocol in it.
        tos: DSCP and ECN, as far as the caller asked to see them.
        is_fragment: the packet is a fragment.
        is_later: it is a fragment, and not the first one.
        fragment_at: where the fragment header of an IPv6 packet stands; None without one.
        named_at: where the octet stands that names the fragment header, else the protocol.
    """

    version: int
    offset: int
    payload: int
    protocol: int
    tos: int
    is_fragment: bool
    is_later: bool = False
    fragment_at: int | None = None
    named_at: int = 0

    @property
    def address_len(self) -> int:
        """Octets of an address."""
        return 4 if self.version == 4 else 16

    @property
    def src_at(self) -> int:
        """Where the source address stands; the destination address follows it."""
        return self.offset + (12 if self.version == 4 else 8)

    @property
    def dst_at(self) -> int:
        """Where the destination address stands."""
        return self.src_at + self.address_len

    def octets_behind(self, view: FrameView) -> int | None:
        """Octets of the frame behind the packet; negative: missing; None: the packet's length field is 0."""
        if self.version == 4:
            return view.octets_behind(self.offset + Ipv4Header.TOTAL_LENGTH_AT, self.offset, layer="IPv4")
        at, base = self.offset + Ipv6Header.PAYLOAD_LENGTH_AT, self.offset + Ipv6Header.LEN
        return view.octets_behind(at, base, layer="IPv6")


def ip_layer(view: FrameView, link: Link, tos_mask: int = 0) -> IpLayer | None:
    """The IP header behind the link layer; None when there is none, or when it is not a valid one.

    Args:
        view: the frame.
        link: its link layer, or that of a frame inside it.
        tos_mask: the bits of DSCP and ECN that the caller wants to see.

    Raises:
        TruncatedError: capturing cut the frame inside the header.
    """
    if link.ethertype not in _IP_HEADERS:
        return None
    place = (link.ethertype, link.offset, tos_mask, view.behind)
    ip = view.headers.get(place)
    if not isinstance(ip, IpLayer):
        try:
            ip = view.headers[place] = _IP_HEADERS[link.ethertype](view, link.offset, tos_mask)
        except FrameError as error:
            if error.reason == "truncated":
                raise
            return None
    return ip


def frame_ip_layer(view: FrameView, link: Link, tos_mask: int = 0) -> IpLayer | None:
    """The IP header of a tenant's frame, as far as it can be read; None where the frame has none or it is cut."""
    try:
        return ip_layer(view, link, tos_mask)
    except FrameError:
        return None


@lru_cache
def _ipv4_seen(tos_mask: int) -> bytes:
    return bytes((0xFF, tos_mask, 0, 0, 0, 0, 0x3F, 0xFF, 0, 0xFF)).ljust(Ipv4Header.LEN, b"\0")


@lru_cache
def _ipv6_seen(tos_mask: int) -> bytes:
    return bytes((0xF0 | tos_mask >> 4, tos_mask << 4 & 0xF0, 0, 0, 0, 0, 0xFF)).ljust(Ipv6Header.LEN, b"\0")


# What these see of a header is the same in most of them.
_ipv4_header = lru_cache(1 << 10)(Ipv4Header.parse)
_ipv6_header = lru_cache(1 << 10)(Ipv6Header.parse)


def _ipv4(view: FrameView, offset: int, tos_mask: int) -> IpLayer:
    header = _ipv4_header(view.take(offset, Ipv4Header.LEN, _ipv4_seen(tos_mask), layer="IPv4"))
    payload, is_later = offset + header.header_len, header.fragment_offset > 0
    named_at = offset + _PROTOCOL_AT
    return IpLayer(4, offset, payload, header.protocol, header.tos, header.is_fragment, is_later, named_at=named_at)


def _ipv6(view: FrameView, offset: int, tos_mask: int) -> IpLayer:
    header = _ipv6_header(view.take(offset, Ipv6Header.LEN, _ipv6_seen(tos_mask), layer="IPv6"))
    ip = IpLayer(6, offset, offset + Ipv6Header.LEN, header.next_header, header.traffic_class, False)
    named_at = offset + _NEXT_HEADER_AT
    for _ in range(_MOST_EXTENSION_HEADERS):
        if ip.protocol not in _EXTENSIONS or ip.is_fragment:
            break
        at = ip.payload
        if ip.protocol == _FRAGMENT:
            ip = _behind_fragment_header(view, ip, named_at)
        else:
            protocol, payload = behind_extension(view, ip.protocol, at)
            ip = ip._replace(protocol=protocol, payload=payload)
        named_at = at
    return ip if ip.is_fragment else ip._replace(named_at=named_at)


def _behind_fragment_header(view: FrameView, ip: IpLayer, named_at: int) -> IpLayer:
    """The packet behind its fragment header (RFC 8200 section 4.5), which stands where the payload was thought to be.

    A packet that is its own first and last fragment is none (RFC 6946).
    """
    at = ip.payload
    protocol, _, high, low = view.take(at, 4, b"\xff\0\xff\xf9", layer=_EXTENSION)
    is_later = bool(high or low & 0xF8)
    return ip._replace(
        payload=at + _FRAGMENT_LEN,
        protocol=protocol,
        is_fragment=is_later or bool(low & 1),
        is_later=is_later,
        fragment_at=at,
        named_at=named_at,
    )


def behind_extension(view: FrameView, kind: int, at: int) -> tuple[int, int]:
    """Next header, and where it begins (RFC 8200 section 4, RFC 4302); the fragment header has no length field."""
    protocol, length = view.take(at, 2, layer=_EXTENSION)
    if kind == _FRAGMENT:
        return protocol, at + _FRAGMENT_LEN
    return protocol, at + ((length + 2) * 4 if kind == _AUTHENTICATION else (length + 1) * 8)


_IP_HEADERS: Mapping[int, Callable[[FrameView, int, int], IpLayer]] = {EtherType.IPV4: _ipv4, EtherType.IPV6: _ipv6}
