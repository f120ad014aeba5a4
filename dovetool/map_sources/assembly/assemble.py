"""Statements of any sources -> one map: a draft of it, and what is unsure, contradictory or left out.

- TEPs are joined by name and by address; one that is known by its address alone is made.
- VMs of one network with one name, or one MAC address, are one.
- What a host says of itself beats what others have heard, a later move beats an earlier one.
- Snapshots with times give the times of moves: between two of them, a VM may be at either place.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any, TypeVar

from dovetool.map_sources.assembly import clean
from dovetool.map_sources.assembly.guests import Guest, addresses_of, give_names, group
from dovetool.map_sources.assembly.network_facts import NetworkFacts, Networks
from dovetool.map_sources.assembly.owners import settle_owners
from dovetool.map_sources.assembly.relations import add_hosts, add_policies, add_vrfs, forget_l3vnis
from dovetool.map_sources.assembly.stays import Snapshots, Stay, joined, spot_of, stays_of
from dovetool.map_sources.assembly.switch_ports import SwitchPorts
from dovetool.map_sources.assembly.tep_facts import Teps
from dovetool.map_sources.assembly.told import Told
from dovetool.map_sources.statements import (
    HostStatement,
    NameStatement,
    NetworkStatement,
    PolicyStatement,
    PortStatement,
    Prefix,
    Statement,
    TepStatement,
    VmStatement,
    VrfStatement,
)
from dovetool.values import dataclass
from dovetool.vnid_map.file.collector import paused
from dovetool.vnid_map.texts import time_text

_Kind = TypeVar("_Kind")


@dataclass(slots=True)
class _Card:
    """A network card of a VM, with where it was; it has several MAC addresses where they are always together."""

    macs: tuple[bytes, ...]
    addresses: tuple[bytes | Prefix, ...]
    stays: list[Stay]


_Placed = tuple[Guest, list[_Card]]


def assemble(statements: Iterable[Statement]) -> Told:
    """Make one map of statements; see `dovetool.vnid_map.file.draft` for how it becomes one that loads."""
    with paused():
        return _Assembly(statements).told


class _Assembly:
    """A map in the making."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self.told = Told()
        self._said: defaultdict[type[Any], list[Any]] = defaultdict(list)
        self._snapshots = Snapshots()
        for each in statements:
            self._said[type(each)].append(each)
            self._snapshots.hear(each.origin)
        self._teps = Teps(self._all(TepStatement), self.told)
        self._networks = Networks(self._all(NetworkStatement), self.told)
        self._ports = SwitchPorts(self.told)
        l3vnis = forget_l3vnis(self._all(VrfStatement), self._networks)
        vms = [each for each in self._said.pop(VmStatement, ()) if each.vnid not in l3vnis]
        ports = [each for each in self._all(PortStatement) if each.vnid not in l3vnis]
        self._hear_of_networks([*vms, *ports], l3vnis)
        guests = [guest for guest in group(vms, self.told) if self._networks.find(guest.vnid)]
        del vms
        give_names(guests, self._all(NameStatement), self.told)
        self._name(guests)
        settle_owners(guests, self.told)
        placed = self._placed(guests)
        del guests
        self._hear_of_ports(ports)
        self._ports.settle()
        self._write(placed)

    def _all(self, kind: type[_Kind]) -> list[_Kind]:
        return self._said[kind]

    def _hear_of_networks(self, members: Iterable[VmStatement | PortStatement], l3vnis: set[int]) -> None:
        for each in members:
            self._networks.at(each.vnid, each.origin)
        for vrf in self._all(VrfStatement):
            for vnid in sorted(set(vrf.vnids) - l3vnis):
                self._networks.at(vnid, vrf.origin)
        self._networks.settle()

    def _name(self, guests: list[Guest]) -> None:
        """Give each VM a name of its own: that of the source, else one after its address."""
        taken: set[str] = set()
        for guest in guests:
            wanted = guest.names[0] if guest.names else guest.fallback
            guest.name = clean.unique(wanted, taken, self._network(guest.vnid).name)
            taken.add(guest.name)
            others = [name for name in guest.names if name not in {guest.name, wanted}]
            if others:
                self.told.draft.note(("vms", guest.name), f"also called {', '.join(others)}")

    def _network(self, vnid: int) -> NetworkFacts:
        network = self._networks.find(vnid)
        if network is None:
            raise AssertionError("VMs of what is no network are not asked for")
        return network

    def _placed(self, guests: list[Guest]) -> deque[_Placed]:
        """Find out where each VM was; one whose TEP has no address cannot be in the map.

        What was said of the others is let go of: there may be very many.
        """
        placed: deque[_Placed] = deque()
        lost: dict[str | bytes, list[Guest]] = {}
        for guest in guests:
            network, cards = self._network(guest.vnid), []
            for macs, claims in _cards(guest):
                stays = stays_of(guest, claims, self._teps, self._snapshots, self.told)
                for stay in stays:
                    self._ports.hear(stay.spot, network, claims[0].origin)
                if stays:
                    cards.append(_Card(macs, _addresses(guest, claims), stays))
            if cards:
                placed.append((guest, _together(cards) if len(cards) > 1 else cards))
                guest.forget_claims()
            else:
                lost.setdefault(guest.claims[0].place.tep, []).append(guest)
        for tep, those in lost.items():
            names = those[0].name + (f" and {len(those) - 1:,} more VMs" if len(those) > 1 else "")
            shown = tep if isinstance(tep, str) else tep.hex(":")
            what = f"{names} of TEP {shown!r} are left out: no address of the TEP is told"
            self.told.leave_out(what, those[0].claims[0].origin)
        return placed

    def _hear_of_ports(self, statements: Iterable[PortStatement]) -> None:
        for statement in statements:
            network = self._networks.find(statement.vnid)
            for tep in self._teps.at(statement.place.tep, statement.origin) if network is not None else ():
                if tep.ips and network is not None:
                    self._ports.hear(spot_of(statement.place, tep), network, statement.origin)

    def _write(self, placed: deque[_Placed]) -> None:
        draft = self.told.draft
        self._teps.settle()
        for network in self._networks:
            draft.entry("networks", network.name).update(network.entry())
        for tep in self._teps:
            if tep.ips:
                draft.entry("teps", tep.name).update(tep.entry())
        for name, entry in self._ports.entries():
            draft.entry("switches", name).update(entry)
        vms: dict[str, Any] = draft.data.setdefault("vms", {})
        while placed:
            guest, cards = placed.popleft()
            vms[guest.name] = self._vm(guest, cards)
        add_policies(self._all(PolicyStatement), self._networks, draft)
        add_vrfs(self._all(VrfStatement), self._networks, self.told)
        add_hosts(self._all(HostStatement), self._teps, self._ports, draft)

    def _vm(self, guest: Guest, cards: list[_Card]) -> dict[str, Any]:
        """What the map has for a VM."""
        network = self._network(guest.vnid)
        nics = [self._nic(guest, card, network) for card in cards]
        entry: dict[str, Any] = nics[0] if len(nics) == 1 else {"nics": nics}
        for why in dict.fromkeys([stay.guessed for card in cards for stay in card.stays if stay.guessed]):
            self.told.guess(("vms", guest.name), why)
        for note in guest.notes:
            self.told.draft.note(("vms", guest.name), note)
        return {**entry, "shared": True} if guest.shared else entry

    def _nic(self, guest: Guest, card: _Card, network: NetworkFacts) -> dict[str, Any]:
        entry: dict[str, Any] = {"mac": card.macs} if card.macs else {}
        if card.addresses:
            entry["ip"] = card.addresses
        stays = [(self._ports.reference(stay.spot, network), stay.from_ns, stay.until_ns) for stay in card.stays]
        entry["at"] = tuple([_place(*stay) for stay in joined(stays)])
        return entry


def _cards(guest: Guest) -> list[tuple[tuple[bytes, ...], list[VmStatement]]]:
    """What is said of each MAC address; what is said without one is of the first."""
    cards: dict[bytes, list[VmStatement]] = {}
    for claim in guest.claims:
        cards.setdefault(claim.mac, []).append(claim)
    nameless = cards.pop(b"", ()) if len(cards) > 1 else ()
    if nameless:
        next(iter(cards.values())).extend(nameless)
    return [((mac,) if mac else (), claims) for mac, claims in cards.items()]


def _addresses(guest: Guest, claims: list[VmStatement]) -> tuple[bytes | Prefix, ...]:
    """The addresses of a VM, without those that are another's."""
    if len(claims) == 1 and not guest.not_its:
        addresses = addresses_of(claims[0])
    else:
        not_its = guest.not_its or ()
        addresses = tuple({each for claim in claims for each in addresses_of(claim) if each not in not_its})
    return tuple(sorted(addresses, key=_address_order)) if len(addresses) > 1 else addresses


def _together(cards: list[_Card]) -> list[_Card]:
    """Cards that are always at the same places are one."""
    done: list[_Card] = []
    for card in cards:
        same = next((other for other in done if other.stays == card.stays), None)
        if same is None:
            done.append(card)
        else:
            same.macs += card.macs
            same.addresses = tuple(sorted({*same.addresses, *card.addresses}, key=_address_order))
    return done


def _address_order(address: bytes | Prefix) -> tuple[bool, int, bytes, int]:
    """Addresses before prefixes, IPv4 before IPv6, then by number."""
    if isinstance(address, Prefix):
        return True, len(address.address), address.address, address.length
    return False, len(address), address, 0


def _place(reference: str, from_ns: int | None, until_ns: int | None) -> dict[str, str] | str:
    if from_ns is None and until_ns is None:
        return reference
    place = {"port": reference}
    if from_ns is not None:
        place["from"] = time_text(from_ns)
    if until_ns is not None:
        place["until"] = time_text(until_ns)
    return place
