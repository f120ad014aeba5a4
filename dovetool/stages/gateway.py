"""Work at the edge of the overlay that needs no map: Strip takes all that a DOVE network put on a frame off again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from dovetool.errors import FrameError, TruncatedError
from dovetool.stages.ecn import decapsulated, marking
from dovetool.stages.layers import Link, ethernet_layer, link_layer
from dovetool.stages.tunnel import Tunnel, find_tunnel, frame_ip_layer
from dovetool.stages.verdict import Forward, Reason, Reject, Splice, Verdict
from dovetool.stages.view import ETHERNET, FrameView
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import EtherType
from dovetool.wire.overlay import UDP_PORTS

_ECN = 0x03
DEFAULT_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Strip:
    """Decap and Untag without a map: out come the innermost Ethernet frames; what is no overlay passes unchanged.

    Attributes:
        ports: UDP destination port -> encapsulation.
        depth: tunnels taken off a frame at most.
        tpid: TPID of the DOVE tag. A tag with set pad bits is another use of that EtherType, and stays.
        ethernet_only: the output has one link type, Ethernet; frames of another that carry no overlay are rejected.
    """

    ports: Mapping[int, str] = field(default_factory=lambda: UDP_PORTS)
    depth: int = DEFAULT_DEPTH
    tpid: int = EtherType.DOVE
    ethernet_only: bool = True

    name = "strip"
    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        try:
            layers = self._outermost(view)
            return self._peel(view, layers) if layers else self._pass(view)
        except FrameError as error:
            return Reject(Reason(error.reason))

    def _outermost(self, view: FrameView) -> Link | None:
        """The link layer as captured; None when it cannot be read, so that no overlay can be seen behind it."""
        try:
            return self._ethernet(view, 0) if view.link_type == ETHERNET else link_layer(view)
        except FrameError:
            return None

    def _ethernet(self, view: FrameView, start: int) -> Link:
        """The link layer with the tag only where it is one of ours; else an EtherType that nothing follows."""
        link = ethernet_layer(view, start, self.tpid, lenient=True)
        if link.tag is not None and link.tag.pad:
            return Link(self.tpid, start + TAG_OFFSET + 2)
        return link

    def _peel(self, view: FrameView, link: Link) -> Verdict:
        start, behind, outer_ecn, vnid = 0, 0, 0, None
        for _ in range(self.depth):
            tunnel = self._tunnel(view, link)
            if tunnel is None:
                break
            ecn = decapsulated(outer_ecn, tunnel.ip.tos & _ECN) if start else tunnel.ip.tos & _ECN
            if ecn is None:
                return Reject(Reason.ECN_DROP)
            start, behind, outer_ecn, vnid = tunnel.inner, tunnel.behind, ecn, int(tunnel.header.vnid)
            link = self._inner(view, start)
        return self._verdict(view, link, start, behind, outer_ecn, vnid)

    def _tunnel(self, view: FrameView, link: Link) -> Tunnel | None:
        try:
            return find_tunnel(view, link, self.ports, _ECN)
        except TruncatedError as error:
            if error.layer in ("IPv4", "IPv6", "UDP", "IPv6 extension header"):
                return None
            raise
        except FrameError as error:
            if error.reason == Reason.BAD_OVERLAY_HEADER:
                return None
            raise

    def _inner(self, view: FrameView, start: int) -> Link:
        try:
            return self._ethernet(view, start)
        except FrameError:
            return Link(0, start + TAG_OFFSET + 2)

    def _verdict(
        self, view: FrameView, link: Link, start: int, behind: int, outer_ecn: int, vnid: int | None
    ) -> Verdict:
        splices = [Splice(0, cut=start)] if start else []
        if link.tag is not None:
            splices.append(Splice(start + TAG_OFFSET, cut=DoveTag.LEN))
            vnid = int(link.tag.vnid)
        if not splices:
            return self._pass(view)
        ip = frame_ip_layer(view, link, _ECN) if start else None
        if ip is None:
            return Forward(tuple(splices), behind, vnid=vnid)
        ecn = decapsulated(outer_ecn, ip.tos & _ECN)
        if ecn is None:
            return Reject(Reason.ECN_DROP)
        at = ip.offset - sum(splice.cut for splice in splices)
        return Forward(tuple(splices), behind, marking(ip, at, ecn), vnid=vnid)

    def _pass(self, view: FrameView) -> Verdict:
        if self.ethernet_only and view.link_type != ETHERNET:
            return Reject(Reason.NOT_OVERLAY)
        return Forward()
