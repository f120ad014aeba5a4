"""What a frame is, at whatever hop it was captured: its tunnels and tags, and who talks to whom inside them.

`inspect` and `stats` show it, filters choose by it, and nothing is decided by it. As a stage does, an observer reads a
frame through a `FrameView`, so that one observation serves a whole flow; what nobody asks for is not looked at, and
does not split flows.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntFlag

from dovetool.errors import FrameError, TruncatedError
from dovetool.stages.layers import WITH_PORTS, IpLayer, Link, link_layer
from dovetool.stages.observation import DOVE, Level, Observation, Overlay
from dovetool.stages.tags import Tags, read_tags
from dovetool.stages.tunnel import BEFORE_OVERLAY, Selectors, Tunnel, frame_ip_layer, ip_ends, read_tunnel, tunnel_ends
from dovetool.stages.verdict import Reason
from dovetool.stages.view import ETHERNET, FrameView
from dovetool.wire.dove_tag import DoveTag
from dovetool.wire.ethernet import EthernetHeader
from dovetool.wire.fields import EtherType
from dovetool.wire.overlay import ENCAPSULATIONS, SELECTORS, Carrier

_ARP_LEN, _ARP_SENDER, _ARP_TARGET = 28, 14, 24  # for IPv4 over Ethernet (RFC 826)
_ARP_SEEN = bytes(6) + b"\xff\xff" + bytes(6) + b"\xff" * 4 + bytes(6) + b"\xff" * 4  # operation and addresses
_UNREAD = bytes(4)
_NOTHING = Link(0, 0)
DEFAULT_DEPTH = 8


class Detail(IntFlag):
    """What is to be known about a frame besides its tunnels and their networks."""

    TUNNELS = 0
    UNDERLAY = 1  # addresses of the tunnels
    MACS = 2
    IPS = 4
    PORTS = 8
    ALL = 15
    PORTS_AT = 16  # not the ports, but where they are, so that they do not split flows


@dataclass(frozen=True, slots=True)
class Observe:
    """Says what a frame is.

    Attributes:
        ports: what marks an overlay packet.
        tpid: TPID of the DOVE tag.
        depth: tunnels looked into at most.
        detail: what is to be known besides the tunnels and their networks.
    """

    ports: Selectors = field(default_factory=lambda: SELECTORS)
    tpid: int = EtherType.DOVE
    depth: int = DEFAULT_DEPTH
    detail: Detail = Detail.ALL

    def observe(self, view: FrameView) -> Observation:
        """What one frame is, from its beginning, wherever others have come; never raises for what a frame may hold."""
        view.behind = 0
        levels: list[Level] = []
        level, tags, refused = Level(), self._outermost(view), None
        while True:
            level = self._linked(view, level, tags)
            tunnel, problem = self._tunnel(view, tags.link) if len(levels) < self.depth else (None, None)
            if tunnel is None:
                return Observation((*levels, self._ending(view, level, tags.link)), tags.problem or problem or refused)
            refused = Reason(tunnel.problem) if tunnel.problem else refused
            levels.append(self._carrying(view, level, tunnel))
            level, tags = Level(tunnel.inner, tunnel.behind), self._inner(view, tunnel)

    def _outermost(self, view: FrameView) -> Tags:
        """The link layer as captured; one that cannot be read ends at once."""
        try:
            if view.link_type == ETHERNET:
                return read_tags(view, 0, self.tpid)
            link = link_layer(view)
            return Tags(link or _NOTHING, () if link is None or link.tci is None else (link.tci & 0xFFF,))
        except FrameError as error:
            return Tags(_NOTHING, problem=Reason(error.reason))

    def _inner(self, view: FrameView, tunnel: Tunnel) -> Tags:
        if not tunnel.carries_frame:
            return Tags(tunnel.link(view))
        try:
            return read_tags(view, tunnel.inner, self.tpid)
        except FrameError as error:
            return Tags(Link(0, tunnel.inner), problem=Reason(error.reason))

    def _linked(self, view: FrameView, level: Level, tags: Tags) -> Level:
        """The level with its MAC addresses and tags."""
        macs = b""
        has_macs = tags.link.offset >= level.start + EthernetHeader.LEN and (level.start or view.link_type == ETHERNET)
        if has_macs and Detail.MACS in self.detail:
            macs = view.take(level.start, 12, layer="Ethernet")
        overlays = tuple(_tag(at, tag) for at, tag in tags.dove)
        return level._replace(
            src_mac=macs[6:],
            dst_mac=macs[:6],
            vlans=tags.vlans,
            ethertype=tags.link.ethertype,
            overlays=overlays,
        )

    def _tunnel(self, view: FrameView, link: Link) -> tuple[Tunnel | None, Reason | None]:
        """The tunnel behind a link layer, or why it cannot be read."""
        try:
            return read_tunnel(view, link, self.ports, 0, lenient=True), None
        except FrameError as error:
            is_cut_before = isinstance(error, TruncatedError) and error.layer in BEFORE_OVERLAY
            return None, None if is_cut_before else Reason(error.reason)

    def _carrying(self, view: FrameView, level: Level, tunnel: Tunnel) -> Level:
        """The level with the tunnel header that it has."""
        header = tunnel.header
        view.behind = level.behind  # the addresses belong to this level, however little the packet claims to hold
        src, dst = tunnel_ends(view, tunnel, level.start) if Detail.UNDERLAY in self.detail else (b"", b"")
        view.behind = tunnel.behind
        overlay = Overlay(
            header.encap,
            header.vnid,
            src,
            dst,
            tunnel.inner - header.length,
            tunnel.carrier_at if ENCAPSULATIONS[header.encap].carrier is Carrier.UDP else None,
            header.pcp,
            header.dei,
            header.extras,
        )
        return level._replace(overlays=(*level.overlays, overlay))

    def _ending(self, view: FrameView, level: Level, link: Link) -> Level:
        """The innermost level, with what it carries."""
        if link.ethertype == EtherType.ARP and Detail.IPS in self.detail:
            return self._with_arp(view, level, link)
        is_wanted = Detail.IPS in self.detail or self._asks_ports
        ip = frame_ip_layer(view, link) if is_wanted else None
        return level if ip is None else self._with_ip(view, level, ip)

    @property
    def _asks_ports(self) -> bool:
        return Detail.PORTS in self.detail or Detail.PORTS_AT in self.detail

    def _with_arp(self, view: FrameView, level: Level, link: Link) -> Level:
        try:
            arp = view.take(link.offset, _ARP_LEN, _ARP_SEEN, layer="ARP")
        except FrameError:
            return level
        sender, target = arp[_ARP_SENDER : _ARP_SENDER + 4], arp[_ARP_TARGET : _ARP_TARGET + 4]
        return level._replace(arp_operation=int.from_bytes(arp[6:8], "big"), src_ip=sender, dst_ip=target)

    def _with_ip(self, view: FrameView, level: Level, ip: IpLayer) -> Level:
        ends, ports, are_read = (b"", b""), b"", False
        with suppress(FrameError):  # it is cut there
            if Detail.IPS in self.detail:
                ends = ip_ends(view, ip)
            if self._asks_ports and ip.protocol in WITH_PORTS and not ip.is_later:
                are_read = Detail.PORTS in self.detail
                ports = view.take(ip.payload, 4, None if are_read else _UNREAD, layer="ports")
        return level._replace(
            protocol=ip.protocol,
            ip_at=ip.offset,
            payload_at=ip.payload,
            is_fragment=ip.is_fragment,
            is_later=ip.is_later,
            src_ip=ends[0],
            dst_ip=ends[1],
            src_port=int.from_bytes(ports[:2], "big") if ports and are_read else None,
            dst_port=int.from_bytes(ports[2:], "big") if ports and are_read else None,
            ports_at=ip.payload if ports else None,
        )


def _tag(at: int, tag: DoveTag) -> Overlay:
    return Overlay(DOVE, int(tag.vnid), at=at, pcp=tag.pcp, dei=tag.dei, has_pad=bool(tag.pad))
