"""What is allowed in a map, and is hardly meant: ways that lead nowhere, pairs that disagree, values without effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, product
from typing import NamedTuple

from dovetool.vnid_map import choosing
from dovetool.vnid_map.choosing import choose, gateway_between, strangers
from dovetool.vnid_map.entities import Network, Tep
from dovetool.vnid_map.file.problems import quoted
from dovetool.vnid_map.lookup import VnidMap
from dovetool.vnid_map.routing_advice import of_routing
from dovetool.wire.fields import Vnid
from dovetool.wire.overlay import ENCAPSULATIONS, LOOK_ALIKE, Carrier

_LOST = "what the one sends to the other, and all its broadcasts, are rejected as no-common-encap"


def advice(vnid_map: VnidMap) -> Iterator[str]:
    """A line for each thing that one should look at."""
    return chain(
        _unreachable(vnid_map),
        _unwritten(vnid_map.teps),
        _of_pairs(vnid_map),
        _idle(vnid_map.teps),
        of_routing(vnid_map),
    )


def _unreachable(vnid_map: VnidMap) -> Iterator[str]:
    """TEPs of one network that no encapsulation and no gateway brings together."""
    reported: set[tuple[int, int]] = set()
    for network in vnid_map.networks:
        for local, remotes in zip(network.teps, strangers(network.teps), strict=True):
            for remote in remotes:
                pair = local.index, remote.index
                if pair[0] >= pair[1] or pair in reported or vnid_map.gateway_between(local, remote) is not None:
                    continue
                reported.add(pair)
                who = f"TEPs {quoted(local.name)} and {quoted(remote.name)} of network {quoted(network.name)}"
                yield f"{who} share no encapsulation, and no gateway stands between them: {_LOST}"


def _unwritten(teps: tuple[Tep, ...]) -> Iterator[str]:
    for tep in teps:
        first = tep.encaps[0]
        if not ENCAPSULATIONS[first].is_written:
            yield f"TEP {quoted(tep.name)} prefers {first}, which is read and not written: what it sends is rejected"


def _idle(teps: tuple[Tep, ...]) -> Iterator[str]:
    for tep in teps:
        if tep.on_mtu != "reject" and tep.mtu is None:
            yield f"TEP {quoted(tep.name)}: on_mtu has no effect without mtu"
        for encap in sorted(set(tep.ports) - set(tep.encaps)):
            yield f"TEP {quoted(tep.name)} has a port for {encap}, which is none of its encapsulations"


class Leg(NamedTuple):
    """A way through the underlay: from a TEP to another, in an encapsulation."""

    sender: Tep
    receiver: Tep
    encap: str

    def __str__(self) -> str:
        """How a line begins that is about it."""
        return f"from TEP {quoted(self.sender.name)} to TEP {quoted(self.receiver.name)} ({self.encap})"


def _of_pairs(vnid_map: VnidMap) -> Iterator[str]:
    """A line for each thing that two TEPs of a network do not agree about, though each is right by itself."""
    said: set[str] = set()
    for network in vnid_map.networks:
        for local, remote in _pairs(network.teps):
            legs = _legs(vnid_map, local, remote)
            for line in (*_about(legs), *_reserved(network, legs)):
                what = line.partition(": what")[0]  # a VNID is said once, whoever sends it
                if what not in said:
                    said.add(what)
                    yield line


def _pairs(teps: Sequence[Tep]) -> Iterator[tuple[Tep, Tep]]:
    """Two TEPs of each two kinds, and two of one kind."""
    kinds: dict[tuple[object, ...], list[Tep]] = {}
    for tep in teps:
        settings = (
            tep.underlay,
            tuple(map(len, tep.ips)),
            tep.vrf,
            tep.is_gateway,
            tep.udp_checksum,
            tep.guest_vlan,
            tep.mtu,
            tep.on_mtu,
        )
        kinds.setdefault((tep.encaps, *settings), []).append(tep)
    for one, other in product(kinds.values(), repeat=2):
        if one is not other:
            yield one[0], other[0]
        elif len(one) > 1:
            yield one[0], one[1]


def _legs(vnid_map: VnidMap, local: Tep, remote: Tep) -> tuple[Leg, ...]:
    """The way from a TEP to another, through a gateway where it needs one; none where there is no way."""
    encap = choose(local, remote)
    if encap is not None:
        return (Leg(local, remote, encap),)
    gateway = None if local.is_gateway else gateway_between(vnid_map.gateways, local, remote)
    if gateway is None:
        return ()
    ends = (local, gateway), (gateway, remote)
    return tuple(Leg(*pair, encap) for pair in ends if (encap := choose(*pair)) is not None)


def _about(legs: tuple[Leg, ...]) -> Iterator[str]:
    for leg in legs:
        yield from _checksum(leg)
        yield from _look_alike(leg)
    yield from _guest_tags(legs)
    yield from _lengths(legs)


def _checksum(leg: Leg) -> Iterator[str]:
    """On IPv6 a receiver may want a UDP checksum (RFC 6936 section 4)."""
    is_udp = ENCAPSULATIONS[leg.encap].carrier is Carrier.UDP
    ip = choosing.address_towards(leg.sender, leg.receiver)
    wants = len(ip) == 16 and leg.receiver.udp_checksum == "full"
    if is_udp and wants and not leg.sender.sends_checksum(leg.encap, ip):
        yield f"{leg}: the one sends no UDP checksum, and the other wants one: missing-checksum"


def _look_alike(leg: Leg) -> Iterator[str]:
    both = set(leg.sender.encaps) & set(leg.receiver.encaps) >= LOOK_ALIKE
    if both and leg.encap in LOOK_ALIKE and leg.sender.index < leg.receiver.index:
        names = f"TEPs {quoted(leg.sender.name)} and {quoted(leg.receiver.name)}"
        yield f"{names} both know nvgre and gretap, which look alike: a packet is read as the sender's first"


def _guest_tags(legs: tuple[Leg, ...]) -> Iterator[str]:
    """A TEP that keeps the 802.1Q tags of guests, on a way where one rejects them."""
    if not legs or legs[0].sender.guest_vlan != "keep":
        return
    for leg in legs:
        treatment = leg.sender.vlan_treatment(leg.encap)
        strict = leg.sender if treatment == "reject" else leg.receiver if leg.receiver.guest_vlan == "reject" else None
        if strict is not None:
            keeper = quoted(legs[0].sender.name)
            yield f"{leg}: {keeper} keeps guests' 802.1Q tags, {quoted(strict.name)} rejects them: inner-vlan"
            return
        if "strip" in (treatment, leg.receiver.guest_vlan):
            return


def _lengths(legs: tuple[Leg, ...]) -> Iterator[str]:
    """What the one can send, and the other cannot send on, or answer."""
    for leg in legs:
        most, least = leg.sender.mtu, leg.receiver.mtu
        if least is None or leg.receiver.on_mtu != "reject" or (most is not None and most <= least):
            continue
        if leg.receiver.is_gateway and len(legs) > 1 and leg is legs[0]:
            longest = "any length" if most is None else f"up to {most} octets"
            yield f"{leg}: packets of {longest} come in, and {least} octets go on at most: mtu-exceeded"
        elif most is not None:
            yield f"{leg}: packets of up to {most} octets, and back of up to {least}: mtu-exceeded"


def _reserved(network: Network, legs: tuple[Leg, ...]) -> Iterator[str]:
    """A VNID that the encapsulation on the way cannot carry."""
    for leg in legs:
        codec = ENCAPSULATIONS[leg.encap]
        if codec.is_written and not codec.allows(Vnid(network.vnid)):
            reserved = f"network {quoted(network.name)} has VNID {network.vnid}, which is reserved in {leg.encap}"
            ends = f"TEP {quoted(leg.sender.name)} sends to {quoted(leg.receiver.name)}"
            yield f"{reserved}: what {ends} is rejected as reserved-vnid"
