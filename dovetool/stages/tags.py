"""All tags of an Ethernet frame in their order: 802.1Q tags and DOVE tags, stacked in any way.

Deciding needs the first of them (`layers.ethernet_layer`); looking wants to see them all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dovetool.errors import FrameError
from dovetool.stages.layers import Link
from dovetool.stages.verdict import Reason
from dovetool.stages.view import FrameView
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import VLAN_TPIDS

MOST_TAGS = 8
"""Tags of a kind that are looked behind; a frame with more is a mistake or an attack."""
_VID = b"\x0f\xff"


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a frame.

    Attributes:
        link: where the link layer ends; before a tag that the frame has no room for.
        vlans: identifiers of the 802.1Q tags, the outermost first.
        dove: the DOVE tags, and where each begins.
        problem: why a tag could not be read.
    """

    link: Link
    vlans: tuple[int, ...] = ()
    dove: tuple[tuple[int, DoveTag], ...] = ()
    problem: Reason | None = None


def read_tags(view: FrameView, start: int, tpid: int) -> Tags:
    """The tags of the Ethernet frame at `start`; raises a FrameError when it ends before its EtherType."""
    at = start + TAG_OFFSET
    tags = Tags(Link(view.word(at, layer="Ethernet"), at + 2))
    try:
        while tags.link.ethertype in VLAN_TPIDS or tags.link.ethertype == tpid:
            if len(tags.vlans) == MOST_TAGS:
                break
            tags = _with_dove(view, tags, tpid) if tags.link.ethertype == tpid else _with_vlan(view, tags)
    except FrameError as error:
        return replace(tags, problem=Reason(error.reason))
    return tags


def _with_dove(view: FrameView, tags: Tags, tpid: int) -> Tags:
    """With one DOVE tag more. What follows one too many, or one that the frame ends behind, is not looked into."""
    at = tags.link.offset
    tag = DoveTag.parse(view.take(at - 2, DoveTag.LEN, layer="DOVE tag"), 0, tpid=tpid)
    tags = replace(tags, link=Link(0, at + 4), dove=(*tags.dove, (at - 2, tag)))
    try:
        ethertype = view.word(at + 4, layer="DOVE tag")
    except FrameError as error:
        return replace(tags, problem=Reason(error.reason))
    return replace(tags, link=Link(ethertype if len(tags.dove) <= MOST_TAGS else 0, at + 6))


def _with_vlan(view: FrameView, tags: Tags) -> Tags:
    """With one 802.1Q tag more."""
    at = tags.link.offset
    vlan = int.from_bytes(view.take(at, 2, _VID, layer="802.1Q"), "big")
    return replace(tags, link=Link(view.word(at + 2, layer="802.1Q"), at + 4), vlans=(*tags.vlans, vlan))
