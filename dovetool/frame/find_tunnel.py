"""Find the overlay packet in a frame: link layer, IP with UDP, GRE or STT (or no IP at all), overlay header."""

from __future__ import annotations

from dovetool.errors import FrameError, MalformedError, OverlayError
from dovetool.frame.ip_layer import IpLayer, ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.selectors import NUMBER_LAYERS, TCP, Mark, Selectors, marked, number_of
from dovetool.frame.through import Way, look_inside, octets_behind, ways_in
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import FrameView
from dovetool.wire.ethernet import EthernetHeader
from dovetool.wire.overlay import CODECS, Carrier, Encapsulation, OverlayHeader
from dovetool.wire.plausible import is_ethernet, packet_type
from dovetool.wire.udp import UdpHeader

BEFORE_OVERLAY = frozenset({"IPv4", "IPv6", "IPv6 extension header", *NUMBER_LAYERS.values()})
"""Layers that a frame may be cut in before it shows whether it carries an overlay."""
_CRITICAL = "critical-option"
_MOST_IN_FRAGMENT = 4


def find_tunnel(view: FrameView, link: Link, selectors: Selectors, tos_mask: int) -> Tunnel | None:
    """The overlay packet behind a link layer; None when the frame carries none, or only a piece of one.

    From then on the view ends where the inner frame ends: a trailer of the outer frame is no part of it.

    Raises:
        OverlayError: the selector is an overlay's, and what follows is not its header.
        MalformedError: the overlay header is there, but the lengths of the headers contradict each other.
        TruncatedError: capturing cut the frame before its end could be told.
    """
    tunnel = read_tunnel(view, link, selectors, tos_mask)
    return None if tunnel is None else _ending(view, tunnel)


def read_tunnel(
    view: FrameView, link: Link, selectors: Selectors, tos_mask: int, *, lenient: bool = False
) -> Tunnel | None:
    """As `find_tunnel`, whether or not there is anything behind the overlay header.

    With `lenient`, lengths that contradict each other are not asked, and the view ends as far behind as it may. The
    tunnel says so, and whether a receiver must drop it for an option that is not known.
    """
    behind = view.behind
    try:
        for way in ways_in(view, link, selectors, tos_mask):
            tunnel = _tunnel_at(view, way, selectors, tos_mask, lenient=lenient)
            if tunnel is not None:
                return tunnel
    except FrameError:
        view.behind = behind
        raise
    view.behind = behind
    return None


def _tunnel_at(view: FrameView, way: Way, selectors: Selectors, tos_mask: int, *, lenient: bool) -> Tunnel | None:
    """The overlay packet right behind a link layer."""
    link = way.link
    name = selectors.get((Carrier.LINK, link.ethertype))
    if name is not None:
        header = _read(view, CODECS[name, Carrier.LINK], link.offset)
        if header is None:
            return None
        tunnel = Tunnel(None, Carrier.LINK, link.offset, header, link.offset + header.length, view.behind)
        return _bounding(view, tunnel._replace(passages=way.passages))
    ip = ip_layer(view, link, tos_mask)
    mark = None if ip is None or ip.is_fragment else marked(view, ip, selectors)
    if ip is None or mark is None:
        return None
    return _guessed(view, way, ip, mark) if mark.is_guess else _carried(view, way, ip, mark, lenient=lenient)


def _carried(view: FrameView, way: Way, ip: IpLayer, mark: Mark, *, lenient: bool) -> Tunnel | None:
    """The overlay packet that an IP packet is marked as."""
    carrier = mark.carrier
    if carrier is Carrier.TCP and not is_whole_segment(view, ip):
        return None
    header_at = _header_at(ip, mark)
    header = _read(view, mark.codec, header_at)
    if header is None:
        return None
    problem = _CRITICAL if lenient and header.critical else ""
    inner = header_at + header.length
    tunnel = Tunnel(ip, carrier, ip.payload, header, inner, view.behind, problem, way.link.lengths, way.passages)
    try:
        behind = octets_behind(view, ip)
        behind = _behind_datagram(view, ip, behind) if carrier is Carrier.UDP else behind
    except MalformedError as error:
        if not lenient:
            raise
        return _bounding(view, tunnel._replace(problem=problem or error.reason))
    return _bounding(view, tunnel._replace(behind=behind))


def _guessed(view: FrameView, way: Way, ip: IpLayer, mark: Mark) -> Tunnel | None:
    """The overlay packet that only the source port speaks for, where all else does too."""
    behind = view.behind
    try:
        tunnel = _carried(view, way, ip, mark, lenient=False)
        if tunnel is not None and _is_sound(view, tunnel):
            return tunnel._replace(is_guess=True)
    except FrameError:
        pass
    view.behind = behind
    return None


def _is_sound(view: FrameView, tunnel: Tunnel) -> bool:
    """Say whether an overlay header is as a sender writes it, and something plausible follows."""
    at = tunnel.inner - tunnel.header.length
    reserved = tunnel.codec.reserved_bits(view, at)
    if reserved is None or any(view.take(at, len(reserved.mask), reserved.mask)):
        return False
    if tunnel.carries_frame:
        return is_ethernet(view, tunnel.inner)
    return packet_type(view, tunnel.inner) == tunnel.header.payload


def _header_at(ip: IpLayer, mark: Mark) -> int:
    """Where the overlay header begins that a packet is marked by."""
    return ip.payload + (UdpHeader.LEN if mark.carrier is Carrier.UDP else 0)


def begins_overlay(view: FrameView, ip: IpLayer, selectors: Selectors) -> bool:
    """Say whether the first fragment of a packet begins with an overlay header, in tunnels of bare packets too."""
    way = Way(Link(0, ip.offset))
    for _ in range(_MOST_IN_FRAGMENT):
        try:
            mark = marked(view, ip, selectors)
            is_sure = mark is not None and not mark.is_guess and mark.carrier is not Carrier.TCP
            if mark is not None and is_sure and _read(view, mark.codec, _header_at(ip, mark)) is not None:
                return True
            found = look_inside(view, way, ip, number_of(view, ip, selectors))
            inside = None if found is None else ip_layer(view, found.link)
        except FrameError:
            return False
        if found is None or inside is None or inside.is_later:
            return False
        way, ip = found, inside
    return False


def is_segment(view: FrameView, ip: IpLayer, selectors: Selectors) -> bool:
    """Say whether a packet is a segment of an encapsulation that looks like TCP."""
    return ip.protocol == TCP and marked(view, ip, selectors) is not None


def is_whole_segment(view: FrameView, ip: IpLayer) -> bool:
    """Say whether a TCP-like segment has all of its frame: it begins at 0, and is as long as the frame.

    Source: draft-davie-stt-08 section 3.3: length and offset stand in the place of the sequence number.
    """
    if view.one_of(ip.payload + 6, (0,), layer="STT") is None:
        return False
    beyond = view.octets_behind(ip.payload + 4, ip.payload + 20, layer="STT")
    return beyond is not None and beyond == octets_behind(view, ip)


def _read(view: FrameView, codec: Encapsulation, offset: int) -> OverlayHeader | None:
    try:
        return codec.read(view, offset)
    except MalformedError as error:
        raise OverlayError(error.layer, error.offset, str(error)) from error


def _bounding(view: FrameView, tunnel: Tunnel) -> Tunnel:
    """The tunnel, with the view ending where what it carries ends."""
    view.behind = tunnel.behind
    return tunnel


def _ending(view: FrameView, tunnel: Tunnel) -> Tunnel:
    """The tunnel, with at least a whole Ethernet header in it, or an octet of a bare packet."""
    length, layer = (EthernetHeader.LEN, "inner Ethernet") if tunnel.carries_frame else (1, "inner packet")
    view.take(tunnel.inner, length, bytes(length), layer=layer)
    return tunnel


def _behind_datagram(view: FrameView, ip: IpLayer, behind_packet: int) -> int:
    behind = view.octets_behind(ip.payload + UdpHeader.LENGTH_AT, ip.payload, layer="UDP")
    if behind is None:
        return behind_packet
    if behind < behind_packet:
        raise MalformedError(
            "UDP", ip.payload, f"the datagram is {behind_packet - behind} octets longer than its packet"
        )
    return behind
