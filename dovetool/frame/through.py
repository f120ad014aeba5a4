"""Tunnels of bare packets that are looked through for overlays in them: IP in IP, GRE, MPLS and GTP-U with IP in them.

They are no overlays, and stay as they are where none is in them. One that is in them has its tunnel end points in the
innermost of the IP headers around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dovetool.errors import FrameError, MalformedError
from dovetool.frame.ip_layer import IpLayer, ip_layer
from dovetool.frame.link_layer import LengthField, Link, behind_tags
from dovetool.frame.selectors import MPLS_PORT, PASSED_TYPES, Selectors, number_of
from dovetool.frame.view import FrameView
from dovetool.wire import gtp
from dovetool.wire.fields import EtherType
from dovetool.wire.gre import PROTOCOL as GRE
from dovetool.wire.gre import GreHeader
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header
from dovetool.wire.udp import PROTOCOL, UdpHeader

_IN_IP = {4: EtherType.IPV4, 41: EtherType.IPV6, 137: EtherType.MPLS}  # RFC 2003, RFC 4213 and 2473, RFC 4023
_MOST_PASSAGES = 8


class PassedTunnel(NamedTuple):
    """A tunnel that is looked through.

    Attributes:
        ip: its IP header.
        carrier_at: where the header begins that IP carries.
        end: where begins what the tunnel carries, as a rule another IP header.
        lengths: the length fields that it has.
        told_by: (offset, octets) of what tells it from others: addresses, a key, an endpoint identifier.
        has_gre_sum: its GRE header has a checksum.
    """

    ip: IpLayer
    carrier_at: int
    end: int
    lengths: tuple[LengthField, ...]
    told_by: tuple[tuple[int, int], ...]
    has_gre_sum: bool = False

    @property
    def is_udp(self) -> bool:
        """It is carried in UDP."""
        return self.ip.protocol == PROTOCOL


class Way(NamedTuple):
    """The frame itself, or what is in tunnels of bare packets in it.

    Attributes:
        link: the link layer, or what is in the innermost of them.
        passages: the tunnels around, the outermost first.
    """

    link: Link
    passages: tuple[PassedTunnel, ...] = ()

    @property
    def told_by(self) -> tuple[tuple[int, int], ...]:
        """Where stands what tells the tunnels from others."""
        return tuple(place for passage in self.passages for place in passage.told_by)


def ways_in(view: FrameView, link: Link, selectors: Selectors, tos_mask: int) -> Iterator[Way]:
    """The frame, and what is in tunnels of bare packets in it, one after the other; the view ends where each ends."""
    way = Way(link)
    yield way
    for _ in range(_MOST_PASSAGES):
        try:
            ip = ip_layer(view, way.link, tos_mask)
            if ip is None or ip.is_fragment:
                return
            found = look_inside(view, way, ip, number_of(view, ip, selectors))
            if found is None:
                return
            view.behind = octets_behind(view, ip)
        except FrameError:
            return
        way = found
        yield way


def look_inside(view: FrameView, way: Way, ip: IpLayer, number: int | None) -> Way | None:
    """What is in the tunnel of bare packets that an IP packet is, or a first fragment of it; None where it is none.

    Args:
        view: the frame.
        way: what the IP header is in.
        ip: the IP header.
        number: its UDP port or GRE type, if it is one that anybody asks for.
    """
    try:
        found = _inside(view, ip, number)
    except FrameError:
        return None
    if found is None or found[0].ethertype not in (EtherType.IPV4, EtherType.IPV6):
        return None
    link, passage = found
    lengths = (*way.link.lengths, *passage.lengths, *link.lengths)
    return Way(link._replace(lengths=lengths), (*way.passages, passage))


def octets_behind(view: FrameView, ip: IpLayer) -> int:
    """Octets of the frame behind the packet. A length of 0 (a big frame of Linux) means: up to the end.

    A packet may not reach beyond what it is carried in, which for a tunnel in a tunnel is the outer one's datagram.
    """
    behind = ip.octets_behind(view)
    if behind is None:
        return view.behind
    if behind < view.behind:
        excess = view.behind - behind
        raise MalformedError("IP", ip.offset, f"the packet is {excess} octets longer than the frame")
    return behind


def _inside(view: FrameView, ip: IpLayer, number: int | None) -> tuple[Link, PassedTunnel] | None:
    at = ip.payload
    lengths: tuple[LengthField, ...] = (length_field(ip),)
    has_sum = False
    told_by: tuple[tuple[int, int], ...] = ((ip.src_at, 2 * ip.address_len),)
    if ip.protocol in _IN_IP:
        link = Link(_IN_IP[ip.protocol], at)
    elif ip.protocol == GRE and number in PASSED_TYPES:
        header = GreHeader.read(view, at, with_key=False)
        link, has_sum = Link(header.protocol, at + header.length), header.checksum is not None
        if header.key is not None:
            told_by = (*told_by, (at + header.key_at, 4))
    elif ip.protocol == PROTOCOL and number == MPLS_PORT:
        link, lengths = Link(EtherType.MPLS, at + UdpHeader.LEN), (*lengths, _udp_length(at))
    elif ip.protocol == PROTOCOL and number == gtp.PORT:
        gtp_at = at + UdpHeader.LEN
        packet = gtp.read_packet(view, gtp_at)
        if packet is None:
            return None
        lengths = (*lengths, _udp_length(at), LengthField(gtp_at + gtp.LENGTH_AT, gtp_at + gtp.LENGTH_BASE))
        link, told_by = Link(*packet), (*told_by, (gtp_at + gtp.TEID_AT, 4))
    else:
        return None
    link = behind_tags(view, link, lenient=True)
    return link, PassedTunnel(ip, at, link.offset, lengths, told_by, has_sum)


def _udp_length(at: int) -> LengthField:
    return LengthField(at + UdpHeader.LENGTH_AT, at)


def length_field(ip: IpLayer) -> LengthField:
    """The length field of an IP header."""
    if ip.version == 4:
        sum_at = ip.offset + Ipv4Header.CHECKSUM_AT
        return LengthField(ip.offset + Ipv4Header.TOTAL_LENGTH_AT, ip.offset, sum_at)
    return LengthField(ip.offset + Ipv6Header.PAYLOAD_LENGTH_AT, ip.offset + Ipv6Header.LEN)
