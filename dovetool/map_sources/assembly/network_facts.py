"""Virtual networks of all statements, by VNID, and their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dovetool.map_sources.assembly import clean
from dovetool.map_sources.assembly.told import Told
from dovetool.map_sources.statements import NetworkStatement, Origin
from dovetool.vnid_map.texts import ip_text, mac_text

_LAST = 0xFFFFFF


class NetworkFacts:
    """What is known of a network.

    Attributes:
        vnid, mask, any_vnid: which VNIDs are its, as in a statement.
        origin: where it is first spoken of.
        name: its name in the map, once all are known.
        names: what it is called, the surest first.
        gateway_macs, gateway_ips: addresses of its anycast gateway.
        group: underlay group of its broadcasts; empty: none.
        floods: frames for unknown addresses go everywhere.
        identities: whose VNIDs are, of a network of identities.
        guesses: why it is unsure.
        is_sure: a statement about it is sure.
    """

    def __init__(self, vnid: int, origin: Origin) -> None:
        self.vnid, self.origin, self.name = vnid, origin, ""
        self.names: list[str] = []
        self.mask: int | None = None
        self.any_vnid = self.floods = self.is_sure = False
        self.gateway_macs: list[bytes] = []
        self.gateway_ips: list[bytes] = []
        self.group = b""
        self.identities: dict[int, str] = {}
        self.guesses: list[str] = []
        self.notes: list[str] = []

    def add(self, statement: NetworkStatement, told: Told) -> None:
        """Hear a statement about it."""
        origin = statement.origin
        name = clean.name(statement.name)
        if name and name not in self.names:
            place = len(self.names) if statement.guessed or self.is_sure else 0
            self.names.insert(place, name)
        self.mask = statement.mask if self.mask is None else self.mask
        self.any_vnid |= statement.any_vnid
        clean.add_new(self.gateway_macs, clean.macs(filter(None, [statement.gateway_mac]), origin, told))
        clean.add_new(self.gateway_ips, clean.ips(statement.gateway_ips, origin, told))
        if statement.group and self.group and statement.group != self.group:
            what = f"VNID {self.vnid} has the group {ip_text(self.group)}, and {ip_text(statement.group)}"
            told.contradict(what, self.origin, origin)
        self.group = self.group or (statement.group if len(statement.group) in {4, 16} else b"")
        self.floods |= bool(statement.floods)
        for identity, whose in statement.identities.items():
            self.identities.setdefault(identity, clean.name(whose))
        self.is_sure |= not statement.guessed
        clean.add_new(self.notes, [statement.note] if statement.note else [])
        clean.add_new(self.guesses, [statement.guessed] if statement.guessed else [])

    @property
    def is_possible(self) -> bool:
        """Say whether a map can have it: 0 is no VNID."""
        mask = _LAST if self.mask is None else self.mask
        return self.any_vnid or (1 <= self.vnid <= _LAST and 0 < mask <= _LAST and not self.vnid & ~mask)

    def entry(self) -> dict[str, Any]:
        """What the map has for it."""
        entry: dict[str, Any] = {"vnid": self.vnid}
        if self.any_vnid:
            entry["vnid"] = "any"
        elif self.mask not in {None, _LAST}:
            entry["vnid"] = {"value": self.vnid, "mask": self.mask}
        if self.gateway_macs:
            entry["gateway"] = {"mac": list(map(mac_text, self.gateway_macs))}
            if self.gateway_ips:
                entry["gateway"]["ip"] = list(map(ip_text, self.gateway_ips))
        if self.identities and self.any_vnid:
            entry["identities"] = {str(identity): whose for identity, whose in self.identities.items() if whose}
        if self.group:
            entry["group"] = ip_text(self.group)
        if self.floods:
            entry["unknown_unicast"] = "flood"
        return entry


class Networks:
    """All networks, by VNID."""

    def __init__(self, statements: Iterable[NetworkStatement], told: Told) -> None:
        """Hear all statements about networks themselves."""
        self._told = told
        self._known: dict[int, NetworkFacts] = {}
        for statement in statements:
            self.at(statement.vnid, statement.origin).add(statement, told)

    def __iter__(self) -> Iterator[NetworkFacts]:
        """Those that a map can have, in the order of their VNIDs."""
        return iter(sorted((each for each in self._known.values() if each.is_possible), key=lambda each: each.vnid))

    def at(self, vnid: int, origin: Origin) -> NetworkFacts:
        """The network of a VNID."""
        found = self._known.get(vnid)
        if found is None:
            found = self._known[vnid] = NetworkFacts(vnid, origin)
        return found

    def find(self, vnid: int) -> NetworkFacts | None:
        """The network of a VNID, if a map can have it."""
        found = self._known.get(vnid)
        return found if found is not None and found.is_possible else None

    def forget(self, vnid: int) -> None:
        """It is no network of VMs."""
        self._known.pop(vnid, None)

    def settle(self) -> None:
        """All are heard: give each a name of its own, and leave out what is none."""
        for network in self._known.values():
            if not network.is_possible:
                self._told.leave_out(f"VNID {network.vnid} is left out; expected 1 to {_LAST}", network.origin)
        taken: set[str] = set()
        for network in self:
            fallback = "any" if network.any_vnid else f"vnid-{network.vnid}"
            network.name = clean.unique((network.names or [fallback])[0], taken, str(network.vnid))
            taken.add(network.name)
            path = ("networks", network.name)
            others = [name for name in network.names if name != network.name]
            if others:
                self._told.draft.note(path, f"also called {', '.join(others)}")
            for note in network.notes:
                self._told.draft.note(path, note)
            for why in network.guesses if not network.is_sure else ():
                self._told.guess(path, why)
