"""All tags of an Ethernet frame in their order: 802.1Q tags and DOVE tags, stacked in any way.

Behind other headers that may stand before IP (wire/between.py) there may be 802.1Q tags, but none of ours.

Deciding needs the first of them (`link_layer.ethernet_layer`); looking wants to see them all.
"""

from __future__ import annotations

from dataclasses import replace

from dovetool.errors import FrameError
from dovetool.frame.link_layer import Link, step_through
from dovetool.frame.view import FrameView
from dovetool.values import dataclass
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import VLAN_TPIDS, EtherType

MOST_TAGS = 8
"""Tags of a kind that are looked behind; a frame with more is a mistake or an attack."""
_VID = b"\x0f\xff"


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a frame.

    Attributes:
        link: where the link layer ends; before a tag that the frame has no room for. Of its first 802.1Q tag it has the
            VLAN alone.
        vlans: identifiers of the 802.1Q tags, the outermost first.
        vlan: that of the first one, where a trunk port goes by it: behind the MAC addresses, with TPID 0x8100; else 0.
        dove: the DOVE tags, and where each begins.
        problem: the reason why a tag could not be read; empty when all could.
        passed: how many other headers were looked through.
    """

    link: Link
    vlans: tuple[int, ...] = ()
    vlan: int = 0
    dove: tuple[tuple[int, DoveTag], ...] = ()
    problem: str = ""
    passed: int = 0


def read_tags(view: FrameView, start: int, tpid: int) -> Tags:
    """The tags of the Ethernet frame at `start`, and what else stands before IP.

    Raises:
        FrameError: the frame ends before its EtherType.
    """
    at = start + TAG_OFFSET
    tags = Tags(Link(view.word(at, layer="Ethernet"), at + 2))
    try:
        while (found := _with_next(view, tags, tpid)) is not None:
            tags = found
    except FrameError as error:
        return replace(tags, problem=error.reason)
    return tags


def _with_next(view: FrameView, tags: Tags, tpid: int) -> Tags | None:
    """With one tag more, or behind another header that is looked through; None where there is neither."""
    is_ours = tags.link.ethertype == tpid and not tags.passed
    if is_ours or tags.link.ethertype in VLAN_TPIDS:
        if len(tags.vlans) == MOST_TAGS:
            return None
        return _with_dove(view, tags, tpid) if is_ours else _with_vlan(view, tags)
    link = step_through(view, tags.link) if tags.passed < MOST_TAGS else None
    return None if link is None else replace(tags, link=link, passed=tags.passed + 1)


def _with_dove(view: FrameView, tags: Tags, tpid: int) -> Tags:
    """With one DOVE tag more. What follows one too many, or one that the frame ends behind, is not looked into."""
    at = tags.link.offset
    tag = DoveTag.parse(view.take(at - 2, DoveTag.LEN, layer="DOVE tag"), 0, tpid=tpid)
    tags = replace(tags, link=tags.link._replace(ethertype=0, offset=at + 4), dove=(*tags.dove, (at - 2, tag)))
    try:
        ethertype = view.word(at + 4, layer="DOVE tag")
    except FrameError as error:
        return replace(tags, problem=error.reason)
    ethertype = ethertype if len(tags.dove) <= MOST_TAGS else 0
    return replace(tags, link=tags.link._replace(ethertype=ethertype, offset=at + 6))


def _with_vlan(view: FrameView, tags: Tags) -> Tags:
    """With one 802.1Q tag more."""
    at = tags.link.offset
    vlan = int.from_bytes(view.take(at, 2, _VID, layer="802.1Q"), "big")
    ethertype, tci = view.word(at + 2, layer="802.1Q"), vlan if tags.link.tci is None else tags.link.tci
    link = tags.link._replace(ethertype=ethertype, offset=at + 4, tci=tci)
    is_first = not (tags.vlans or tags.dove or tags.passed)
    told = vlan if is_first and tags.link.ethertype == EtherType.VLAN else tags.vlan
    return replace(tags, link=link, vlans=(*tags.vlans, vlan), vlan=told)
