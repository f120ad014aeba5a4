"""Tunnel end points of all statements: those of one name, and those of one address, are one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from dovetool.map_sources.assembly import clean
from dovetool.map_sources.assembly.told import Told
from dovetool.map_sources.statements import Origin, TepStatement
from dovetool.vnid_map.texts import ip_text, mac_text

_USUAL = ("vxlan",)


class TepFacts:
    """What is known of a tunnel end point; lists are in the order in which it was said.

    Attributes:
        name: its name in the map.
        origin: where it is first spoken of.
        ips: its addresses in the underlay.
        macs: its MAC addresses there.
        router_macs: those by which it routes.
        encaps: encapsulations, preferred first.
        ports: UDP port of an encapsulation.
        shared: others have an address of its, too.
        guesses: why it is unsure.
        notes: what else is to be told of it.
        is_sure: a statement about it is sure.
    """

    def __init__(self, name: str, origin: Origin) -> None:
        self.name, self.origin = name, origin
        self.ips: list[bytes] = []
        self.macs: list[bytes] = []
        self.router_macs: list[bytes] = []
        self.encaps: list[str] = []
        self.ports: dict[str, int] = {}
        self.shared = self.is_sure = False
        self.guesses: list[str] = []
        self.notes: list[str] = []

    def add(self, statement: TepStatement, told: Told) -> None:
        """Hear a statement about it."""
        origin = statement.origin
        clean.add_new(self.ips, clean.ips(statement.ips, origin, told))
        clean.add_new(self.macs, clean.macs(statement.macs, origin, told))
        clean.add_new(self.router_macs, clean.macs(statement.router_macs, origin, told))
        clean.add_new(self.encaps, statement.encaps)
        for encap, port in statement.ports.items():
            if self.ports.setdefault(encap, port) != port:
                what = f"TEP {self.name} takes {encap} at UDP port {self.ports[encap]}, and at {port}"
                told.contradict(what, self.origin, origin)
        self.shared |= statement.shared
        self.is_sure |= not statement.guessed
        clean.add_new(self.notes, [statement.note] if statement.note else [])
        clean.add_new(self.guesses, [statement.guessed] if statement.guessed else [])

    def absorb(self, other: TepFacts) -> None:
        """Become one with another that is the same."""
        for key in ("ips", "macs", "router_macs", "encaps", "guesses", "notes"):
            clean.add_new(getattr(self, key), getattr(other, key))
        self.ports = {**other.ports, **self.ports}
        self.shared |= other.shared
        self.is_sure |= other.is_sure

    def entry(self) -> dict[str, Any]:
        """What the map has for it."""
        entry: dict[str, Any] = {"ip": list(map(ip_text, self.ips)), "encap": list(self.encaps)}
        if self.macs:
            entry["mac"] = list(map(mac_text, self.macs))
        if self.router_macs:
            entry["router_mac"] = list(map(mac_text, self.router_macs))
        if self.ports:
            entry["ports"] = dict(self.ports)
        if self.shared:
            entry["shared"] = True
        return entry


class Teps:
    """All tunnel end points, by name and by address."""

    def __init__(self, statements: Iterable[TepStatement], told: Told) -> None:
        """Hear all statements; which name an address has is known only then."""
        self._told = told
        self._names: dict[str, TepFacts] = {}
        self._by_ip: dict[bytes, list[TepFacts]] = {}
        nameless = []
        for statement in statements:
            name = clean.name(statement.name)
            if name:
                self.named(name, statement.origin).add(statement, told)
            else:
                nameless.append(statement)
        self._join()
        for statement in nameless:
            self._hear_of_addresses(statement)

    def __iter__(self) -> Iterator[TepFacts]:
        """Each of them once."""
        return iter(dict.fromkeys(self._names.values()))

    def named(self, name: str, origin: Origin) -> TepFacts:
        """The one of a name; one that nobody has told of has no address."""
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = TepFacts(name, origin)
        return found

    def at(self, where: str | bytes, origin: Origin) -> list[TepFacts]:
        """Those that a place means: by name, or by address, which several may share."""
        if isinstance(where, str):
            name = clean.name(where)
            return [self.named(name, origin)] if name else []
        found = self._by_ip.get(where)
        if found is None:
            self._hear_of_addresses(TepStatement(origin, ips=(where,), guessed="known by its address alone"))
            found = self._by_ip.setdefault(where, [])
        return found

    def _join(self) -> None:
        """Find names that stand for one, and those that share an address."""
        for tep in self:
            for ip in tep.ips:
                for other in self._by_ip.setdefault(ip, []):
                    if self._names[other.name] is tep:
                        break
                    if _are_one(other, tep):
                        other.absorb(tep)
                        self._names = {name: other if each is tep else each for name, each in self._names.items()}
                        break
                    self._share(ip, other, tep)
                else:
                    self._by_ip[ip].append(tep)
        for tep in self:
            for ip in tep.ips:
                owners = self._by_ip.setdefault(ip, [])
                owners[:] = dict.fromkeys(self._names[each.name] for each in owners)
                if tep not in owners:
                    owners.append(tep)

    def _share(self, ip: bytes, one: TepFacts, other: TepFacts) -> None:
        if not (one.shared and other.shared):
            for tep, mate in ((one, other), (other, one)):
                tep.shared = True
                self._told.guess(("teps", tep.name), f"{mate.name} has {ip_text(ip)} too")
        clean.add_new(one.encaps, other.encaps)
        one.ports = other.ports = {**other.ports, **one.ports}
        other.encaps = one.encaps

    def _hear_of_addresses(self, statement: TepStatement) -> None:
        ips = clean.ips(statement.ips, statement.origin, self._told)
        owners = list(dict.fromkeys(tep for ip in ips for tep in self._by_ip.get(ip, ())))
        if not owners and ips:
            name = clean.unique(f"tep-{ip_text(ips[0])}", self._names)
            owners = [self.named(name, statement.origin)]
        if len(owners) == 1:
            owners[0].add(statement, self._told)
            for ip in ips:
                self._by_ip.setdefault(ip, list(owners))

    def settle(self) -> None:
        """All is heard: those whose encapsulation nobody tells have that of most others."""
        common = Counter(tuple(tep.encaps) for tep in self if tep.encaps).most_common(1)
        usual = common[0][0] if common else _USUAL
        for tep in self:
            if not tep.encaps:
                tep.encaps.extend(usual)
                if tep.is_sure and tep.ips:
                    self._told.guess(("teps", tep.name), f"{', '.join(usual)}: no encapsulation is told")
            for note in tep.notes if tep.ips else ():
                self._told.draft.note(("teps", tep.name), note)
            for why in tep.guesses if tep.ips and not tep.is_sure else ():
                self._told.guess(("teps", tep.name), why)


def _are_one(one: TepFacts, other: TepFacts) -> bool:
    """Say whether two names with a common address are of one: they have a MAC address, or a host's name, in common."""
    if one.macs and other.macs:
        return not set(one.macs).isdisjoint(other.macs)
    short, long = sorted((one.name, other.name), key=len)
    return not (one.shared or other.shared) and long.startswith(f"{short}.")
