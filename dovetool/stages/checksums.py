"""The one rule about the checksums of an overlay packet, for all who deliver it, judge it or show it.

Right is what adds up; so is none, unless its receiver wants one. A capture on the sending host shows checksums that are
still to be filled in by its network card, and outer ones that hold once those inside are: offloaded, and not wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from dovetool.errors import FrameError
from dovetool.frame.find_tunnel import read_tunnel
from dovetool.frame.ip_layer import IpLayer, frame_ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.pseudo_header import PseudoHeader, pseudo_header
from dovetool.frame.selectors import Selectors
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import FrameView
from dovetool.verdict.check import OFFLOADED, WRONG, Check, ChecksumRight, HeaderSumRight, Segment
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import Tep
from dovetool.wire.gre import PROTOCOL as GRE
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header
from dovetool.wire.overlay import Carrier
from dovetool.wire.udp import PROTOCOL as UDP
from dovetool.wire.udp import UdpHeader

_TCP = 6
_CHECKSUM_AT = {_TCP: 16, UDP: UdpHeader.CHECKSUM_AT, GRE: 4}
_GRE_CHECKSUM_FLAG = 0x80
_MOST_LEVELS = 8
_ECN = 0x03

REASONS = {OFFLOADED: Reason.CHECKSUM_OFFLOADED, WRONG: Reason.BAD_CHECKSUM}
"""What the answer of a check about a checksum is called."""


class Sum(NamedTuple):
    """A checksum of an overlay packet.

    Attributes:
        name: whose it is.
        source: the RFC section that demands it.
        check: what is asked of each frame; None where there is no checksum and there should be one.
    """

    name: str
    source: str
    check: Check | None


def outer_sums(
    view: FrameView, tunnel: Tunnel, link: Link, selectors: Selectors, receivers: Iterable[Tep | None]
) -> Iterator[Sum]:
    """The checksums around what a tunnel carries, whose link layer ends at `link`."""
    ip = tunnel.ip
    if ip is None:
        return
    if ip.version == 4:
        yield Sum("outer IPv4 header", "RFC 791 section 3.1", HeaderSumRight(ip.offset, ip.payload - ip.offset))
    carrier = tunnel.carrier
    if carrier is Carrier.UDP:
        if has_udp_checksum(view, tunnel):
            check = udp_checksum(view, tunnel, ip)
            if check is not None:
                inside = tuple(_segments(view, tunnel, link, selectors))
                yield Sum("UDP", "RFC 768; RFC 6935", replace(check, segments=inside))
        elif wants_checksum(ip, receivers):
            yield Sum("UDP", "RFC 6936 section 4; map: teps.udp_checksum", None)
    elif has_gre_checksum(view, tunnel):
        inside, start = tuple(_segments(view, tunnel, link, selectors)), tunnel.carrier_at
        check = ChecksumRight(start + _CHECKSUM_AT[GRE], start, tunnel.behind, segments=inside)
        yield Sum("GRE", "RFC 2784 section 2.3", check)


def has_udp_checksum(view: FrameView, tunnel: Tunnel) -> bool:
    """Say whether a tunnel has a UDP checksum; 0 is none (RFC 768)."""
    if tunnel.carrier is not Carrier.UDP:
        return False
    return view.one_of(tunnel.carrier_at + UdpHeader.CHECKSUM_AT, (0,)) is None


def udp_checksum(view: FrameView, tunnel: Tunnel, ip: IpLayer) -> ChecksumRight | None:
    """The UDP checksum of a tunnel that has one; None where nobody can tell whether it is right."""
    start, pseudo = tunnel.carrier_at, pseudo_header(view, ip, UDP)
    return None if pseudo is None else ChecksumRight(start + UdpHeader.CHECKSUM_AT, start, tunnel.behind, *pseudo)


def has_gre_checksum(view: FrameView, tunnel: Tunnel) -> bool:
    """Say whether a tunnel has a GRE checksum."""
    if tunnel.carrier is not Carrier.GRE:
        return False
    return bool(view.take(tunnel.carrier_at, 1, bytes((_GRE_CHECKSUM_FLAG,)), layer="GRE")[0])


def wants_checksum(ip: IpLayer, receivers: Iterable[Tep | None]) -> bool:
    """Say whether a packet without a UDP checksum is refused: on IPv6, where the map says so (RFC 6936 section 4)."""
    return ip.version == 6 and any(tep is not None and tep.udp_checksum == "full" for tep in receivers)


def _segment(view: FrameView, ip: IpLayer, protocol: int) -> Iterator[Segment]:
    """What IP carries; a pseudo-header goes before it but for GRE, which is left out where it cannot be told."""
    if ip.version == 4:
        length_at, counts_from = ip.offset + Ipv4Header.TOTAL_LENGTH_AT, ip.offset
    else:
        length_at, counts_from = ip.offset + Ipv6Header.PAYLOAD_LENGTH_AT, ip.offset + Ipv6Header.LEN
    pseudo = PseudoHeader((0, 0), 0) if protocol == GRE else pseudo_header(view, ip, protocol)
    if pseudo is not None:
        yield Segment(ip.payload + _CHECKSUM_AT[protocol], ip.payload, length_at, counts_from, *pseudo)


def _segments(view: FrameView, tunnel: Tunnel, link: Link, selectors: Selectors) -> Iterator[Segment]:
    """What is inside with a checksum of its own: TCP, UDP, or a tunnel and what that carries in its turn."""
    behind = view.behind
    with suppress(FrameError):
        for level in range(_MOST_LEVELS):
            ip = frame_ip_layer(view, link, _ECN if level == 0 else 0)
            if ip is None or ip.is_fragment or ip.protocol not in _CHECKSUM_AT:
                break
            if ip.protocol != GRE:
                yield from _segment(view, ip, ip.protocol)
            nested = read_tunnel(view, link, selectors, 0, lenient=True)
            if nested is None or not nested.can_be_frame:
                break
            if ip.protocol == GRE and has_gre_checksum(view, nested):
                yield from _segment(view, ip, ip.protocol)
            link = nested.link(view, lenient=True)
    view.behind = behind
