"""The headers of a frame by name, outermost first, for looking at: where each stands and what it says."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from dovetool.errors import FrameError
from dovetool.stages.layers import IpLayer, Link, ethernet_layer, ip_layer, link_layer
from dovetool.stages.tunnel import Selectors, Tunnel, find_tunnel
from dovetool.stages.view import ETHERNET, FrameView
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import VLAN_TPIDS, EtherType
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier

_DEEPEST = 8
_ICMP, _TCP, _UDP, _ICMPV6, _SCTP = 1, 6, 17, 58, 132
_PROTOCOLS = {_ICMP: "ICMP", _TCP: "TCP", _UDP: "UDP", _ICMPV6: "ICMPv6", _SCTP: "SCTP"}
_WITH_PORTS = {_TCP: 20, _UDP: 8, _SCTP: 12}
_ECHO = {(_ICMP, 8): "request", (_ICMP, 0): "reply", (_ICMPV6, 128): "request", (_ICMPV6, 129): "reply"}
_ARP, _ARP_LEN = 0x0806, 28
_ETHERTYPES = {EtherType.IPV4: "IPv4", EtherType.IPV6: "IPv6", _ARP: "ARP"}


@dataclass(frozen=True, slots=True)
class Span:
    """A header.

    Attributes:
        offset: where it begins.
        length: octets of it.
        label: what it is, a word or two.
        detail: what it says; empty where that is not told.
    """

    offset: int
    length: int
    label: str
    detail: str = ""

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.offset + self.length


def spans_of(view: FrameView, selectors: Selectors, tpid: int) -> list[Span]:
    """The headers of a frame, as far as they can be read; what follows them is one more span, the payload."""
    spans: list[Span] = []
    try:
        for span in _headers(view, selectors, tpid):
            spans.append(span)  # noqa: PERF402  (what was found before an error is kept)
    except FrameError:
        pass
    end = spans[-1].end if spans else 0
    have = len(view.octets)
    return [*spans, Span(end, have - end, "payload")] if end < have else spans


def _headers(view: FrameView, selectors: Selectors, tpid: int) -> Iterator[Span]:
    start = 0
    link = ethernet_layer(view, 0, tpid) if view.link_type == ETHERNET else link_layer(view)
    for _ in range(_DEEPEST):
        if link is None:
            return
        if start or view.link_type == ETHERNET:
            yield from _ethernet(view, start, link)
        elif link.offset:
            yield Span(0, link.offset, "link")
        tunnel = find_tunnel(view, link, selectors, 0xFF)
        if tunnel is None:
            yield from _packet(view, link)
            return
        yield from _tunnel(view, tunnel)
        if not tunnel.carries_frame:
            yield from _packet(view, tunnel.link(view))
            return
        start, link = tunnel.inner, tunnel.link(view, tpid)


def _ethernet(view: FrameView, start: int, link: Link) -> Iterator[Span]:
    macs = view.take(start, TAG_OFFSET)
    at = start + TAG_OFFSET
    yield Span(start, TAG_OFFSET, "Ethernet", f"{macs[6:].hex(':')} > {macs[:6].hex(':')}")
    if link.tag is not None:
        yield Span(at, DoveTag.LEN, "DOVE tag", tag_text(link.tag))
        at += DoveTag.LEN
    while at + 2 < link.offset and view.word(at) in VLAN_TPIDS:
        tci = view.word(at + 2)
        yield Span(at, 4, "802.1Q", f"VLAN {tci & 0xFFF}, priority {tci >> 13}")
        at += 4
    yield Span(at, link.offset - at, "EtherType", _ETHERTYPES.get(link.ethertype, f"0x{link.ethertype:04x}"))


def tag_text(tag: DoveTag) -> str:
    """What a tag says."""
    dei = ", drop eligible" if tag.dei else ""
    return f"VNID {tag.vnid}, priority {tag.pcp}{dei}" + (f", pad bits {tag.pad}" if tag.pad else "")


def _tunnel(view: FrameView, tunnel: Tunnel) -> Iterator[Span]:
    header_at = tunnel.inner - tunnel.header.length
    if tunnel.ip is not None:
        yield _ip(view, tunnel.ip)
        if ENCAPSULATIONS[tunnel.header.encap].carrier is Carrier.UDP:
            yield Span(tunnel.carrier_at, header_at - tunnel.carrier_at, "UDP", _ports(view, tunnel.carrier_at))
    vnid = f"VNID {tunnel.header.vnid}" if tunnel.header.vnid is not None else ""
    yield Span(header_at, tunnel.header.length, tunnel.header.encap.upper(), vnid)


def _packet(view: FrameView, link: Link) -> Iterator[Span]:
    if link.ethertype == _ARP:
        yield _arp(view, link.offset)
        return
    ip = ip_layer(view, link, 0xFF)
    if ip is None:
        return
    yield _ip(view, ip)
    if not ip.is_later and ip.protocol in _PROTOCOLS:
        yield _transport(view, ip)


def _ip(view: FrameView, ip: IpLayer) -> Span:
    length = ip.address_len
    source, target = (
        ipaddress.ip_address(view.take(at, length, layer=f"IPv{ip.version}")) for at in (ip.src_at, ip.dst_at)
    )
    facts = [f"{source} > {target}", *([f"DSCP {ip.tos >> 2}"] if ip.tos >> 2 else [])]
    facts += [f"ECN {ip.tos & 3}"] if ip.tos & 3 else []
    facts += ["a fragment"] if ip.is_fragment else []
    return Span(ip.offset, ip.payload - ip.offset, f"IPv{ip.version}", ", ".join(facts))


def _transport(view: FrameView, ip: IpLayer) -> Span:
    at, name = ip.payload, _PROTOCOLS[ip.protocol]
    if ip.protocol not in _WITH_PORTS:
        kind = view.take(at, 8, layer=name)[0]
        echo = _ECHO.get((ip.protocol, kind))
        return Span(at, 8, name, f"echo {echo}" if echo else f"type {kind}")
    length = _WITH_PORTS[ip.protocol]
    if ip.protocol == _TCP:
        length = max(length, view.take(at + 12, 1, layer=name)[0] >> 4 << 2)
    view.take(at, length, layer=name)
    return Span(at, length, name, _ports(view, at))


def _ports(view: FrameView, at: int) -> str:
    return f"{view.word(at)} > {view.word(at + 2)}"


def _arp(view: FrameView, at: int) -> Span:
    """ARP for IPv4 over Ethernet (RFC 826)."""
    octets = view.take(at, _ARP_LEN, layer="ARP")
    if octets[:6] != b"\0\1" + EtherType.IPV4.to_bytes(2, "big") + b"\6\4":
        return Span(at, _ARP_LEN, "ARP")
    sender, target = ipaddress.ip_address(octets[14:18]), ipaddress.ip_address(octets[24:28])
    if octets[6:8] == b"\0\1":
        return Span(at, _ARP_LEN, "ARP", f"who has {target}? asks {sender}")
    return Span(at, _ARP_LEN, "ARP", f"{sender} is at {octets[8:14].hex(':')}")
