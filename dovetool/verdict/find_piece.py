"""Find a piece of an overlay packet: an outer IP fragment, or a segment of STT."""

from __future__ import annotations

from dataclasses import replace

from dovetool.errors import FrameError
from dovetool.frame.find_tunnel import begins_overlay, is_segment
from dovetool.frame.ip_layer import IpLayer, frame_ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.selectors import Selectors
from dovetool.frame.through import octets_behind, ways_in
from dovetool.frame.view import FrameView
from dovetool.verdict.pieces import Piece, PieceKind
from dovetool.wire.gre import PROTOCOL as GRE
from dovetool.wire.udp import PROTOCOL

_TCP_HEADER = 20
_CARRYING = frozenset({PROTOCOL, GRE, 4, 41, 97, 115, 137})
"""IP protocols that an overlay may be in: UDP, GRE, IP in IP, EtherIP, L2TPv3, MPLS."""


def find_piece(view: FrameView, link: Link, selectors: Selectors, start: int = 0, context: int = 0) -> Piece | None:
    """The piece behind a link layer, in a frame without a whole overlay packet; None where there is none.

    Args:
        view: the frame.
        link: its link layer, or that of a frame inside it.
        selectors: what marks an overlay.
        start: where that frame begins.
        context: the network that it came in, 0 for none.
    """
    behind = view.behind
    try:
        for way in ways_in(view, link, selectors, 0):
            piece = _piece(view, way.link, selectors, start)
            if piece is not None:
                return replace(piece, context=context, lengths=way.link.lengths, told_by=way.told_by)
    except FrameError:
        return None
    finally:
        view.behind = behind
    return None


def _piece(view: FrameView, link: Link, selectors: Selectors, start: int) -> Piece | None:
    ip = frame_ip_layer(view, link)
    if ip is None:
        return None
    if ip.is_fragment:
        return _fragment(view, ip, selectors, start)
    return _segment(view, ip, start) if is_segment(view, ip, selectors) else None


def _fragment(view: FrameView, ip: IpLayer, selectors: Selectors, start: int) -> Piece | None:
    if ip.protocol not in _CARRYING:
        return None
    wanted = None if ip.is_later else begins_overlay(view, ip, selectors)
    return Piece(
        kind=PieceKind.IPV4 if ip.version == 4 else PieceKind.IPV6,
        start=start,
        ip_at=ip.offset,
        payload_at=ip.payload,
        fragment_at=ip.fragment_at or 0,
        named_at=ip.named_at,
        behind=octets_behind(view, ip),
        wanted=wanted,
    )


def _segment(view: FrameView, ip: IpLayer, start: int) -> Piece | None:
    """A segment with data; one without is none of STT, which has no handshake and no acknowledgements."""
    view.take(ip.payload, _TCP_HEADER, bytes(_TCP_HEADER), layer="STT")
    behind = octets_behind(view, ip)
    if not view.on_wire(ip.payload + _TCP_HEADER + behind + 1):
        return None
    return Piece(
        kind=PieceKind.STT,
        start=start,
        ip_at=ip.offset,
        payload_at=ip.payload + _TCP_HEADER,
        behind=behind,
        wanted=True,
    )
