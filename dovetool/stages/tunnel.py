"""Find the overlay packet in a frame: link layer, IP, UDP, overlay header, inner Ethernet frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dovetool.errors import FrameError, MalformedError, OverlayError
from dovetool.stages.layers import IpLayer, Link, ip_layer
from dovetool.stages.view import FrameView
from dovetool.wire.ethernet import EthernetHeader
from dovetool.wire.overlay import ENCAPSULATIONS, OverlayHeader
from dovetool.wire.udp import PROTOCOL, UdpHeader

Ports = Mapping[int, str]
"""UDP destination port -> name of the encapsulation."""


@dataclass(frozen=True, slots=True)
class Tunnel:
    """An overlay packet.

    Attributes:
        ip: the outer IP header.
        header: the overlay header.
        inner: where the inner frame begins.
        behind: octets of the outer frame that lie behind the inner one (padding, a trailer).
    """

    ip: IpLayer
    header: OverlayHeader
    inner: int
    behind: int


def find_tunnel(view: FrameView, link: Link, ports: Ports, tos_mask: int) -> Tunnel | None:
    """The overlay packet behind a link layer; None when the frame carries none, or only a fragment of one.

    From then on the view ends where the inner frame ends: a trailer of the outer frame is no part of it.

    Raises:
        OverlayError: the UDP port is an overlay's, and what follows is not its header.
        MalformedError: the overlay header is there, but the lengths of the headers contradict each other.
        TruncatedError: capturing cut the frame before its end could be told.
    """
    ip = ip_layer(view, link, tos_mask)
    if ip is None or ip.protocol != PROTOCOL or ip.is_fragment:
        return None
    try:
        encap = ports.get(view.word(ip.payload + 2, layer="UDP"))
    except MalformedError:
        return None
    if encap is None:
        return None
    overlay_at = ip.payload + UdpHeader.LEN
    try:
        header = ENCAPSULATIONS[encap].read(view, overlay_at)
    except MalformedError as error:
        raise OverlayError(error.layer, error.offset, str(error)) from error
    inner = overlay_at + header.length
    behind = view.behind = _octets_behind_datagram(view, ip)
    view.take(inner, EthernetHeader.LEN, bytes(EthernetHeader.LEN), layer="inner Ethernet")
    return Tunnel(ip, header, inner, behind)


def _octets_behind_datagram(view: FrameView, ip: IpLayer) -> int:
    """Octets of the frame behind the UDP datagram. A length of 0 (a big frame of Linux) means: up to the end.

    A packet may not reach beyond what it is carried in, which for a tunnel in a tunnel is the outer one's datagram.
    """
    behind_packet = ip.octets_behind(view)
    if behind_packet is None:
        behind_packet = view.behind
    if behind_packet < view.behind:
        excess = view.behind - behind_packet
        raise MalformedError("IP", ip.offset, f"the packet is {excess} octets longer than the frame")
    behind = view.octets_behind(ip.payload + UdpHeader.LENGTH_AT, ip.payload, layer="UDP")
    if behind is None:
        return behind_packet
    if behind < behind_packet:
        raise MalformedError(
            "UDP", ip.payload, f"the datagram is {behind_packet - behind} octets longer than its packet"
        )
    return behind


def frame_ip_layer(view: FrameView, link: Link, tos_mask: int = 0) -> IpLayer | None:
    """The IP header of a tenant's frame, as far as it can be read; None where the frame has none or it is cut."""
    try:
        return ip_layer(view, link, tos_mask)
    except FrameError:
        return None
