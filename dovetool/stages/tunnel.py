"""Find the overlay packet in a frame: link layer, IP with UDP, GRE or STT (or no IP at all), overlay header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from dovetool.errors import FrameError, MalformedError, OverlayError
from dovetool.stages.layers import IpLayer, LengthField, Link, behind_tags, ethernet_layer, has_macs, ip_layer
from dovetool.stages.view import FrameView
from dovetool.wire.ethernet import EthernetHeader
from dovetool.wire.fields import FIRST_ETHERTYPE, EtherType
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier, OverlayHeader, Selector
from dovetool.wire.udp import PROTOCOL, UdpHeader

Selectors = Mapping[Selector, str]
"""Carrier and number -> name of the encapsulation."""
ALIKE = frozenset({"nvgre", "gretap"})
"""Encapsulations that share a selector, and that a header may be both of."""

_MAC_LEN = 6
_TCP, _GRE = 6, 47
CARRIERS = {PROTOCOL: Carrier.UDP, _GRE: Carrier.GRE, _TCP: Carrier.TCP}
"""Number of the IP protocol -> carrier."""
_WITH_PORTS = (Carrier.UDP, Carrier.TCP)
_NUMBER_LAYERS = {Carrier.UDP: "UDP", Carrier.GRE: "GRE type", Carrier.TCP: "TCP"}
BEFORE_OVERLAY = frozenset({"IPv4", "IPv6", "IPv6 extension header", *_NUMBER_LAYERS.values()})
"""Layers that a frame may be cut in before it shows whether it carries an overlay."""
_CRITICAL = "critical-option"


@runtime_checkable
class ByEnds(Protocol):
    """Selectors that tell encapsulations that look alike by the ends of the tunnel."""

    def between(self, src: bytes, dst: bytes, name: str) -> str:
        """The encapsulation between two underlay addresses, of those that are like the one of that name."""


class Tunnel(NamedTuple):
    """An overlay packet.

    Attributes:
        ip: the outer IP header; None on a layer-2 underlay.
        carrier_at: where the UDP, TCP or GRE header begins, or what follows the EtherType.
        header: the overlay header.
        inner: where begins what it carries.
        behind: octets of the outer frame that lie behind that (padding, a trailer).
        problem: the reason why a stage refuses it, for those who only look; empty when there is none.
        lengths: the length fields around the outer IP header.
    """

    ip: IpLayer | None
    carrier_at: int
    header: OverlayHeader
    inner: int
    behind: int
    problem: str = ""
    lengths: tuple[LengthField, ...] = ()

    @property
    def tos(self) -> int:
        """DSCP and ECN of the outer IP header, as far as the caller asked to see them."""
        return self.ip.tos if self.ip is not None else 0

    @property
    def pcp(self) -> int:
        """Priority: that of the overlay header, else the class selector of the outer DSCP."""
        return self.tos >> 5 if self.header.pcp is None else self.header.pcp

    @property
    def carries_frame(self) -> bool:
        """True for a whole Ethernet frame, False for a bare packet."""
        return self.header.payload == EtherType.TEB

    @property
    def can_be_frame(self) -> bool:
        """What it carries has an Ethernet header, or can be given one: it is of an EtherType (RFC 8926 section 3.4)."""
        return self.header.payload >= FIRST_ETHERTYPE

    def link(self, view: FrameView, tpid: int | None = None, *, lenient: bool = False) -> Link:
        """The link layer of what it carries; a bare packet has none, and begins at once. Raises as `ethernet_layer`."""
        if self.carries_frame:
            return ethernet_layer(view, self.inner, tpid, lenient=lenient)
        return behind_tags(view, Link(self.header.payload, self.inner), lenient=True)


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
    name = selectors.get((Carrier.LINK, link.ethertype))
    if name is not None:
        header = _read(view, name, link.offset)
        return _bounding(view, Tunnel(None, link.offset, header, link.offset + header.length, view.behind))
    ip = ip_layer(view, link, tos_mask)
    name = None if ip is None or ip.is_fragment else _selected(view, ip, selectors)
    if ip is None or name is None:
        return None
    codec = ENCAPSULATIONS[name]
    if codec.carrier is Carrier.TCP and not is_whole_segment(view, ip):
        return None
    header_at = ip.payload + (UdpHeader.LEN if codec.carrier is Carrier.UDP else 0)
    header = _read(view, name, header_at)
    problem = _CRITICAL if lenient and header.critical else ""
    tunnel = Tunnel(ip, ip.payload, header, header_at + header.length, view.behind, problem, link.lengths)
    try:
        behind = octets_behind(view, ip)
        behind = _behind_datagram(view, ip, behind) if codec.carrier is Carrier.UDP else behind
    except MalformedError as error:
        if not lenient:
            raise
        return _bounding(view, tunnel._replace(problem=problem or error.reason))
    return _bounding(view, tunnel._replace(behind=behind))


def _selected(view: FrameView, ip: IpLayer, selectors: Selectors) -> str | None:
    """The encapsulation that a packet's protocol and port, or type, stand for."""
    carrier = CARRIERS.get(ip.protocol)
    if carrier is None:
        return None
    alike = _WITH_PORTS if carrier in _WITH_PORTS else (carrier,)  # so that flows of TCP and of UDP are looked up alike
    numbers = tuple(sorted({number for kind, number in selectors if kind in alike}))
    if not numbers:
        return None
    try:
        number = view.one_of(ip.payload + 2, numbers, layer=_NUMBER_LAYERS[carrier])
    except MalformedError:
        return None
    if number is None:
        return None
    name = selectors.get((carrier, number))
    return selectors.between(*ip_ends(view, ip), name) if name in ALIKE and isinstance(selectors, ByEnds) else name


class EndsAt(NamedTuple):
    """Where source and destination address of a tunnel stand, and how many octets each has."""

    src: int
    dst: int
    length: int


def tunnel_ends_at(view: FrameView, tunnel: Tunnel, start: int = 0) -> EndsAt | None:
    """Where a tunnel in the frame at `start` has its addresses: those of IP, or on a layer-2 underlay of Ethernet.

    None where a layer-2 underlay has no Ethernet header: captured without it, or in a tunnel of bare packets.
    """
    ip = tunnel.ip
    if ip is not None:
        return EndsAt(ip.src_at, ip.dst_at, ip.address_len)
    return EndsAt(start + _MAC_LEN, start, _MAC_LEN) if has_macs(view, start, tunnel.carrier_at) else None


def tunnel_ends(view: FrameView, tunnel: Tunnel, start: int = 0) -> tuple[bytes, bytes]:
    """Source and destination of a tunnel, see `tunnel_ends_at`; both are empty where they were not captured."""
    at = tunnel_ends_at(view, tunnel, start)
    if at is None:
        return b"", b""
    return view.take(at.src, at.length, layer="outer"), view.take(at.dst, at.length, layer="outer")


def ip_ends(view: FrameView, ip: IpLayer) -> tuple[bytes, bytes]:
    """Source and destination address of an IP packet; raises a FrameError when the header is cut within them."""
    addresses = view.take(ip.src_at, 2 * ip.address_len, layer="IP")
    return addresses[: ip.address_len], addresses[ip.address_len :]


def begins_overlay(view: FrameView, ip: IpLayer, selectors: Selectors) -> bool:
    """Say whether the first fragment of a packet begins with an overlay header."""
    name = _selected(view, ip, selectors)
    if name is None or ENCAPSULATIONS[name].carrier is Carrier.TCP:
        return False
    try:
        _read(view, name, ip.payload + (UdpHeader.LEN if ENCAPSULATIONS[name].carrier is Carrier.UDP else 0))
    except FrameError:
        return False
    return True


def is_segment(view: FrameView, ip: IpLayer, selectors: Selectors) -> bool:
    """Say whether a packet is a segment of an encapsulation that looks like TCP."""
    return ip.protocol == _TCP and _selected(view, ip, selectors) is not None


def is_whole_segment(view: FrameView, ip: IpLayer) -> bool:
    """Say whether a TCP-like segment has all of its frame: it begins at 0, and is as long as the frame.

    Source: draft-davie-stt-08 section 3.3: length and offset stand in the place of the sequence number.
    """
    if view.one_of(ip.payload + 6, (0,), layer="STT") is None:
        return False
    beyond = view.octets_behind(ip.payload + 4, ip.payload + 20, layer="STT")
    return beyond is not None and beyond == octets_behind(view, ip)


def _read(view: FrameView, name: str, offset: int) -> OverlayHeader:
    try:
        return ENCAPSULATIONS[name].read(view, offset)
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


def _behind_datagram(view: FrameView, ip: IpLayer, behind_packet: int) -> int:
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
