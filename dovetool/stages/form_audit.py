"""Is a frame well formed? What an audit can say without a map: nothing about who belongs where.

Whatever depends on a map is not looked at. What has the EtherType of a tag inside a tunnel may be something else, and
only a first fragment shows that it is one of an overlay packet.
"""

from __future__ import annotations

from dovetool.errors import FrameError
from dovetool.stages.examined import Examined, Hop
from dovetool.stages.finding import OF_FORM, Finding, Kind
from dovetool.stages.form import Form, checks, form, pad_bits
from dovetool.stages.fragment import find_piece
from dovetool.stages.layers import Link, ip_layer, link_layer
from dovetool.stages.pieces import Kind as PieceKind
from dovetool.stages.tags import Tags, read_tags
from dovetool.stages.tunnel import Selectors, Tunnel, find_tunnel, tunnel_ends
from dovetool.stages.underlay import Ends
from dovetool.stages.unreadable import unreadable
from dovetool.stages.view import ETHERNET, FrameView
from dovetool.stages.wording import address_text
from dovetool.vnid_map import VnidMap

_ECN = 0x03


class FormAudit:
    """Looks at the form of frames; stands in for an `Audit` where there is no map.

    Attributes:
        vnid_map: a map of nobody.
        change_times_ns: nothing changes in it.
    """

    change_times_ns: tuple[int, ...] = ()

    def __init__(self, tpid: int, selectors: Selectors) -> None:
        """Take `tpid` for that of the DOVE tag, and overlay packets to be marked by `selectors`."""
        self.vnid_map = VnidMap(tpid, teps=(), switches=(), ports=(), networks=())
        self._selectors = selectors

    def examine(self, view: FrameView) -> Examined:
        """What there is to say about one frame, from its beginning; never raises for what a frame may hold."""
        view.behind = 0
        try:
            return self._outermost(view)
        except FrameError as error:
            return unreadable(error)

    def _outermost(self, view: FrameView) -> Examined:
        tags = self._tags(view)
        if tags is None:
            return Examined()
        if tags.dove:
            found = tuple(finding for _, tag in tags.dove for finding in pad_bits(tag))
            return Examined(Hop.TAGGED, found, is_cut=bool(tags.problem))
        tunnel = find_tunnel(view, tags.link, self._selectors, _ECN)
        if tunnel is not None and (tunnel.ip is not None or view.link_type == ETHERNET):
            return _tunnelled(view, tunnel)
        if self._is_fragment(view, tags.link):
            text = "a first fragment of an overlay packet; expected whole packets"
            return Examined(Hop.UNDERLAY, (Finding(Kind.OUTER_FRAGMENT, text),))
        return Examined(Hop.UNTAGGED)

    def _tags(self, view: FrameView) -> Tags | None:
        if view.link_type == ETHERNET:
            return read_tags(view, 0, self.vnid_map.tpid)
        link = link_layer(view)
        return None if link is None else Tags(link)

    def _is_fragment(self, view: FrameView, link: Link) -> bool:
        """The first fragment of an overlay packet; a later one does not say what it is of."""
        piece = find_piece(view, link, self._selectors)
        return piece is not None and piece.kind is not PieceKind.STT and bool(piece.wanted)


def _tunnelled(view: FrameView, tunnel: Tunnel) -> Examined:
    try:
        link = tunnel.link(view, lenient=True)
        ends = Ends(*tunnel_ends(view, tunnel), sender=None, receiver=None)
        between = f" from {address_text(ends.src)} to {address_text(ends.dst)}"
        packet = Form(view, tunnel, link, ip_layer(view, link, _ECN), None, None, ends.to_group, between)
        findings = tuple(finding for finding in form(packet) if finding.kind in OF_FORM)
        return Examined(Hop.UNDERLAY, findings, tuple(checks(packet)))
    except FrameError as error:
        outside = unreadable(error)
        return Examined(Hop.UNDERLAY, outside.findings, is_cut=outside.is_cut)
