"""Is a frame well formed? What an audit can say without a map: nothing about who belongs where.

Whatever depends on a map is not looked at. What has the EtherType of a tag inside a tunnel may be something else, and
only a first fragment shows that it is one of an overlay packet.
"""

from __future__ import annotations

from dovetool.audit.examined import Examined, Hop
from dovetool.audit.examiner import ECN, Examiner, unreadable
from dovetool.audit.form import Form, checks, form, pad_bits
from dovetool.belonging.finding import BETWEEN, OF_FORM, Finding, Kind
from dovetool.errors import FrameError
from dovetool.frame.ip_layer import ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.selectors import Selectors
from dovetool.frame.tags import Tags
from dovetool.frame.tunnel import EndsAt, Tunnel, tunnel_ends_at
from dovetool.frame.view import FrameView
from dovetool.stages.checksums import outer_sums
from dovetool.verdict.find_piece import find_piece
from dovetool.verdict.pieces import PieceKind
from dovetool.vnid_map import VnidMap


class FormAudit(Examiner):
    """Looks at the form of frames; stands in for an `Audit` where there is no map, with a map of nobody."""

    def __init__(self, tpid: int, selectors: Selectors) -> None:
        """Take `tpid` for that of the DOVE tag, and overlay packets to be marked by `selectors`."""
        super().__init__(VnidMap(tpid, teps=(), switches=(), ports=(), networks=()), selectors)

    def _tagged(self, view: FrameView, tags: Tags) -> Examined:
        found = tuple(finding for _, tag in tags.dove for finding in pad_bits(tag))
        return Examined(Hop.TAGGED, found, is_cut=bool(tags.problem))

    def _plain(self, view: FrameView, link: Link) -> Examined:
        if self._is_fragment(view, link):
            text = "a first fragment of an overlay packet; expected whole packets"
            return Examined(Hop.UNDERLAY, (Finding(Kind.OUTER_FRAGMENT, text),))
        return Examined(Hop.UNTAGGED)

    def _is_fragment(self, view: FrameView, link: Link) -> bool:
        """The first fragment of an overlay packet; a later one does not say what it is of."""
        piece = find_piece(view, link, self.selectors)
        return piece is not None and piece.kind is not PieceKind.STT and bool(piece.wanted)

    def _tunnelled(self, view: FrameView, tunnel: Tunnel) -> Examined:
        try:
            link = tunnel.link(view, lenient=True)
            ends_at = tunnel_ends_at(view, tunnel)
            to_group, between = ends_at is not None and _to_group(view, ends_at), BETWEEN if ends_at else ""
            sums = tuple(outer_sums(view, tunnel, link, self.selectors, ()))
            packet = Form(view, tunnel, link, ip_layer(view, link, ECN), None, None, to_group, sums, between)
            findings = tuple(finding for finding in form(packet) if finding.kind in OF_FORM)
            return Examined(Hop.UNDERLAY, findings, tuple(checks(packet)), ends_at=ends_at)
        except FrameError as error:
            outside = unreadable(error)
            return Examined(Hop.UNDERLAY, outside.findings, is_cut=outside.is_cut)


_GROUPS = {4: (b"\xf0", b"\xe0"), 16: (b"\xff", b"\xff"), 6: (b"\x01", b"\x01")}
"""By the octets of an address: the bits of its first one that tell groups (RFC 5771, RFC 4291, IEEE 802)."""


def _to_group(view: FrameView, at: EndsAt) -> bool:
    """Say whether a packet goes to an underlay group; of the addresses nothing else is looked at."""
    view.reach(at.src, at.length, layer="outer")
    view.reach(at.dst, at.length, layer="outer")
    mask, group = _GROUPS[at.length]
    return view.take(at.dst, 1, mask, layer="outer") == group
