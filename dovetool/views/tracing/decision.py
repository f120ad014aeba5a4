"""What a stage decided about a frame and why, in words."""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.analysis.frame_path import PathStep
from dovetool.analysis.single_frame import KnownFrame, TunnelEnds, macs_of, tunnel_of
from dovetool.frame.selectors import Selectors
from dovetool.observe.dissection import dissect, outer_facts
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe
from dovetool.verdict.patch import Operation
from dovetool.verdict.verdict import Forward
from dovetool.views.tracing.lookup_words import some
from dovetool.views.tracing.outcome import ingress_of, receivers, why
from dovetool.vnid_map import Tep, VnidMap
from dovetool.vnid_map.texts import ip_text, mac_text
from dovetool.vnid_map.tunnel_ends import pair_between
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import is_group

_ECN_V4 = 0x03
_ECN = (_ECN_V4, _ECN_V4 << 4)


class DecisionWords:
    """Words for what is decided in one map."""

    def __init__(self, vnid_map: VnidMap, selectors: Selectors) -> None:
        self._map, self._selectors = vnid_map, selectors

    def title(self, step: PathStep) -> str:
        """The stage, and where it is at work as far as that is known."""
        place = {"tag": self._switch, "encap": self._sending, "decap": self._receiving, "untag": self._delivering}
        where = place[step.stage](step)
        return f"{step.stage} at {where}" if where else step.stage

    def decision(self, step: PathStep) -> str:
        """What was decided, and why."""
        if step.reason is not None:
            words = why(self._map, step)
            return f"rejected: {step.reason}" + (f", {words}" if words else "")
        if step.absorbed:
            return "held: it is a piece of a packet, which goes on when it is whole"
        tell = {"tag": self._tagged, "encap": self._encapsulated, "decap": self._decapsulated, "untag": self._untagged}
        pieces = f"put together of {step.pieces} pieces; " if step.pieces > 1 else ""
        notes = f" (reported: {', '.join(step.ways[0].notes)})" if step.ways[0].notes else ""
        return pieces + tell[step.stage](step, step.ways[0]) + notes

    def copy(self, step: PathStep, number: int) -> str:
        """Where one of several copies goes."""
        made = step.after[number]
        if made.local:
            return f"stays behind {self._map.teps[made.tep].name}"
        ends = tunnel_of(made, self._selectors)
        if ends is not None:
            return f"to {self._end(ends, 1)} in {ends.encap.upper()}"
        return f"for {self._map.teps[made.tep].name}" if made.tep >= 0 else "goes on"

    def _switch(self, step: PathStep) -> str:
        port = ingress_of(self._map, step)
        return f"port {port.name}" if port is not None else ""

    def _sending(self, step: PathStep) -> str:
        if step.before.tep >= 0:
            return self._map.teps[step.before.tep].name
        ends = tunnel_of(step.after[0], self._selectors) if step.after else None
        if ends is not None:
            return self._end(ends, 0)
        port = ingress_of(self._map, step)
        return port.tep.name if port is not None else ""

    def _receiving(self, step: PathStep) -> str:
        teps = {frame.tep for frame in step.after if frame.tep >= 0}
        if len(teps) == 1:
            return self._map.teps[teps.pop()].name
        ends = tunnel_of(step.before, self._selectors)
        return self._end(ends, 1) if ends is not None else ""

    def _delivering(self, step: PathStep) -> str:
        tep = step.before.tep
        places = {delivery.port.partition("/")[0] for delivery in receivers(self._map, step)}
        if len(places) == 1:
            return f"switch {places.pop()}"
        return f"the switches of {self._map.teps[tep].name}" if tep >= 0 else ""

    def _tagged(self, step: PathStep, way: Forward) -> str:
        if way.unchanged:
            return f"passes: it has a tag already, with the VNID of {self._network(way.vnid)}"
        tag = _tag_in(step.after[0])
        what = f"tag with VNID {way.vnid} ({self._network(way.vnid)}), priority {tag.pcp}"
        port, macs = ingress_of(self._map, step), macs_of(step.before)
        if port is None or macs is None:
            return what
        if way.vnid != port.vnid or _is_routed(step, way):
            allowed = f"that is the target's network, and a policy lets {self._network(port.vnid)} reach it"
            return f"{what}: {self._way_on(way) if _is_routed(step, way) else allowed}"
        if is_group(macs[0]):
            return f"{what}: what is for everyone stays in the sender's network"
        if _was_found(step, macs[0]):
            return f"{what}: the target is in the sender's own network"
        return f"{what}: nobody is known to have the target address, so it stays in the sender's network"

    def _way_on(self, way: Forward) -> str:
        """How a router sends on, which made the MAC addresses and the TTL."""
        network = self._map.network(way.vnid) if way.vnid is not None else None
        made = "the gateway routes it, with new MAC addresses and a TTL of one less"
        if network is None or not network.is_l3:
            return f"{made}, into the target's network"
        return f"{made}, to the router of the target's tunnel end point in the L3 VNI of VRF {network.name}"

    def _encapsulated(self, step: PathStep, way: Forward) -> str:
        if len(step.after) > 1:
            return self._copied(step)
        made = step.after[0]
        if made.local and not step.before.local:
            return f"stays behind {self._map.teps[made.tep].name}, where its target is too; the underlay never sees it"
        ends = tunnel_of(made, self._selectors)
        if way.unchanged or ends is None:  # as at a gateway, what is for others
            return "passes unchanged"
        gateway = self._teps(ends)[1]
        via = ", a gateway, since no encapsulation leads there directly" if gateway and gateway.is_gateway else ""
        return f"{self._tunnel(ends)}, VNID {way.vnid}{self._outer(made)}{via}"

    def _outer(self, made: KnownFrame) -> str:
        """What the outer IP and UDP headers say besides addresses."""
        facts = outer_facts(dissect(made.view(), Observe(self._selectors, self._map.tpid), Names()))
        return "".join(f", {fact}" for fact in facts)

    def _copied(self, step: PathStep) -> str:
        if len(step.ways) == 1:
            return f"too long for the underlay's MTU: cut into {len(step.after)} fragments"
        network = self._network(step.ways[0].vnid)
        return f"{len(step.after)} copies, so that all tunnel end points of {network} get one"

    def _decapsulated(self, step: PathStep, way: Forward) -> str:
        ends = tunnel_of(step.before, self._selectors)
        if way.unchanged or ends is None:
            return "passes unchanged"
        copies = f"; a copy for each of {len(step.after)} tunnel end points" if len(step.after) > 1 else ""
        tag = _tag_in(step.after[0])
        what = f"tag with VNID {way.vnid} ({self._network(way.vnid)}), priority {tag.pcp}"
        routed = f": {self._way_on(way)}" if _is_routed(step, way) else ""
        return f"out of {self._tunnel(ends)}; {what}{routed}{_marked(way)}{copies}"

    def _untagged(self, step: PathStep, way: Forward) -> str:
        got = [f"{delivery.vm} at {delivery.port}" for delivery in receivers(self._map, step)]
        if not got:
            return f"the tag comes off, and no VM of {self._network(way.vnid)} is there to get it"
        return f"the tag comes off, and {some(got)} " + ("get it" if len(got) > 1 else "gets it")

    def _tunnel(self, ends: TunnelEnds) -> str:
        source, target = (f"{self._end(ends, at)} ({_address(address)})" for at, address in enumerate(ends[:2]))
        return f"{ends.encap.upper()} from {source} to {target}"

    def _network(self, vnid: int | None) -> str:
        network = self._map.network(vnid) if vnid is not None else None
        return network.name if network is not None else "no network"

    def _teps(self, ends: TunnelEnds) -> tuple[Tep | None, Tep | None]:
        return pair_between(self._map, ends.source, ends.target, ends.vnid)

    def _end(self, ends: TunnelEnds, at: int) -> str:
        """The source of a tunnel (0), or its target (1)."""
        tep, address = self._teps(ends)[at], ends[:2][at]
        if tep is not None:
            return tep.name
        is_multicast = address[0] & 1 if len(address) == 6 else self._map.group_networks(address)
        return "the group" if is_multicast else "an unknown end point"


def _address(address: bytes) -> str:
    return mac_text(address) if len(address) == 6 else ip_text(address)


def _was_found(step: PathStep, dst_mac: bytes) -> bool:
    """Say whether somebody has the target's MAC address, or its IP address where that was asked for."""
    return any(
        lookup.answer
        for lookup in step.lookups
        if lookup.question == "stations_with_ip"
        or (lookup.question == "stations_with_mac" and lookup.key[0] == dst_mac)
    )


def _is_routed(step: PathStep, way: Forward) -> bool:
    """Say whether a router made what goes on: it asked for the way, and changed the packet."""
    return bool(way.patches) and any(lookup.question == "route" for lookup in step.lookups)


def _marked(way: Forward) -> str:
    """What becomes of the inner ECN field, the one thing that a tunnel end point changes in a packet (RFC 6040)."""
    bits = next((each for each in way.patches if each.operation is Operation.BITS and each.a in _ECN), None)
    if bits is None:
        return ""
    ecn = bits.b if bits.a == _ECN_V4 else bits.b >> 4
    return f"; the underlay met congestion, and its ECN field becomes {ecn}"


def _tag_in(known: KnownFrame) -> DoveTag:
    tpid = int.from_bytes(known.frame.octets[TAG_OFFSET : TAG_OFFSET + 2], "big")
    return DoveTag.parse(known.frame.octets, TAG_OFFSET, tpid=tpid)


def is_idle(step: PathStep) -> bool:
    """Say whether a stage had nothing to do with a frame: one that is in no tunnel, or not for a gateway."""
    forwards: Sequence[Forward] = step.ways
    return (
        step.reason is None
        and step.pieces == 1
        and len(forwards) == 1
        and forwards[0] == Forward()
        and step.stage in ("encap", "decap")
    )
