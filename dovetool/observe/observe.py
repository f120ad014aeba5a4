"""What a frame is, at whatever hop it was captured: its tunnels and tags, and who talks to whom inside them.

`inspect` and `stats` show it, filters choose by it, and nothing is decided by it. As a stage does, an observer reads a
frame through a `FrameView`, so that one observation serves a whole flow; what nobody asks for is not looked at, and
does not split flows.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import field
from enum import IntFlag
from typing import Any, TypeVar

from dovetool.errors import FrameError, TruncatedError
from dovetool.frame.find_tunnel import BEFORE_OVERLAY, read_tunnel
from dovetool.frame.ip_layer import WITH_PORTS, IpLayer, frame_ip_layer
from dovetool.frame.link_layer import Link, frame_start, has_macs, link_layer
from dovetool.frame.selectors import Selectors
from dovetool.frame.tags import Tags, read_tags
from dovetool.frame.tunnel import Tunnel, tunnel_ends_at
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.observe.observation import DOVE, Later, Level, Observation, Overlay, in_order
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.wire.dove_tag import DoveTag
from dovetool.wire.fields import EtherType
from dovetool.wire.overlay import SELECTORS, Carrier

_ARP_LEN, _ARP_SENDER, _ARP_TARGET = 28, 14, 24  # for IPv4 over Ethernet (RFC 826)
_ARP_SEEN = (bytes(6) + b"\xff\xff").ljust(_ARP_LEN, b"\0")  # the operation
_NOTHING = Link(0, 0)
DEFAULT_DEPTH = 8
_Part = TypeVar("_Part", Level, Overlay)


class Detail(IntFlag):
    """What is to be known about a frame besides its tunnels and their networks."""

    TUNNELS = 0
    UNDERLAY = 1  # addresses of the tunnels
    MACS = 2
    IPS = 4
    PORTS = 8
    ALL = 15


@dataclass(frozen=True, slots=True)
class Observe:
    """Says what a frame is.

    Attributes:
        selectors: what marks an overlay packet.
        tpid: TPID of the DOVE tag.
        depth: tunnels looked into at most.
        detail: what is to be known besides the tunnels and their networks.
        later: what of the rest is to be located, for `Observation.completed` to read it.
    """

    selectors: Selectors = field(default_factory=lambda: SELECTORS)
    tpid: int = EtherType.DOVE
    depth: int = DEFAULT_DEPTH
    detail: Detail = Detail.ALL
    later: Detail = Detail.TUNNELS

    def observe(self, view: FrameView) -> Observation:
        """What one frame is, from its beginning, wherever others have come; never raises for what a frame may hold."""
        view.behind = 0
        levels: list[Level] = []
        (level, tags), refused = self._outermost(view), None
        while True:
            level = self._linked(view, level, tags)
            tunnel, problem = self._tunnel(view, tags.link) if len(levels) < self.depth else (None, None)
            if tunnel is None:
                problem = Reason(tags.problem) if tags.problem else problem or refused
                return Observation((*levels, self._ending(view, level, tags.link)), problem, view.tenant)
            refused = Reason(tunnel.problem) if tunnel.problem else refused
            levels.append(self._carrying(view, level, tunnel))
            level, tags = Level(tunnel.inner, tunnel.behind), self._inner(view, tunnel)

    def _outermost(self, view: FrameView) -> tuple[Level, Tags]:
        """The link layer as captured; one that cannot be read ends at once."""
        try:
            if view.link_type == ETHERNET:
                return Level(), read_tags(view, 0, self.tpid)
            link = link_layer(view)
            if link is None:
                return Level(), Tags(_NOTHING, problem=str(Reason.NOT_ETHERNET))
            vlans = () if link.tci is None else (link.tci & 0xFFF,)
            return Level(frame_start(view) or 0), Tags(link, vlans, next(iter(vlans), 0))
        except FrameError as error:
            return Level(), Tags(_NOTHING, problem=error.reason)

    def _inner(self, view: FrameView, tunnel: Tunnel) -> Tags:
        if not tunnel.carries_frame:
            return Tags(tunnel.link(view))
        try:
            return read_tags(view, tunnel.inner, self.tpid)
        except FrameError as error:
            return Tags(Link(0, tunnel.inner), problem=error.reason)

    def _with(self, part: _Part, view: FrameView, detail: Detail, values: Iterable[Later]) -> _Part:
        """A level or an overlay header with some values, or with the places where they stand, as was asked for."""
        if detail in self.detail:
            read: dict[str, Any] = {name: view.take(at, length, layer=name) for name, at, length in values}
            return part._replace(**read, placed=in_order(*part.placed, *values))
        if detail not in self.later:
            return part
        for name, at, length in values:
            view.take(at, length, bytes(length), layer=name)  # it was captured
        return part._replace(later=(*part.later, *values))

    def _linked(self, view: FrameView, level: Level, tags: Tags) -> Level:
        """The level with its MAC addresses and tags."""
        start = level.start
        level = level._replace(
            vlans=tags.vlans,
            vlan=tags.vlan,
            ethertype=tags.link.ethertype or None,
            overlays=tuple(_tag(at, tag) for at, tag in tags.dove),
        )
        if not has_macs(view, start, tags.link.offset):
            return level
        if not (tags.problem or tags.dove):
            level = level._replace(ethertype=tags.link.ethertype)  # 0, too, is the length of an 802.3 frame
        return self._with(level, view, Detail.MACS, (Later("dst_mac", start, 6), Later("src_mac", start + 6, 6)))

    def _tunnel(self, view: FrameView, link: Link) -> tuple[Tunnel | None, Reason | None]:
        """The tunnel behind a link layer, or why it cannot be read."""
        try:
            return read_tunnel(view, link, self.selectors, 0, lenient=True), None
        except FrameError as error:
            is_cut_before = isinstance(error, TruncatedError) and error.layer in BEFORE_OVERLAY
            return None, None if is_cut_before else Reason(error.reason)

    def _carrying(self, view: FrameView, level: Level, tunnel: Tunnel) -> Level:
        """The level with the tunnel header that it has."""
        header = tunnel.header
        overlay = Overlay(
            header.encap,
            header.vnid,
            at=tunnel.inner - header.length,
            port_at=tunnel.carrier_at if tunnel.carrier is Carrier.UDP else None,
            pcp=header.pcp,
            dei=header.dei,
            extras=header.extras,
            protocol=None if tunnel.ip is None else tunnel.ip.protocol,
            ip_at=None if tunnel.ip is None else tunnel.ip.offset,
        )
        view.behind = level.behind  # the addresses belong to this level, however little the packet claims to hold
        ends = tunnel_ends_at(view, tunnel, level.start)
        if ends is not None:
            values = Later("src", ends.src, ends.length), Later("dst", ends.dst, ends.length)
            overlay = self._with(overlay, view, Detail.UNDERLAY, values)
        view.behind = tunnel.behind
        return level._replace(overlays=(*level.overlays, overlay))

    def _ending(self, view: FrameView, level: Level, link: Link) -> Level:
        """The innermost level, with what it carries."""
        asked = self.detail | self.later
        if link.ethertype == EtherType.ARP and Detail.IPS in asked:
            return self._with_arp(view, level, link)
        ip = frame_ip_layer(view, link) if asked & (Detail.IPS | Detail.PORTS) else None
        return level if ip is None else self._with_ip(view, level, ip)

    def _with_arp(self, view: FrameView, level: Level, link: Link) -> Level:
        try:
            arp = view.take(link.offset, _ARP_LEN, _ARP_SEEN, layer="ARP")
        except FrameError:
            return level
        level = level._replace(arp_operation=int.from_bytes(arp[6:8], "big"))
        ends = Later("src_ip", link.offset + _ARP_SENDER, 4), Later("dst_ip", link.offset + _ARP_TARGET, 4)
        return self._with(level, view, Detail.IPS, ends)

    def _with_ip(self, view: FrameView, level: Level, ip: IpLayer) -> Level:
        level = level._replace(
            protocol=ip.protocol,
            ip_at=ip.offset,
            payload_at=ip.payload,
            is_fragment=ip.is_fragment,
            is_later=ip.is_later,
        )
        with suppress(FrameError):  # it is cut there
            ends = Later("src_ip", ip.src_at, ip.address_len), Later("dst_ip", ip.dst_at, ip.address_len)
            level = self._with(level, view, Detail.IPS, ends)
            if ip.protocol in WITH_PORTS and not ip.is_later:
                level = self._with(level, view, Detail.PORTS, (Later("ports", ip.payload, 4),))
        return level


def _tag(at: int, tag: DoveTag) -> Overlay:
    return Overlay(DOVE, int(tag.vnid), at=at, pcp=tag.pcp, dei=tag.dei, has_pad=bool(tag.pad))
