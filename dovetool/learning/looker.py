"""Says what one frame shows, through a `FrameView`, so that one answer serves a whole flow."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from dovetool.errors import FrameError
from dovetool.frame.selectors import Selectors
from dovetool.frame.tags import read_tags
from dovetool.frame.view import FrameView
from dovetool.learning.seen import Claim, Seen
from dovetool.observe.observation import DOVE, Level
from dovetool.observe.observe import Detail, Observe
from dovetool.wire.fields import BROADCAST, EtherType, is_group

_TTL_AT = {EtherType.IPV4: 8, EtherType.IPV6: 7}
_REPLY = 2
_ARP_SENDER = 8  # MAC address of the sender, then its IP address (RFC 826)
_UDP, _ICMPV6 = 17, 58
_BOOTPS, _BOOTREPLY = 67, 2
_YOUR_ADDRESS, _HARDWARE_ADDRESS = 8 + 16, 8 + 28  # behind the UDP header (RFC 2131 section 2)
_NEIGHBOUR = (135 << 8, 136 << 8)  # solicitation and advertisement, code 0 (RFC 4861 section 4)
_TARGET = 8


class Looked(NamedTuple):
    """What there is to be said of a frame: `seen` is None where it is in no tunnel that has a network."""

    seen: Seen | None = None
    tag_vnid: int | None = None
    """VNID of the DOVE tag of a frame that is in no tunnel."""


class Looker:
    """Looks at frames.

    Attributes:
        selectors: what marks an overlay packet.
        tpid: TPID of the DOVE tag.
    """

    def __init__(self, selectors: Selectors, tpid: int) -> None:
        self._observe = Observe(selectors, tpid, detail=Detail.UNDERLAY | Detail.MACS | Detail.IPS)
        self._tpid = tpid

    def look(self, view: FrameView) -> Looked:
        """What one frame shows; of nested tunnels the outermost, as the others are the tenants' own."""
        levels = replace(self._observe, depth=1).observe(view).levels
        outer = levels[0].overlays[-1] if levels[0].overlays else None
        if outer is None or outer.vnid is None:
            return Looked()
        if outer.encap == DOVE:
            return Looked(tag_vnid=outer.vnid)
        if len(outer.src) < 4 or len(levels) < 2 or len(outer.src) == 6:
            return Looked()
        port = 0 if outer.port_at is None else view.word(outer.port_at + 2)
        ends = outer.src, outer.dst, levels[0].src_mac, levels[0].dst_mac
        return Looked(self._inside(view, levels[1], Seen(*ends, outer.encap, port, outer.vnid)))

    def _inside(self, view: FrameView, level: Level, seen: Seen) -> Seen:
        seen = seen._replace(inner_src=level.src_mac, inner_dst=level.dst_mac)
        try:
            if level.ethertype == EtherType.ARP:
                is_answer = level.arp_operation == _REPLY and not is_group(level.dst_mac or BROADCAST)
                return seen._replace(claim=self._of_arp(view, level), is_answer=is_answer)
            if level.ethertype not in _TTL_AT or not level.src_ip:
                return seen
            ttl = view.take(level.ip_at + _TTL_AT[level.ethertype], 1)[0]
            seen = seen._replace(src_ip=level.src_ip, dst_ip=level.dst_ip, ttl=ttl)
            return seen._replace(claim=None if level.is_fragment else _of_payload(view, level))
        except FrameError:
            return seen

    def _of_arp(self, view: FrameView, level: Level) -> Claim | None:
        at = read_tags(view, level.start, self._tpid).link.offset
        sender = view.take(at + _ARP_SENDER, 10)
        return Claim(sender[:6], sender[6:]) if any(sender[6:]) else None


def _of_payload(view: FrameView, level: Level) -> Claim | None:
    """What neighbour discovery says of the sender, and a DHCP server of a client."""
    at = level.payload_at
    if level.protocol == _ICMPV6 and view.one_of(at, _NEIGHBOUR) is not None:
        kind, target = view.take(at, 1)[0], view.take(at + _TARGET, 16)
        if kind << 8 == _NEIGHBOUR[0] and any(level.src_ip):
            return Claim(level.src_mac, level.src_ip)  # it asks for another one's; else it is to be its own (RFC 4862)
        return Claim(level.src_mac, target)
    if level.protocol == _UDP and view.one_of(at, (_BOOTPS,)) is not None and view.take(at + 8, 1)[0] == _BOOTREPLY:
        ip, mac = view.take(at + _YOUR_ADDRESS, 4), view.take(at + _HARDWARE_ADDRESS, 6)
        return Claim(mac, ip) if any(ip) else None
    return None
