"""An overlay packet that was found in a frame, and the two ends of its tunnel."""

from __future__ import annotations

from typing import NamedTuple

from dovetool.frame.ip_layer import IpLayer
from dovetool.frame.link_layer import LengthField, Link, behind_tags, ethernet_layer, has_macs
from dovetool.frame.through import PassedTunnel
from dovetool.frame.view import FrameView
from dovetool.wire.ecn import decapsulated
from dovetool.wire.fields import FIRST_ETHERTYPE, EtherType
from dovetool.wire.overlay import CODECS, Carrier, Encapsulation, OverlayHeader

_MAC_LEN = 6
_ECN = 0x03


class Tunnel(NamedTuple):
    """An overlay packet.

    Attributes:
        ip: the outer IP header; None on a layer-2 underlay.
        carrier: what the overlay header is carried in.
        carrier_at: where the UDP, TCP or GRE header begins, or what follows the EtherType or IP.
        header: the overlay header.
        inner: where begins what it carries.
        behind: octets of the outer frame that lie behind that (padding, a trailer).
        problem: the reason why a stage refuses it, for those who only look; empty when there is none.
        lengths: the length fields around the outer IP header.
        passages: the tunnels of bare packets around that, the outermost first.
        is_guess: only its source port marks it, so that no receiver would know it.
    """

    ip: IpLayer | None
    carrier: Carrier
    carrier_at: int
    header: OverlayHeader
    inner: int
    behind: int
    problem: str = ""
    lengths: tuple[LengthField, ...] = ()
    passages: tuple[PassedTunnel, ...] = ()
    is_guess: bool = False

    @property
    def codec(self) -> Encapsulation:
        """What reads the overlay header."""
        return CODECS[self.header.encap, self.carrier]

    def ecn(self, around: int | None = None) -> int | None:
        """The ECN field that the IP headers of the tunnel come to; None: a receiver drops the packet (RFC 6040).

        Args:
            around: that of the tunnels around this one; None without.
        """
        for ip in (*(passage.ip for passage in self.passages), *((self.ip,) if self.ip is not None else ())):
            found = ip.tos & _ECN if around is None else decapsulated(around, ip.tos & _ECN)
            if found is None:
                return None
            around = found
        return around or 0

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

    def has_ends(self, link: Link) -> bool:
        """What it carries, whose link layer this is, names sender and receiver: by Ethernet, IP or ARP."""
        return self.carries_frame or link.ethertype in (EtherType.IPV4, EtherType.IPV6, EtherType.ARP)

    def link(self, view: FrameView, tpid: int | None = None, *, lenient: bool = False) -> Link:
        """The link layer of what it carries; a bare packet has none, and begins at once. Raises as `ethernet_layer`."""
        if self.carries_frame:
            return ethernet_layer(view, self.inner, tpid, lenient=lenient)
        return behind_tags(view, Link(self.header.payload, self.inner), lenient=True)


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
