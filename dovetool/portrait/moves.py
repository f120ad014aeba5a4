"""Who moved: as captures show it, by frames that come from one TEP and then from another; and as a map has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dovetool.learning.facts import GuestFacts
from dovetool.learning.ledger import Guest, Ledger
from dovetool.learning.moving import stays_of
from dovetool.observe.names import Names
from dovetool.portrait.labels import End, network_label
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.addresses import Stay
from dovetool.wire.addresses import address_text

MOST_ROWS = 200


class Place(NamedTuple):
    """Where a VM was: the TEP, and from when to when, in ns since 1970; None: no matter how early, or late.

    Attributes:
        frames: that it sent from there; 0 of a place that a map has.
    """

    tep: str
    first_ns: int | None
    last_ns: int | None
    frames: int = 0


class Mover(NamedTuple):
    """A VM that was at several places, one after the other.

    Attributes:
        seen: the places that its frames came from.
        said: the places that the map has.
    """

    network: str
    vm: End
    seen: list[Place]
    said: list[Place]


class Moves(NamedTuple):
    """All who moved: at most `MOST_ROWS`, those with the most frames first.

    Attributes:
        in_all: how many there are.
        at_once: VMs that send from several TEPs at once, which is no move.
    """

    movers: list[Mover]
    in_all: int
    at_once: int


def moves_of(ledger: Ledger, names: Names, *, is_whole: bool) -> Moves:
    """Who moved, as captures show it, and as the map has it; of the map alone only where all frames were looked at."""
    movers: dict[tuple[int, str], Mover] = {}
    at_once = 0
    for guest, facts in ledger.guests.items():
        if len(facts.places) > 1:
            stays = stays_of(facts)
            at_once += not stays
            if stays:
                mover = _seen(guest, facts, names)
                movers[guest[0], mover.vm.label] = mover
    for (vnid, vm), said in _said(names.vnid_map):
        known = movers.get((vnid, vm.label))
        if known is None and not is_whole:
            continue
        mover = known or Mover(network_label(vnid, names.network(vnid)), vm, _alone(ledger, names, vnid, vm), [])
        movers[vnid, vm.label] = mover._replace(said=said)
    ranked = sorted(movers.values(), key=lambda mover: (-sum(place.frames for place in mover.seen), mover.vm.label))
    return Moves(ranked[:MOST_ROWS], len(ranked), at_once)


def _seen(guest: Guest, facts: GuestFacts, names: Names) -> Mover:
    vnid, mac, ip = guest
    stays = stays_of(facts)
    ip = ip or max(facts.ips, key=lambda each: facts.ips[each].span.frames, default=b"")
    name = names.vm(vnid, mac, stays[0].span.first_ns, ip) if mac else names.vm_by_ip(vnid, ip, stays[0].span.first_ns)
    end = End(name or "", address_text(mac or ip), address_text(ip) if mac else "")
    said = _said_of(names.vnid_map, vnid, mac)
    places = [Place(_tep(names, run.tep), run.span.first_ns, run.span.last_ns, run.span.frames) for run in stays]
    return Mover(network_label(vnid, names.network(vnid)), end, places, said)


def _tep(names: Names, address: bytes) -> str:
    return names.tep(address) or address_text(address)


def _said_of(vnid_map: VnidMap | None, vnid: int, mac: bytes) -> list[Place]:
    network = vnid_map.network(vnid) if vnid_map is not None else None
    if vnid_map is None or network is None or not mac:
        return []
    return [_place(stay) for stay in vnid_map.stays_by_mac(network.vnid, mac)]


def _place(stay: Stay) -> Place:
    return Place(stay.station.port.tep.name, stay.start_ns, stay.end_ns)


def _said(vnid_map: VnidMap | None) -> Iterator[tuple[tuple[int, End], list[Place]]]:
    """The VMs that the map has at several TEPs in turn."""
    for network in vnid_map.networks if vnid_map is not None else ():
        stays: dict[tuple[str, bytes], list[Stay]] = {}
        for stay in vnid_map.stays_in(network.vnid) if vnid_map is not None else ():
            if stay.start_ns is not None or stay.end_ns is not None:
                stays.setdefault((stay.station.vm, stay.station.mac), []).append(stay)
        for (vm, mac), turns in stays.items():
            if len({stay.station.port.tep.index for stay in turns}) > 1:
                turns.sort(key=lambda stay: -1 if stay.start_ns is None else stay.start_ns)
                yield (network.vnid, End(vm, address_text(mac))), [_place(stay) for stay in turns]


def _alone(ledger: Ledger, names: Names, vnid: int, vm: End) -> list[Place]:
    """Where a VM was seen that moves in the map, and did not before the eyes of the capture."""
    mac = bytes.fromhex(vm.address.replace(":", ""))
    facts = ledger.guests.get((vnid, mac, b""))
    if facts is None:
        return []
    wholes = ((tep, visit.whole) for tep, visit in facts.places.items())
    return [Place(_tep(names, tep), whole.first_ns, whole.last_ns, whole.frames) for tep, whole in wholes]
