"""Work at the edge of the overlay that needs no map: Strip takes all that a DOVE network put on a frame off again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import ClassVar

from dovetool.belonging.bare_packet import plain_header
from dovetool.errors import FrameError
from dovetool.frame.ip_layer import frame_ip_layer
from dovetool.frame.link_layer import Link, ethernet_layer, link_layer
from dovetool.frame.selectors import Selectors
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.stages.ecn import marking
from dovetool.stages.opening import gathered, tunnel_in_sight
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Reject, Splice, Verdict
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.ecn import decapsulated
from dovetool.wire.fields import EtherType
from dovetool.wire.links import is_read
from dovetool.wire.overlay import SELECTORS

_ECN = 0x03
DEFAULT_DEPTH = 8


@dataclass(frozen=True, slots=True)
class _Layer:
    """How deep in a frame the search has come.

    Attributes:
        link: the link layer there.
        start: where what is carried there begins.
        behind: octets of the whole frame behind it.
        ecn: the ECN field of the tunnels around it.
        vnid: the virtual network that it came in.
        header: what is put before it to make it an Ethernet frame.
        notes: what is to be reported about it.
    """

    link: Link
    start: int = 0
    behind: int = 0
    ecn: int = 0
    vnid: int | None = None
    header: bytes = b""
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Strip:
    """Decap and Untag without a map: out come the innermost Ethernet frames; what is no overlay passes unchanged.

    Attributes:
        selectors: what marks an overlay packet.
        depth: tunnels taken off a frame at most.
        tpid: TPID of the DOVE tag. A tag with set pad bits is another use of that EtherType, and stays.
        ethernet_only: the output has one link type, Ethernet; frames of another that carry no overlay are rejected.
        vlans: the 802.1Q VLAN that the frames of a network get, by VNID; those of others are rejected. None: no tag.
    """

    selectors: Selectors = field(default_factory=lambda: SELECTORS)
    depth: int = DEFAULT_DEPTH
    tpid: int = EtherType.DOVE
    ethernet_only: bool = True
    vlans: Mapping[int, int] | None = None

    name = "strip"
    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if view.link_type != ETHERNET and not is_read(view.link_type):
            return Reject.foreign(view.link_type)
        try:
            link = self._outermost(view)
            return self._peel(view, _Layer(link)) if link else self._pass(view)
        except FrameError as error:
            return Reject.of(error)

    def _outermost(self, view: FrameView) -> Link | None:
        """The link layer as captured; None when it cannot be read, so that no overlay can be seen behind it."""
        try:
            if view.link_type == ETHERNET:
                return self._ours(ethernet_layer(view, 0, self.tpid, lenient=True))
            return link_layer(view)
        except FrameError:
            return None

    def _ours(self, link: Link) -> Link:
        """The link layer with the tag only where it is one of ours; else an EtherType that nothing follows."""
        if link.tag is not None and link.tag.pad:
            return Link(self.tpid, link.offset)
        return link

    def _peel(self, view: FrameView, layer: _Layer) -> Verdict:
        for _ in range(self.depth):
            tunnel = self._tunnel(view, layer.link)
            if tunnel is None:
                return self._whole_or_piece(view, layer)
            ecn = tunnel.ecn(layer.ecn if layer.start else None)
            if ecn is None:
                return Reject(Reason.ECN_DROP)
            header = b"" if tunnel.carries_frame else plain_header(tunnel.header.payload)
            vnid = tunnel.header.vnid if tunnel.header.vnid is not None else layer.vnid
            notes = tuple(dict.fromkeys((*layer.notes, *_noted(tunnel))))
            layer = _Layer(self._inner(view, tunnel), tunnel.inner, tunnel.behind, ecn, vnid, header, notes)
        return self._verdict(view, layer)

    def _tunnel(self, view: FrameView, link: Link) -> Tunnel | None:
        """The tunnel behind a link layer, unless what it carries can be no Ethernet frame."""
        try:
            tunnel = tunnel_in_sight(view, link, self.selectors, _ECN)
        except FrameError as error:
            if error.reason == Reason.BAD_OVERLAY_HEADER:
                return None
            raise
        return None if tunnel is None or not tunnel.can_be_frame else tunnel

    def _inner(self, view: FrameView, tunnel: Tunnel) -> Link:
        try:
            return self._ours(tunnel.link(view, self.tpid, lenient=True))
        except FrameError:
            return Link(0, tunnel.inner + TAG_OFFSET + 2)

    def _whole_or_piece(self, view: FrameView, layer: _Layer) -> Verdict:
        """The verdict about a frame without a further tunnel; it may be a piece of one."""
        verdict = self._verdict(view, layer)
        if isinstance(verdict, Reject) and verdict.reason is not Reason.NOT_OVERLAY:
            return verdict
        if layer.header or (layer.start and view.link_type != ETHERNET):
            return verdict
        return gathered(view, layer.link, self.selectors, verdict, layer.start, layer.vnid or 0)

    def _verdict(self, view: FrameView, layer: _Layer) -> Forward | Reject:
        link, start, vnid = layer.link, layer.start, layer.vnid
        splices = [Splice(0, start, layer.header)] if start else []
        if link.tag is not None:
            splices.append(Splice(start + TAG_OFFSET, cut=DoveTag.LEN))
            vnid = int(link.tag.vnid)
        if not splices:
            return self._pass(view)
        if self.vlans is not None and vnid is not None:
            if vnid not in self.vlans:
                return Reject(Reason.UNKNOWN_VNID, f"no VLAN is given for VNID {vnid}")
            view.take(start, TAG_OFFSET, bytes(TAG_OFFSET), layer="inner Ethernet")
            splices = _with_vlan(splices, layer, self.vlans[vnid])
        ip = frame_ip_layer(view, link, _ECN) if start else None
        if ip is None:
            return Forward(tuple(splices), layer.behind, vnid=vnid, notes=layer.notes)
        ecn = decapsulated(layer.ecn, ip.tos & _ECN)
        if ecn is None:
            return Reject(Reason.ECN_DROP)
        at = ip.offset + sum(len(splice.insert) - splice.cut for splice in splices)
        return Forward(tuple(splices), layer.behind, marking(ip, at, ecn), vnid=vnid, notes=layer.notes)

    def _pass(self, view: FrameView) -> Forward | Reject:
        if self.ethernet_only and view.link_type != ETHERNET:
            return Reject(Reason.NOT_OVERLAY)
        return Forward()


def _noted(tunnel: Tunnel) -> Iterator[Reason]:
    """What keeps a tunnel end point from handing on what a tunnel carries."""
    if tunnel.header.critical:
        yield Reason.CRITICAL_OPTION
    if tunnel.header.is_control:
        yield Reason.CONTROL_PACKET


def _with_vlan(splices: list[Splice], layer: _Layer, vid: int) -> list[Splice]:
    """The splices that make the frame, which also get an 802.1Q tag in, with the priority of its DOVE tag."""
    found = layer.link.tag
    tci = vid if found is None else found.pcp << 13 | found.dei << 12 | vid
    tag = EtherType.VLAN.to_bytes(2, "big") + tci.to_bytes(2, "big")
    if layer.header:
        whole = layer.header[:TAG_OFFSET] + tag + layer.header[TAG_OFFSET:]
        return [Splice(0, layer.start, whole)]
    cut = 0 if found is None else DoveTag.LEN
    return [*splices[: 1 if layer.start else 0], Splice(layer.start + TAG_OFFSET, cut, tag)]
