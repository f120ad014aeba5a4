"""What was looked up in a map, in words: the question, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from dovetool.vnid_map import Network, Policy, Port, Station, Tep, Trunk, VnidMap
from dovetool.vnid_map.recording import Lookup
from dovetool.vnid_map.texts import ip_text, mac_text, time_text

_MOST_NAMES = 8
NONE = "none"
_NOTHING = {"encap_between": " in common", "reachable": ", so it is denied"}
_OF_STATIONS = frozenset({"route"}) | frozenset(
    f"{what}_{how}_{address}"
    for what, how in (("station", "by"), ("stations", "by"), ("stations", "with"))
    for address in ("mac", "ip")
)


class Words(NamedTuple):
    """A look-up in words."""

    table: str
    question: str
    answer: str
    found: bool


def some(names: Iterable[str], most: int = _MOST_NAMES) -> str:
    """Names one behind the other; of many, the first ones and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


class LookupWords:
    """Words for the look-ups in one map."""

    def __init__(self, vnid_map: VnidMap) -> None:
        self._map = vnid_map
        self._askers: dict[str, Callable[..., str]] = {
            "network": lambda vnid: f"VNID {vnid}",
            "port": lambda name: f"port {name}",
            "trunk_at": lambda name: f"trunk {name}",
            "has_switch": lambda name: f"switch {name}",
            "tep": lambda name: f"tunnel end point {name}",
            "tep_by_ip": lambda ip: f"tunnel end point {ip_text(ip)}",
            "teps_by_ip": lambda ip: f"tunnel end points {ip_text(ip)}",
            "teps_by_router_mac": lambda mac: f"router {mac_text(mac)}",
            "tep_by_mac": lambda mac: f"tunnel end point {mac_text(mac)}",
            "group_networks": lambda ip: f"group {ip_text(ip)}",
            "station_by_mac": lambda vnid, mac, now: f"MAC {mac_text(mac)} in {self._named(vnid)}{self._at(now)}",
            "station_by_ip": lambda vnid, ip, now: f"IP {ip_text(ip)} in {self._named(vnid)}{self._at(now)}",
            "stations_by_mac": lambda vnid, mac, now: f"MAC {mac_text(mac)} in {self._named(vnid)}{self._at(now)}",
            "stations_by_ip": lambda vnid, ip, now: f"IP {ip_text(ip)} in {self._named(vnid)}{self._at(now)}",
            "stations_with_mac": lambda mac, now: f"MAC {mac_text(mac)} in any network{self._at(now)}",
            "stations_with_ip": lambda ip, now: f"IP {ip_text(ip)} in any network{self._at(now)}",
            "stations_of": lambda vnid, now: f"VMs of {self._named(vnid)}{self._at(now)}",
            "route": lambda vrf, ip, now: f"route to {ip_text(ip)} in VRF {vrf.name}{self._at(now)}",
            "reachable": self._policies,
            "policy": lambda source, target: self._policies(source, [target]),
            "encap_between": _encapsulations,
            "gateway_between": lambda local, remote: f"gateway between {local.name} and {remote.name}",
        }

    def all(self, lookups: Iterable[Lookup]) -> list[Words]:
        """The look-ups in words, each once; those of a name that is not there, or of no trunk, are left out."""
        asked = (each for each in lookups if each.key != ("",) and (each.answer or each.question != "trunk_at"))
        return list(dict.fromkeys(map(self._words, asked)))

    def _words(self, lookup: Lookup) -> Words:
        asked = self._askers[lookup.question](*lookup.key)
        found = bool(lookup.answer)
        return Words(lookup.question, asked, self._found(lookup) if found else self._absent(lookup), found)

    def _found(self, lookup: Lookup) -> str:
        if lookup.question == "has_switch":
            return "is in the map"
        if isinstance(lookup.answer, Policy):
            return "allowed"
        return self._allowed(lookup) if lookup.question == "reachable" else self._answer(lookup.answer)

    def _named(self, vnid: int) -> str:
        network = self._map.network(vnid)
        return network.name if network is not None else f"VNID {vnid}"

    def _at(self, ts_ns: int) -> str:
        """The time of day, where the map is not the same at all times."""
        return f" at {time_text(ts_ns)[11:-1]}" if self._map.change_times_ns else ""

    def _policies(self, source: int, targets: Iterable[int]) -> str:
        return f"policy from {self._named(source)} to {some(map(self._named, dict.fromkeys(targets)))}"

    def _allowed(self, lookup: Lookup) -> str:
        vnids, targets = lookup.answer, lookup.key[1]
        if not isinstance(vnids, tuple) or not isinstance(targets, list | tuple) or len(vnids) == len(set(targets)):
            return "allowed"
        return f"{some(map(self._named, vnids))} allowed"

    def _answer(self, answer: object) -> str:
        if isinstance(answer, tuple):
            return some(map(self._answer, answer))
        if isinstance(answer, Station):
            return f"{answer.vm} at {answer.port.name} ({self._named(answer.vnid)}, {answer.port.tep.name})"
        if isinstance(answer, Port):
            return f"network {self._named(answer.vnid)} (VNID {answer.vnid}), behind {answer.tep.name}"
        if isinstance(answer, Network):
            return f"network {answer.name}"
        if isinstance(answer, Trunk):
            vlans = (f"VLAN {vlan}" if vlan else "untagged" for vlan in answer.ports)
            return f"trunk with {some(vlans)}"
        return answer.name if isinstance(answer, Tep) else str(answer or "")

    def _absent(self, lookup: Lookup) -> str:
        """Nothing; of a VM's address, when it is or was there."""
        if lookup.question not in _OF_STATIONS:
            return NONE + _NOTHING.get(lookup.question, "")
        *key, now = lookup.key
        ask = getattr(self._map, lookup.question)
        later = next((time for time in self._map.change_times_ns if time > int(str(now)) and ask(*key, time)), None)
        if later is not None:
            return f"{NONE}; from {time_text(later)} on, {self._answer(ask(*key, later))}"
        times = reversed(self._map.change_times_ns)
        past = next((time for time in times if time <= int(str(now)) and ask(*key, time - 1)), None)
        return f"{NONE}; until {time_text(past)}, {self._answer(ask(*key, past - 1))}" if past is not None else NONE


def _encapsulations(local: Tep, remote: Tep, wanted: str | None = None) -> str:
    asked = f", asked for {wanted}" if wanted is not None else ""
    both = (f"{tep.name} ({', '.join(tep.encaps)})" for tep in (local, remote))
    return f"encapsulation of {' and '.join(both)}{asked}"
