"""How the way of a frame ended: who got it, and what stopped it where, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dovetool.analysis.frame_path import PathStep, branches
from dovetool.analysis.single_frame import macs_of
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Reject
from dovetool.vnid_map import Port, VnidMap

_WORDS = {
    Reason.NOT_ETHERNET: "a switch takes Ethernet frames only",
    Reason.ALREADY_TAGGED: "it has a tag where none should be: in a tunnel, or behind another tag",
    Reason.UNTAGGED: "it has no DOVE tag",
    Reason.AMBIGUOUS_SOURCE: "more than one VM, or place of a VM, has the sender's MAC address",
    Reason.SOURCE_SPOOFED: "the sender's MAC address is at home at another port",
    Reason.TAG_SPOOFED: "the switch would not give it the tag that it came with, and its port is not trusted",
    Reason.UNKNOWN_SOURCE: "no VM has the sender's MAC address",
    Reason.UNKNOWN_PORT: "its interface is named after a switch of the map, which has no such port",
    Reason.UNKNOWN_DESTINATION: "no VM of the network has the address",
    Reason.DUPLICATE_ADDRESS: "VMs of several networks that policies let it reach have the address",
    Reason.UNKNOWN_VNID: "no network of the map has its VNID",
    Reason.UNKNOWN_TEP: "an underlay address is no tunnel end point's",
    Reason.VNID_NOT_ON_TEP: "the tunnel end point has no port in the network",
    Reason.NOT_FOR_THIS_TEP: "it is addressed to another tunnel end point",
    Reason.WRONG_TEP: "its target is behind another tunnel end point",
    Reason.LOCAL: "it stays behind its tunnel end point",
    Reason.NO_COMMON_ENCAP: "the tunnel end points share no encapsulation",
    Reason.UNSUPPORTED_ENCAP: "dovetool does not write that encapsulation, or it carries what names no VM",
    Reason.MTU_EXCEEDED: "it is too long for the tunnel",
    Reason.NOT_OVERLAY: "it carries no overlay header",
    Reason.BAD_CHECKSUM: "its outer checksum is wrong",
    Reason.ECN_DROP: "it met congestion that its inner packet cannot signal",
    Reason.FRAGMENT_TIMEOUT: "it is a piece of a packet whose other pieces are not there",
    Reason.DUPLICATE: "an earlier frame has its packet",
    Reason.INNER_VLAN: "it has an 802.1Q tag of the guest, which is not allowed here",
    Reason.TTL_EXCEEDED: "its TTL or hop limit does not let a router send it on",
    Reason.NO_ROUTE: "the router at the tunnel end point has no VM or prefix for its IP address",
    Reason.UNKNOWN_ROUTER: "a router's MAC address that it has, or needs, is no tunnel end point's of its VRF",
    Reason.RESERVED_VNID: "the encapsulation reserves its VNID",
}


class Refusal(NamedTuple):
    """What stopped a frame, or a copy of it."""

    stage: str
    reason: Reason
    words: str


class Delivery(NamedTuple):
    """A VM that got the frame, and its port."""

    vm: str
    port: str


def refusals(vnid_map: VnidMap, steps: Sequence[PathStep]) -> list[Refusal]:
    """What stopped copies of a frame, in the order of its ways."""
    ends = [way[-1] for way in branches(steps)]
    return [Refusal(step.stage, step.reason, why(vnid_map, step)) for step in ends if step.reason is not None]


def deliveries(vnid_map: VnidMap, steps: Sequence[PathStep]) -> list[Delivery]:
    """Who got the frame."""
    return [each for way in branches(steps) for each in receivers(vnid_map, way[-1])]


def receivers(vnid_map: VnidMap, step: PathStep) -> Iterator[Delivery]:
    """The VMs that get a frame after its last step."""
    for way in step.ways if step.reason is None else ():
        stations = vnid_map.stations_of(way.vnid, step.before.ts_ns) if way.vnid is not None else ()
        near = [station for station in stations if station.port.tep.index == step.before.tep]
        places = {station.vm: station.port.name for station in (*reversed(stations), *reversed(near))}
        yield from (Delivery(vm, places[vm]) for vm in way.receivers)


def ingress_of(vnid_map: VnidMap, step: PathStep) -> Port | None:
    """The port that a frame came in by, as far as its first step or its interface tells."""
    index = next((frame.ingress for frame in step.after), step.before.ingress)
    return vnid_map.ports[index] if index >= 0 else vnid_map.port_at(step.before.interface)


def why(vnid_map: VnidMap, step: PathStep) -> str:
    """Why a step stopped the frame, in words; empty where the reason's name says it all."""
    if isinstance(step.verdict, Reject) and step.verdict.detail:
        return step.verdict.detail
    if step.reason is Reason.POLICY_DENIED:
        return _denial(vnid_map, step)
    if step.reason is Reason.MTU_EXCEEDED:
        return _excess(step)
    return _WORDS.get(step.reason, "") if step.reason is not None else ""


def _denial(vnid_map: VnidMap, step: PathStep) -> str:
    vnids = dict.fromkeys(_policy_asked(step) or _networks_of_addresses(vnid_map, step))
    names = [network.name for vnid in vnids if (network := vnid_map.network(vnid)) is not None]
    return f"no policy lets {names[0]} reach {' or '.join(names[1:])}" if len(names) > 1 else ""


def _policy_asked(step: PathStep) -> list[int]:
    """The source network and the target's, as they were looked up; none where look-ups were not noted."""
    for lookup in step.lookups:
        if lookup.question == "reachable":
            source, targets = lookup.key
            return [vnid for vnid in (source, *_listed(targets)) if isinstance(vnid, int)]
    return []


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


def _networks_of_addresses(vnid_map: VnidMap, step: PathStep) -> list[int]:
    macs, port = macs_of(step.before), ingress_of(vnid_map, step)
    stations = vnid_map.stations_with_mac(macs[0], step.before.ts_ns) if macs is not None else ()
    return [*([port.vnid] if port is not None else []), *(station.vnid for station in stations)]


def _excess(step: PathStep) -> str:
    """How much too long a frame is for the strictest of its ways."""
    way: Forward = min(step.ways, key=lambda way: way.longest)
    frame = step.before.frame
    length = max(frame.orig_len, len(frame.octets)) + way.delta
    allowed = way.limit.octets if way.limit is not None else length
    return f"{_WORDS[Reason.MTU_EXCEEDED]}: {length:,} octets with the outer headers, where {allowed:,} fit"
