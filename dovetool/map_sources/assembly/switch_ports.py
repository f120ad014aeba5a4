"""Switches and their ports, with the network of each: one switch a TEP, unless sources name some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dovetool.map_sources.assembly import clean
from dovetool.map_sources.assembly.network_facts import NetworkFacts
from dovetool.map_sources.assembly.stays import Spot
from dovetool.map_sources.assembly.tep_facts import TepFacts
from dovetool.map_sources.assembly.told import Told
from dovetool.map_sources.statements import Origin
from dovetool.natural import natural

_UNTAGGED = 0
_Line = tuple[TepFacts, str, str]
"""A port: of which TEP, of which switch, by which name."""
_Apart = tuple[_Line, int | None, NetworkFacts, Origin, dict[NetworkFacts, Origin]]
"""A port with the VLAN and the network that it cannot have; who says so, and who has it."""


class SwitchPorts:
    """The ports that statements speak of. First hear of all of them, then settle, then ask for their names."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._same: dict[_Line, _Line] = {}
        self._lines: dict[_Line, dict[int | None, dict[NetworkFacts, Origin]]] = {}
        self._references: dict[tuple[_Line, int | None, NetworkFacts], str] = {}
        self._switches: dict[tuple[TepFacts, str], str] = {}
        self._ports: dict[str, dict[str, Any]] = {}

    def hear(self, spot: Spot, network: NetworkFacts, origin: Origin) -> None:
        """A port is in a network."""
        line = spot.tep, spot.switch, spot.port
        self._lines.setdefault(line, {}).setdefault(spot.vlan, {}).setdefault(network, origin)

    def settle(self) -> None:
        """All is heard: give switches and ports their names, and each port its networks."""
        self._join_lines()
        self._name_switches()
        ordered = self._ordered()
        trunks = self._vlan_names()
        apart = [each for line in ordered if line[2] for each in self._settle_line(line, trunks)]
        for claim in apart:
            self._set_apart(*claim)
        for line in ordered:
            if not line[2]:
                self._settle_unknown(line)
        self._lines = {}

    def _ordered(self) -> list[_Line]:
        """The ports as people count them, switch by switch: keys of all of them at once would take much memory."""
        lines: dict[tuple[TepFacts, str], list[_Line]] = {each: [] for each in self._switches}
        for line in self._lines:
            lines[line[0], line[1]].append(line)
        switches = sorted(lines, key=lambda each: (each[0].name, natural(each[1])))
        return [
            line for each in switches for line in sorted(lines[each], key=lambda line: (not line[2], natural(line[2])))
        ]

    def reference(self, spot: Spot, network: NetworkFacts) -> str:
        """How a map calls a port: SWITCH/PORT or SWITCH/PORT.VLAN."""
        line = spot.tep, spot.switch, spot.port
        return self._references[self._same.get(line, line), spot.vlan, network]

    def switch_names(self, told: str) -> Iterator[str]:
        """The switches that a source has called so."""
        return (name for (_, switch), name in self._switches.items() if switch == clean.place_name(told))

    def entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the map has for each switch."""
        for (tep, _), name in self._switches.items():
            yield name, {"tep": tep.name, "ports": self._ports.get(name, {})}

    def _join_lines(self) -> None:
        """A port of a TEP whose switch is not told is the one of that name, where one switch of the TEP has such."""
        switches: dict[tuple[TepFacts, str], list[str]] = {}
        for tep, switch, port in self._lines:
            if switch and port:
                switches.setdefault((tep, port), []).append(switch)
        for line in [line for line in self._lines if line[2] and not line[1]]:
            named = switches.get((line[0], line[2]), [])
            if len(named) == 1:
                self._same[line] = (line[0], named[0], line[2])
                vlans = self._lines[self._same[line]]
                for vlan, networks in self._lines.pop(line).items():
                    vlans[vlan] = {**networks, **vlans.get(vlan, {})}

    def _name_switches(self) -> None:
        """Those of the same name at several TEPs are called after both."""
        switches = dict.fromkeys((tep, switch) for tep, switch, _ in self._lines)
        owners: dict[str, int] = {}
        for tep, switch in switches:
            wanted = switch or clean.place_name(tep.name)
            owners[wanted] = owners.get(wanted, 0) + 1
        for tep, switch in sorted(switches, key=lambda each: (each[0].name, each[1])):
            wanted = switch or clean.place_name(tep.name)
            if owners[wanted] > 1 and switch and switch != clean.place_name(tep.name):
                wanted = f"{clean.place_name(tep.name)}-{switch}"
            name = clean.unique(wanted or "switch", self._ports)
            self._switches[tep, switch] = name
            self._ports[name] = {}

    def _vlan_names(self) -> set[str]:
        """What VLANs of trunks are called: SWITCH/PORT.VLAN, which no port may be called then."""
        return {
            f"{self._switches[line[0], line[1]]}/{line[2]}.{vlan}"
            for line, vlans in self._lines.items()
            for vlan in vlans
            if line[2] and vlan
        }

    def _settle_line(self, line: _Line, trunks: set[str]) -> Iterator[_Apart]:
        """A port is in one network, or in one for each VLAN; what does not go together is for `_set_apart`."""
        vlans = self._lines[line]
        is_trunk = None not in vlans or len(vlans) > 1
        settled: dict[int | None, NetworkFacts] = {}
        switch, port = self._switches[line[0], line[1]], line[2]
        if f"{switch}/{port}" in trunks:
            others = {each[2] for each in self._lines if self._switches[each[0], each[1]] == switch}
            port = clean.unique(f"{port}-port", others | self._ports[switch].keys())
        for vlan in sorted(vlans, key=lambda vlan: (vlan is None, vlan or 0)):
            for network, origin in vlans[vlan].items():
                place = self._fitting_vlan(vlan, network, settled) if is_trunk else vlan
                if settled.setdefault(place, network) is network:
                    reference = f"{switch}/{port}.{place}" if place else f"{switch}/{port}"
                    self._references[line, vlan, network] = reference
                else:
                    yield line, vlan, network, origin, vlans[vlan]
        self._ports[switch][port] = (
            {vlan or "untagged": network.name for vlan, network in settled.items()} if is_trunk else settled[None].name
        )

    def _fitting_vlan(
        self, vlan: int | None, network: NetworkFacts, settled: dict[int | None, NetworkFacts]
    ) -> int | None:
        """The VLAN of a trunk port that is meant where none is told: the network's one, else no tag."""
        if vlan is not None:
            return vlan
        known = [each for each, other in settled.items() if other is network]
        return known[0] if len(known) == 1 else _UNTAGGED

    def _set_apart(
        self, line: _Line, vlan: int | None, network: NetworkFacts, origin: Origin, claims: dict[NetworkFacts, Origin]
    ) -> None:
        """A port that is in another network already: what is said to be there gets a port of its own."""
        switch = self._switches[line[0], line[1]]
        first, known = next(iter(claims.items()))
        which = f"{switch}/{line[2]}" + (f" VLAN {vlan}" if vlan else "")
        if first is not network:
            what = f"port {which} is in network {first.name}, and in {network.name}"
            self._told.contradict(what, known, origin)
        port = self._new_port(switch, f"{line[2]}-{clean.place_name(network.name)}", network)
        self._references[line, vlan, network] = f"{switch}/{port}"
        self._told.guess(("switches", switch, "ports", port), f"port {line[2]} is in another network, too")

    def _settle_unknown(self, line: _Line) -> None:
        """VMs whose port is not known are at one that is called after their network."""
        switch = self._switches[line[0], line[1]]
        for vlan, networks in self._lines[line].items():
            for network in networks:
                port = self._new_port(switch, clean.place_name(network.name), network)
                self._references[line, vlan, network] = f"{switch}/{port}"
                self._told.guess(("switches", switch, "ports", port), "the source names no port")

    def _new_port(self, switch: str, wanted: str, network: NetworkFacts) -> str:
        ports = self._ports[switch]
        if ports.get(wanted) != network.name:
            wanted = clean.unique(wanted, ports)
            ports[wanted] = network.name
        return wanted
