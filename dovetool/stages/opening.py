"""How deciding begins: with the tag of a network, or with a tunnel, which may be there in pieces only."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dovetool.errors import TruncatedError
from dovetool.frame.find_tunnel import BEFORE_OVERLAY, find_tunnel
from dovetool.frame.link_layer import Link, ethernet_layer, link_layer
from dovetool.frame.recall import Recall
from dovetool.frame.selectors import Selectors
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.verdict.find_piece import find_piece
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Gather, Reject, Verdict
from dovetool.wire.dove_tag import DoveTag

if TYPE_CHECKING:
    from dovetool.vnid_map import Network, VnidMap


_MOST_KNOWN = 16
_KNOWN: dict[int, tuple[Selectors, Recall[tuple[Link | None, Tunnel | None]]]] = {}


def tagged(view: FrameView, vnid_map: VnidMap) -> tuple[Link, DoveTag, Network] | Reject:
    """The link layer of a frame, its one tag, and the network of that; or why it has none such.

    Raises:
        FrameError: the frame ends in its link layer.
    """
    if view.link_type != ETHERNET:
        return Reject.foreign(view.link_type)
    link = _link_layer(vnid_map.tpid)(view)
    tag = link.tag
    if tag is None:
        return Reject(Reason.UNTAGGED)
    if link.ethertype == vnid_map.tpid:
        return Reject(Reason.ALREADY_TAGGED)
    network = vnid_map.network(tag.vnid)
    return Reject(Reason.UNKNOWN_VNID) if network is None else (link, tag, network)


@lru_cache
def _link_layer(tpid: int) -> Recall[Link]:
    """Reads the link layer of Ethernet frames."""
    return Recall(lambda view: ethernet_layer(view, 0, tpid))


def tunnel_or_piece(view: FrameView, selectors: Selectors, otherwise: Forward | Reject) -> Tunnel | Verdict:
    """The tunnel that a frame is in, with the outer DSCP and ECN; else the verdict about it.

    Raises as `find_tunnel`; the link type is one that is read.
    """
    link, tunnel = _tunnels(selectors)(view)
    if link is None:
        return otherwise
    return tunnel or gathered(view, link, selectors, otherwise)


def _tunnels(selectors: Selectors) -> Recall[tuple[Link | None, Tunnel | None]]:
    """Reads the link layer of frames and the tunnel that they are in, with the outer DSCP and ECN."""
    known = _KNOWN.get(id(selectors))
    if known is None:

        def read(view: FrameView) -> tuple[Link | None, Tunnel | None]:
            link = link_layer(view)
            return link, None if link is None else find_tunnel(view, link, selectors, 0xFF)

        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        known = _KNOWN[id(selectors)] = selectors, Recall(read)  # as long as they are here, their id is their own
    return known[1]


def tunnel_in_sight(view: FrameView, link: Link, selectors: Selectors, tos_mask: int) -> Tunnel | None:
    """As `find_tunnel`; None too where a frame ends before it shows whether it carries an overlay packet."""
    try:
        return find_tunnel(view, link, selectors, tos_mask)
    except TruncatedError as error:
        if error.layer in BEFORE_OVERLAY:
            return None
        raise


def gathered(
    view: FrameView, link: Link, selectors: Selectors, otherwise: Forward | Reject, start: int = 0, context: int = 0
) -> Verdict:
    """The verdict about a frame without a whole overlay packet: it may be a piece of one, see `find_piece`."""
    piece = find_piece(view, link, selectors, start, context)
    return otherwise if piece is None else Gather(piece, otherwise)
