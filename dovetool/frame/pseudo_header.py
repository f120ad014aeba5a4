"""The pseudo-header of a checksum of UDP or TCP: whose addresses, where a packet is sent by way of others.

Its destination is the final one (RFC 8200 section 8.1). While there are stops to come, that is not the one of the IP
header: it stands in the IPv6 routing header, or in the source route option of IPv4 (RFC 791 section 3.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dovetool.frame.ip_layer import ROUTING, IpLayer, behind_extension
from dovetool.frame.view import FrameView
from dovetool.wire.checksum import ones_sum
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header

_END, _NO_OPERATION, _SOURCE_ROUTES = 0, 1, (131, 137)  # loose and strict
_FIRST_POINTER = 4
_IN_TURN, _HOME_ADDRESS, _SEGMENTS = 0, 2, 4  # types of routing headers: RFC 5095, RFC 6275, RFC 8754
_NEXT_HEADER_AT, _LIST_AT, _ADDRESS_LEN = 6, 8, 16


class PseudoHeader(NamedTuple):
    """What it has but for the length.

    Attributes:
        addresses: (offset, octets) of the addresses in it.
        number: the protocol's, to which the sum of a destination is added that stands elsewhere.
    """

    addresses: tuple[int, int]
    number: int


def pseudo_header(view: FrameView, ip: IpLayer, protocol: int) -> PseudoHeader | None:
    """That of what an IP packet carries; None where its final destination cannot be told."""
    is_plain = ip.payload == ip.offset + (Ipv4Header.LEN if ip.version == 4 else Ipv6Header.LEN)
    final_at: int | None = ip.dst_at
    if not is_plain:
        final_at = _behind_source_route(view, ip) if ip.version == 4 else _behind_segments(view, ip)
    if final_at is None:
        return None
    if final_at == ip.dst_at:
        return PseudoHeader((ip.src_at, 2 * ip.address_len), protocol)
    final = view.take(final_at, ip.address_len, layer="IP")
    return PseudoHeader((ip.src_at, ip.address_len), protocol + ones_sum(final))


def _behind_source_route(view: FrameView, ip: IpLayer) -> int | None:
    """Where the last address of a source route stands; the destination where there is none, or no stop is to come."""
    at = ip.offset + Ipv4Header.LEN
    while at < ip.payload:
        kind = view.take(at, 1, layer="IPv4")[0]
        if kind == _END:
            break
        if kind == _NO_OPERATION:
            at += 1
            continue
        if at + 3 > ip.payload:
            return None
        length = view.take(at + 1, 1, layer="IPv4")[0]
        if length < 2 or at + length > ip.payload:
            return None
        if kind in _SOURCE_ROUTES:
            pointer = view.take(at + 2, 1, layer="IPv4")[0]
            if pointer > length:
                return ip.dst_at
            return at + length - ip.address_len if length % 4 == 3 and pointer >= _FIRST_POINTER else None
        at += length
    return ip.dst_at


def _behind_segments(view: FrameView, ip: IpLayer) -> int | None:
    """Where the last address of a routing header stands, or the destination where none is left to come to."""
    for at, length in _routing_headers(view, ip):
        kind, left = view.take(at + 2, 2, layer="IPv6 extension header")
        count = (length - _LIST_AT) // _ADDRESS_LEN
        if not left:
            continue
        if kind not in {_IN_TURN, _HOME_ADDRESS, _SEGMENTS} or count < 1:
            return None
        return at + _LIST_AT + (0 if kind == _SEGMENTS else (count - 1) * _ADDRESS_LEN)
    return ip.dst_at


def _routing_headers(view: FrameView, ip: IpLayer) -> Iterator[tuple[int, int]]:
    """Where each routing header begins, and its octets."""
    kind, at = view.take(ip.offset + _NEXT_HEADER_AT, 1, layer="IPv6")[0], ip.offset + Ipv6Header.LEN
    while at < ip.payload:
        following, end = behind_extension(view, kind, at)
        if kind == ROUTING:
            yield at, end - at
        kind, at = following, end
