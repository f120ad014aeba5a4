"""How a tagged frame is to be carried: priority, congestion marking, and the fields that tell its flow."""

from __future__ import annotations

from functools import lru_cache

from dovetool.errors import FrameError
from dovetool.frame.flow_hash import FlowFields, Spans, flow_fields
from dovetool.frame.ip_layer import WITH_PORTS, IpLayer, frame_ip_layer
from dovetool.frame.link_layer import Link, ethernet_layer
from dovetool.frame.recall import Recall
from dovetool.frame.view import FrameView
from dovetool.stages.outer_headers import Service
from dovetool.vnid_map import Tep
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag

_ECN, _DSCP_AND_ECN = 0x03, 0xFF


def service_for(view: FrameView, tag: DoveTag, local: Tep) -> Service:
    """What the outer headers say about a frame with a tag.

    The DSCP is the tag's priority as a class selector (RFC 2474 section 4.2.2), the inner one, or a fixed one, as the
    map says. The ECN field is copied (RFC 6040 section 4.1, normal mode).
    """
    inner_tos, flow = _carried(tag.tpid, _DSCP_AND_ECN if local.dscp == "inherit" else _ECN)(view)
    return Service(tag.vnid, tag.pcp, tag.dei, _dscp(local, tag, inner_tos) << 2 | inner_tos & _ECN, flow)


@lru_cache
def _carried(tpid: int, tos_mask: int) -> Recall[tuple[int, FlowFields]]:
    """Reads of tagged frames DSCP and ECN, as far as they matter, and finds what tells their flow."""

    def read(view: FrameView) -> tuple[int, FlowFields]:
        link = ethernet_layer(view, 0, tpid)
        ip = frame_ip_layer(view, link, tos_mask)
        return 0 if ip is None else ip.tos, flow_of(view, 0, link, ip)

    return Recall(read)


def _dscp(local: Tep, tag: DoveTag, inner_tos: int) -> int:
    if local.dscp == "from-pcp":
        return tag.pcp << 3
    return inner_tos >> 2 if local.dscp == "inherit" else int(local.dscp)


def flow_of(view: FrameView, start: int | None, link: Link, ip: IpLayer | None) -> FlowFields:
    """What tells the flow of a frame: MAC addresses; EtherType, IP addresses, protocol and ports.

    Args:
        view: the frame, or one around it.
        start: where it begins; None for a bare packet, which is told by what it has.
        link: its link layer.
        ip: its IP header.
    """
    if start is None:
        return flow_fields(_network_spans(view, link, ip)[1:] or ((link.offset, 1),))
    return flow_fields(((start, TAG_OFFSET),), _network_spans(view, link, ip))


def _network_spans(view: FrameView, link: Link, ip: IpLayer | None) -> Spans:
    spans: Spans = ((link.offset - 2, 2),)
    if ip is None:
        return spans
    addresses = ip.src_at, 2 * ip.address_len
    try:
        view.reach(*addresses)
        spans = (*spans, (ip.offset + (9 if ip.version == 4 else 6), 1), addresses)
        if ip.protocol in WITH_PORTS and not ip.is_fragment:
            view.reach(ip.payload, 4)
            spans = (*spans, (ip.payload, 4))
    except FrameError:
        return spans
    return spans
