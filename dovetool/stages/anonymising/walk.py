"""The way through a frame, from its first header to what is understood last."""

from __future__ import annotations

from dovetool.errors import MalformedError, OverlayError, TruncatedError
from dovetool.frame.find_tunnel import find_tunnel
from dovetool.frame.ip_layer import IpLayer, ip_layer
from dovetool.frame.link_layer import Link, ethernet_layer, frame_start, has_macs, link_layer
from dovetool.frame.pseudo_header import pseudo_header
from dovetool.frame.selectors import Selectors, number_of
from dovetool.frame.through import Way, look_inside
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.stages.anonymising.captured import captured
from dovetool.stages.anonymising.control import control_messages
from dovetool.stages.anonymising.places import Others, Places, Sum, ip_changes
from dovetool.verdict.check import ChecksumRight
from dovetool.wire.checksum import ones_sum
from dovetool.wire.fields import EtherType
from dovetool.wire.overlay import Carrier

_MAC_LEN = 6
_ICMP, _TCP, _UDP, _GRE, _ICMPV6, _SCTP = 1, 6, 17, 47, 58, 132
_ROUTING_HEADER = 43
_MOST_LEVELS = 16
_TELLTALES = (53, 67, 68, 137, 138, 546, 547, 1900, 2123, 2152, 5353, 5355)
"""Ports of protocols that are about addresses and names: DNS, DHCP, NetBIOS, SSDP, GTP, mDNS, LLMNR."""
_NOP = b"\x01"


def places_of(view: FrameView, others: Others, selectors: Selectors, tpid: int, *, cuts: bool) -> Places:
    """What is to change in a frame.

    Args:
        view: the frame.
        others: gives the other addresses.
        selectors: what marks an overlay packet.
        tpid: TPID of the DOVE tag.
        cuts: what transport protocols and pings carry goes, too.

    Raises:
        FrameError: the frame ends in a header, or holds addresses in a place that is not understood.
    """
    walk = _Walk(view, others, selectors, tpid, cuts=cuts)
    link = link_layer(view) if view.link_type != ETHERNET else ethernet_layer(view, 0, tpid, lenient=True)
    if link is None:
        raise MalformedError("link layer", 0, "of this type is not read")
    if view.link_type != ETHERNET:
        captured(walk.places, view, others)
    walk.level(link, frame_start(view) or 0)
    return walk.places


class _Walk:
    """One frame's."""

    def __init__(self, view: FrameView, others: Others, selectors: Selectors, tpid: int, *, cuts: bool) -> None:
        self.places = Places()
        self._view, self._others, self._selectors, self._tpid, self._cuts = view, others, selectors, tpid, cuts

    def _take(self, at: int, length: int) -> bytes:
        return self._view.take(at, length, layer="address")

    def macs(self, at: tuple[int, ...], group_ip: bytes = b"") -> None:
        """MAC addresses change."""
        for place in at:
            old = self._take(place, _MAC_LEN)
            new = self._others.group_mac(old, group_ip) if group_ip and old[0] & 1 else self._others.mac(old)
            self.places.change(place, old, new)

    def level(self, link: Link, start: int) -> None:
        """A frame or packet, and those in it."""
        for _ in range(_MOST_LEVELS):
            tunnel = self._tunnel(link)
            ip = tunnel.ip if tunnel is not None else ip_layer(self._view, link)
            outer = tunnel.passages[0].ip if tunnel is not None and tunnel.passages else ip
            if has_macs(self._view, start, link.offset) or (start and self._has_frame):
                self.macs((start, start + _MAC_LEN), self._take(outer.dst_at, outer.address_len) if outer else b"")
            self._pseudowires(link)
            if tunnel is None:
                self._end(link, ip)
                return
            self._around(tunnel)
            start, self._has_frame = tunnel.inner, tunnel.carries_frame
            link = tunnel.link(self._view, self._tpid, lenient=True)
        self.places.cut_at(start)

    _has_frame = _is_unread = False

    def _pseudowires(self, link: Link) -> None:
        """MAC addresses of the frames that are looked through."""
        for start in link.frames:
            self.macs((start, start + _MAC_LEN))

    def _tunnel(self, link: Link) -> Tunnel | None:
        try:
            return find_tunnel(self._view, link, self._selectors, 0)
        except (TruncatedError, OverlayError):
            self._is_unread = True
            return None

    def _around(self, tunnel: Tunnel) -> None:
        """The IP headers of a tunnel, and the checksums of what it is carried in."""
        for passage in tunnel.passages:
            self._carried(passage.ip, self._ip(passage.ip))
        if tunnel.ip is None:
            return
        grown = self._ip(tunnel.ip)
        if tunnel.carrier in (Carrier.UDP, Carrier.TCP, Carrier.GRE):
            self._carried(tunnel.ip, grown)

    def _ip(self, ip: IpLayer) -> int:
        """Its addresses, and options, which may hold some; returns the growth of a pseudo-header."""
        grown = 0
        if ip.version == 4 and ip.payload > ip.offset + 20:
            old = self._take(ip.offset + 20, ip.payload - ip.offset - 20)
            self.places.change(ip.offset + 20, old, _NOP * len(old))
            grown = self._without_route(ip)
        if ip.version == 6 and self._take(ip.offset + 6, 1)[0] == _ROUTING_HEADER:
            raise MalformedError("IPv6", ip.offset, "has a routing header, whose addresses are not read")
        return grown + ip_changes(self.places, ip, self._take, self._others.ip)

    def _without_route(self, ip: IpLayer) -> int:
        """The growth of a pseudo-header that had the end of a source route, and has the destination of the header."""
        pseudo = pseudo_header(self._view, ip, 0)
        if pseudo is None:
            raise MalformedError("IPv4", ip.offset, "has a source route that is not read")
        is_elsewhere = pseudo.addresses[1] == ip.address_len
        return ones_sum(self._take(ip.dst_at, ip.address_len)) - pseudo.number if is_elsewhere else 0

    def _carried(self, ip: IpLayer, grown: int) -> None:
        """The checksum of what an IP header carries."""
        at = ip.payload
        if ip.protocol == _UDP:
            if self._view.one_of(at + 6, (0,), layer="UDP") is None:
                self.places.has(Sum(at + 6, at, beyond=grown, is_udp=True, check=self._check(ip, 6)))
        elif ip.protocol == _TCP:
            self._view.reach(at + 16, 2, layer="TCP")
            self.places.has(Sum(at + 16, at, beyond=grown, check=self._check(ip, 16)))
        elif ip.protocol == _GRE and self._view.take(at, 1, b"\x80", layer="GRE") != b"\0":
            self._view.reach(at + 4, 2, layer="GRE")
            self.places.has(Sum(at + 4, at))

    def _check(self, ip: IpLayer, checksum_at: int) -> ChecksumRight | None:
        """The question about a checksum with a pseudo-header; None where that cannot be told."""
        pseudo = None if ip.is_fragment else pseudo_header(self._view, ip, ip.protocol)
        if pseudo is None:
            return None
        behind = ip.octets_behind(self._view)
        behind = self._view.behind if behind is None else behind
        return ChecksumRight(ip.payload + checksum_at, ip.payload, behind, *pseudo)

    def _end(self, link: Link, ip: IpLayer | None) -> None:
        """What is carried in no further tunnel that has a network; packets in packets are gone through."""
        if ip is None:
            if link.ethertype == EtherType.ARP:
                self._arp(link.offset)
            else:
                self.places.cut_at(link.offset)
            return
        for _ in range(_MOST_LEVELS):
            grown = self._ip(ip)
            inside = (
                None
                if ip.is_fragment
                else look_inside(self._view, Way(link), ip, number_of(self._view, ip, self._selectors))
            )
            inner = None if inside is None else ip_layer(self._view, inside.link)
            if inside is None or inner is None:
                break
            self._carried(ip, grown)
            self._pseudowires(inside.link)
            ip = inner
        self._transport(ip, grown)

    def _transport(self, ip: IpLayer, grown: int) -> None:
        at = ip.payload
        if ip.is_later:
            self.places.cut_at(at)
            return
        try:
            self._carried(ip, grown)
        except TruncatedError:
            return
        if ip.protocol in (_ICMP, _ICMPV6):
            control_messages(self.places, self._view, ip, grown, self._others, cuts=self._cuts)
        elif ip.protocol == _UDP:
            ports = [self._view.one_of(place, _TELLTALES, layer="UDP") for place in (at, at + 2)]
            if self._cuts or self._is_unread or ip.is_fragment or any(port is not None for port in ports):
                self.places.cut_at(at + 8)
        elif ip.protocol == _TCP:
            if self._cuts or ip.is_fragment or self._is_telltale(at):
                self.places.cut_at(at + (self._view.take(at + 12, 1, b"\xf0", layer="TCP")[0] >> 2))
        else:
            self.places.cut_at(at + (12 if ip.protocol == _SCTP else 4))

    def _is_telltale(self, at: int) -> bool:
        return any(self._view.one_of(place, _TELLTALES, layer="TCP") is not None for place in (at, at + 2))

    def _arp(self, at: int) -> None:
        """Hardware addresses of Ethernet and protocol addresses of IPv4; another kind does not stay."""
        if self._take(at, 6) != bytes.fromhex("000108000604"):
            self.places.cut_at(at)
            return
        for mac, ip in ((at + 8, at + 14), (at + 18, at + 24)):
            self.macs((mac,))
            old = self._take(ip, 4)
            self.places.change(ip, old, self._others.ip(old))
        self.places.cut_at(at + 28)
