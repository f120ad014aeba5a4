"""The way to what there is to say about a frame, whether or not there is a map: which hop is it from?"""

from __future__ import annotations

from abc import ABC, abstractmethod

from dovetool.audit.examined import Examined, Hop
from dovetool.belonging.finding import OF_FRAME_ERRORS, Finding, Kind
from dovetool.errors import FrameError
from dovetool.frame.find_tunnel import BEFORE_OVERLAY, find_tunnel
from dovetool.frame.link_layer import Link, link_layer
from dovetool.frame.recall import Recall
from dovetool.frame.selectors import Selectors
from dovetool.frame.tags import Tags, read_tags
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.stages.stage import ByMap
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import VnidMap
from dovetool.wire.links import link_name

ECN = 0x03


_TEXTS = {
    Kind.MALFORMED: "it does not fit in, or is longer than what it is carried in",
    Kind.BAD_OVERLAY_HEADER: "no valid header, where the port or type says that there is one",
}


class Examiner(ByMap, ABC):
    """Says what is wrong with frames of any hop.

    Attributes:
        vnid_map: who belongs where.
        selectors: what marks an overlay packet.
    """

    def __init__(self, vnid_map: VnidMap, selectors: Selectors) -> None:
        self.vnid_map, self.selectors = vnid_map, selectors
        self._headers = Recall(self._read)

    def examine(self, view: FrameView) -> Examined:
        """What there is to say about one frame, from its beginning; never raises for what a frame may hold."""
        view.behind = 0
        try:
            return self._outermost(view)
        except FrameError as error:
            return unreadable(error)

    def _outermost(self, view: FrameView) -> Examined:
        tags, tunnel = self._headers(view)
        if tags is None:
            return Examined(findings=(Finding(Kind.NOT_ETHERNET, f"link type {link_name(view.link_type)}"),))
        if tags.dove:
            return self._tagged(view, tags)
        if tunnel is not None and (tunnel.ip is not None or view.link_type == ETHERNET):
            return self._tunnelled(view, tunnel)
        return self._plain(view, tags.link)

    def _read(self, view: FrameView) -> tuple[Tags | None, Tunnel | None]:
        """The link layer of a frame, and the tunnel that it is in where it has no DOVE tag."""
        tags = self._tags(view)
        is_bare = tags is not None and not tags.dove
        return tags, find_tunnel(view, tags.link, self.selectors, ECN) if tags is not None and is_bare else None

    def _tags(self, view: FrameView) -> Tags | None:
        if view.link_type == ETHERNET:
            return read_tags(view, 0, self.vnid_map.tpid)
        link = link_layer(view)
        return None if link is None else Tags(link)

    @abstractmethod
    def _tagged(self, view: FrameView, tags: Tags) -> Examined:
        """A frame between a switch and its tunnel end point."""

    @abstractmethod
    def _tunnelled(self, view: FrameView, tunnel: Tunnel) -> Examined:
        """A frame in a tunnel."""

    @abstractmethod
    def _plain(self, view: FrameView, link: Link) -> Examined:
        """A frame without a tag or a whole overlay packet."""


def unreadable(error: FrameError) -> Examined:
    """A frame that ends too early: cut by capturing, or wrong.

    How many octets are missing differs from frame to frame of what is one flow here, so the text leaves it out.
    """
    kind = OF_FRAME_ERRORS.get(Reason(error.reason))
    if kind is None:
        return Examined(is_cut=error.layer not in BEFORE_OVERLAY)
    return Examined(Hop.UNDERLAY, (Finding(kind, f"{error.layer} at octet {error.offset}: {_TEXTS[kind]}"),))
