"""Packets between tunnel end points that look like no overlay, and are one: fragments, and those for a wrong port."""

from __future__ import annotations

from dovetool.audit.underlay import wrong_port
from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.wording import way_text
from dovetool.errors import FrameError
from dovetool.frame.ip_layer import IpLayer, frame_ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.selectors import Selectors, ip_ends
from dovetool.frame.view import FrameView
from dovetool.verdict.find_piece import find_piece
from dovetool.verdict.pieces import PieceKind
from dovetool.vnid_map import Tep, VnidMap
from dovetool.vnid_map.tunnel_ends import pair_between
from dovetool.wire.fields import EtherType
from dovetool.wire.overlay import ENCAPSULATIONS
from dovetool.wire.udp import PROTOCOL, UdpHeader

_BEGINNINGS = {  # of a header without flags and options: the words before the VNI
    "vxlan": (0x0800, 0),
    "geneve": (0, EtherType.TEB),
}


def loose_packet(view: FrameView, link: Link, vnid_map: VnidMap, selectors: Selectors) -> tuple[Finding, ...] | None:
    """What is wrong with a packet, without a tunnel that could be read, between tunnel end points of a map.

    None for one that is none of an overlay's.
    """
    ip = frame_ip_layer(view, link)
    if ip is None or not (ip.is_fragment or ip.protocol == PROTOCOL):
        return None
    try:
        src, dst = ip_ends(view, ip)
        sender, receiver = pair_between(vnid_map, src, dst)
        if sender is None or (receiver is None and not vnid_map.group_networks(dst)):
            return None
        if ip.is_fragment:
            return _fragment(view, link, sender, receiver, selectors)
        return None if receiver is None else _elsewhere(view, ip, receiver, vnid_map)
    except FrameError:
        return None


def _fragment(
    view: FrameView, link: Link, sender: Tep, receiver: Tep | None, selectors: Selectors
) -> tuple[Finding, ...] | None:
    piece = find_piece(view, link, selectors)
    if piece is None or piece.kind is PieceKind.STT or piece.wanted is False:
        return None
    if sender.on_mtu == "fragment":
        return ()
    which = "first" if piece.wanted else "later"
    text = f"a {which} fragment{way_text(sender, receiver)}; expected whole packets (on_mtu: {sender.on_mtu})"
    return (Finding(Kind.OUTER_FRAGMENT, text),)


def _elsewhere(view: FrameView, ip: IpLayer, receiver: Tep, vnid_map: VnidMap) -> tuple[Finding, ...] | None:
    """An overlay header of a network of the map behind a UDP port that marks none."""
    at = ip.payload + UdpHeader.LEN
    for name, words in _BEGINNINGS.items():
        if any(view.one_of(at + 2 * place, (word,)) is None for place, word in enumerate(words)):
            continue
        vni = int.from_bytes(view.take(at + 4, 3, layer=name), "big")
        if vnid_map.network(vni) is not None and name in receiver.encaps:
            port = view.word(ip.payload + 2, layer="UDP")
            return (wrong_port(name, port, receiver, receiver.ports.get(name, ENCAPSULATIONS[name].numbers[0])),)
    return None
