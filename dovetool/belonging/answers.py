"""May a network send to another, be it that it may answer only? The frame itself says whether it can begin a flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.errors import FrameError
from dovetool.frame.ip_layer import WITH_PORTS, IpLayer, ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView

if TYPE_CHECKING:
    from dovetool.vnid_map import Network, VnidMap

_ICMP, _TCP, _ICMPV6, _SCTP = 1, 6, 58, 132
_FLAGS_AT, _SYN, _ACK = 13, 0x02, 0x10
_INIT = 1  # the chunk that begins an association (RFC 9260 section 3.3.2)
_ICMP_ANSWERS = {
    _ICMP: (0, 3, 11, 12, 14),  # echo reply, unreachable, time exceeded, parameter problem, timestamp reply (RFC 792)
    _ICMPV6: (129, 1, 2, 3, 4),  # echo reply, unreachable, too big, time exceeded, parameter problem (RFC 4443)
}


def may_send(view: FrameView, link: Link, vnid_map: VnidMap, source: int, network: Network) -> bool:
    """Say whether a frame of one network may be sent to another: a policy lets it, or it answers what a policy let."""
    if source not in network.reached_from:
        return False
    sender = vnid_map.network(source)
    return sender is None or network.vnid not in sender.answers or is_answer(view, link)


def may_reach(view: FrameView, link: Link, vnid_map: VnidMap, source: int, target: int) -> bool:
    """The same, of two networks by VNID."""
    network = vnid_map.network(target)
    return network is not None and may_send(view, link, vnid_map, source, network)


def is_answer(view: FrameView, link: Link) -> bool:
    """Say whether a frame can only be one that answers.

    Of TCP that is all but a SYN without ACK (RFC 9293 section 3.5), of SCTP all but INIT, of ICMP replies and errors.
    UDP, and what else has ports and no mark of a beginning, answers from the lower port, or from the same.
    """
    try:
        ip = ip_layer(view, link)
        return ip is not None and (ip.is_later or _answers(view, ip))
    except FrameError:
        return False


def _answers(view: FrameView, ip: IpLayer) -> bool:
    if ip.protocol == _TCP:
        flags = view.take(ip.payload + _FLAGS_AT, 1, bytes((_SYN | _ACK,)), layer="TCP")[0]
        return flags & (_SYN | _ACK) != _SYN
    if ip.protocol == _SCTP:
        return view.take(ip.payload + 12, 1, layer="SCTP")[0] != _INIT
    if ip.protocol in _ICMP_ANSWERS:
        return view.take(ip.payload, 1, layer="ICMP")[0] in _ICMP_ANSWERS[ip.protocol]
    if ip.protocol not in WITH_PORTS:
        return False
    ports = view.take(ip.payload, 4, layer="ports")
    return ports[:2] <= ports[2:]
