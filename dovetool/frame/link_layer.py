"""The link layer below an overlay header or inside it, up to IP, read for deciding: only what decides is looked at."""

from __future__ import annotations

from typing import NamedTuple

from dovetool.errors import FrameError
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.wire.between import beyond
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.ethernet import EthernetHeader
from dovetool.wire.fields import VLAN_TPIDS, EtherType
from dovetool.wire.links import ground

_MOST_VLAN_TAGS = 8
_MOST_BETWEEN = 8


class LengthField(NamedTuple):
    """A 16-bit length of what goes on to the frame's end.

    Attributes:
        at: where it stands.
        base: where that begins which it counts.
        sum_at: where the checksum stands that covers it; None without one.
    """

    at: int
    base: int
    sum_at: int | None = None


class Link(NamedTuple):
    """Where the link layer ends, with all that stands between Ethernet and IP.

    Attributes:
        ethertype: what follows, or the length of an 802.3 frame.
        offset: where it begins.
        tci: tag control information of the first 802.1Q tag; None without one.
        tag: the DOVE tag, where one was asked for and found.
        lengths: the length fields in it.
        frames: where Ethernet frames in pseudowires begin that are looked through.
        tags_end: where what is behind the 802.1Q tags begins; 0: at `offset`, as nothing else stands between.
    """

    ethertype: int
    offset: int
    tci: int | None = None
    tag: DoveTag | None = None
    lengths: tuple[LengthField, ...] = ()
    tags_end: int = 0
    frames: tuple[int, ...] = ()

    @property
    def vlans_end(self) -> int:
        """Where what is behind the 802.1Q tags begins."""
        return self.tags_end or self.offset


def has_macs(view: FrameView, start: int, end: int) -> bool:
    """Say whether the link layer from `start` to `end` begins with the addresses of Ethernet."""
    return end >= start + EthernetHeader.LEN and (start > 0 or view.link_type == ETHERNET)


def link_layer(view: FrameView) -> Link | None:
    """The link layer of a frame as captured; None for a link type that dovetool does not know.

    Source: https://www.tcpdump.org/linktypes.html. Raises a FrameError when the frame ends inside it.
    """
    if view.link_type == ETHERNET:
        return ethernet_layer(view, 0)
    found = ground(view, view.link_type)
    if found is None:
        return None
    if found.ethertype == EtherType.TEB:
        return ethernet_layer(view, found.offset)
    link = Link(found.ethertype, found.offset)
    return behind_tags(view, link) if found.ethertype else link


def frame_start(view: FrameView) -> int | None:
    """Where the Ethernet frame begins that was captured, behind what capturing put before it; None where none was.

    Raises as `link_layer`.
    """
    if view.link_type == ETHERNET:
        return 0
    found = ground(view, view.link_type)
    return found.offset if found is not None and found.ethertype == EtherType.TEB else None


def ethernet_layer(view: FrameView, start: int, tpid: int | None = None, *, lenient: bool = False) -> Link:
    """The Ethernet header at `start` with its 802.1Q tags, and the DOVE tag when `tpid` is given and it is there.

    A frame that ends inside an 802.1Q tag is an error, unless `lenient`: then the link layer ends before that one.
    """
    ethertype = view.word(start + TAG_OFFSET, layer="Ethernet")
    offset = start + TAG_OFFSET + 2
    if ethertype != tpid:
        return behind_tags(view, Link(ethertype, offset), lenient=lenient)
    tag = DoveTag.parse(view.take(offset - 2, DoveTag.LEN, layer="DOVE tag"), 0, tpid=ethertype)
    link = Link(view.word(offset + 4, layer="DOVE tag"), offset + 6, tag=tag)
    return behind_tags(view, link, lenient=lenient)


def behind_tags(view: FrameView, link: Link, *, lenient: bool = False) -> Link:
    """What is behind 802.1Q tags, and whatever else may stand before IP; raises as `ethernet_layer`."""
    for _ in range(_MOST_BETWEEN):
        link = _behind_vlan_tags(view, link, lenient=lenient)
        found = step_through(view, link)
        if found is None:
            break
        link = found
    return link


def step_through(view: FrameView, link: Link) -> Link | None:
    """The link layer with the next header that is looked through; None where none follows."""
    found = beyond(view, link.ethertype, link.offset)
    if found is None:
        return None
    lengths = link.lengths if found.length is None else (*link.lengths, LengthField(*found.length))
    frames = link.frames if found.frame is None else (*link.frames, found.frame)
    return link._replace(
        ethertype=found.ethertype,
        offset=found.offset,
        lengths=lengths,
        tags_end=link.tags_end or link.offset,
        frames=frames,
    )


def _behind_vlan_tags(view: FrameView, link: Link, *, lenient: bool) -> Link:
    for _ in range(_MOST_VLAN_TAGS):
        if link.ethertype not in VLAN_TPIDS:
            break
        try:
            tci = view.word(link.offset, layer="802.1Q") if link.tci is None else link.tci
            ethertype = view.word(link.offset + 2, layer="802.1Q")
        except FrameError:
            if not lenient:
                raise
            break
        link = link._replace(ethertype=ethertype, offset=link.offset + 4, tci=tci)
    return link
