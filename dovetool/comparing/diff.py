"""What appeared, vanished, moved and changed from one map to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from dovetool.comparing.matching import Matching
from dovetool.natural import natural
from dovetool.vnid_map.file.writing import Entry, entry_data
from dovetool.vnid_map.places import members, nics_of, place_name
from dovetool.vnid_map.prefixes import Prefix
from dovetool.vnid_map.texts import ip_or_prefix_text, mac_text, time_text, value_text

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile, Nic, Placement, Policy, Vm
    from dovetool.vnid_map.places import Member


class What(StrEnum):
    """What may be different about a thing."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    MOVED = "moved"
    CHANGED = "changed"


class Difference(NamedTuple):
    """A thing that is not the same in two maps.

    Attributes:
        what: how it differs.
        kind: network, tep, port, vm, policy, vrf or host.
        name: its name, in the second map where it is there.
        key: what of it is different, as in the map; empty for the whole thing.
        before: what the first map has; empty: nothing.
        after: what the second one has.
    """

    what: What
    kind: str
    name: str
    key: str = ""
    before: str = ""
    after: str = ""


def differences(first: MapFile, second: MapFile) -> list[Difference]:
    """All differences, by kind and name; names alone, and the order of entries and lists, make none but `name`."""
    return list(_Comparison(first, second).all())


class _Comparison:
    """Two maps, and which of their things are the same."""

    def __init__(self, first: MapFile, second: MapFile) -> None:
        self.first, self.second = first, second
        self._same = Matching(first, second)
        self._places = members(first), members(second)

    def all(self) -> Iterator[Difference]:
        first, second = self.first, self.second
        if first.tag != second.tag:
            yield Difference(What.CHANGED, "tag", "tag", "tpid", hex(first.tag.tpid), hex(second.tag.tpid))
        yield from _entries("network", first.networks, second.networks, self._same.networks, _facts)
        yield from _entries("tep", first.teps, second.teps, self._same.teps, _facts)
        yield from self._ports()
        yield from self._vms()
        yield from self._policies()
        vrfs = self._same.vrfs
        yield from _entries("vrf", first.vrfs, second.vrfs, vrfs, _facts, self._vrf_of_second)
        hosts = {name: name for name in first.hosts if name in second.hosts}
        yield from _entries("host", first.hosts, second.hosts, hosts, _facts, self._host_of_second)

    def _network(self, name: str | None) -> str:
        """A network of the second map, by its name in the first where it has one."""
        return self._same.networks.get(name or "", name or "")

    def _vrf_of_second(self, facts: dict[str, str]) -> dict[str, str]:
        return {**facts, "networks": _several(map(self._network, facts.get("networks", "").split(", ")))}

    def _host_of_second(self, facts: dict[str, str]) -> dict[str, str]:
        teps = (self._same.teps.get(name, name) for name in facts.get("teps", "").split(", ") if name)
        return {**facts, "teps": _several(teps)}

    def _ports(self) -> Iterator[Difference]:
        before = {name: self._port(place, 0) for name, place in self._places[0].items()}
        after = {name: self._port(place, 1) for name, place in self._places[1].items()}
        for name in sorted({**before, **after}, key=natural):
            old, new = before.get(name, ""), after.get(name, "")
            if old != new:
                what = What.CHANGED if old and new else What.APPEARED if new else What.VANISHED
                yield Difference(what, "port", name, "network" if old and new else "", old, new)

    def _port(self, place: Member, which: int) -> str:
        network = self._network(place.network) if which else place.network or ""
        told = f"native VLAN {place.native}" if place.native is not None else "", "trusted" if place.trusted else ""
        return " ".join((network, *(f"({each})" for each in told if each)))

    def _vms(self) -> Iterator[Difference]:
        first, second = self.first.vms, self.second.vms
        known = set(self._same.vms.values())
        for name in sorted(first, key=natural):
            if name not in known and not self._is_behind_a_device(first[name]):
                yield Difference(What.VANISHED, "vm", name, before=_at(first[name]))
        for name in sorted(second, key=natural):
            old = self._same.vms.get(name)
            if old is None:
                yield Difference(What.APPEARED, "vm", name, after=_at(second[name]))
                continue
            if old != name:
                yield Difference(What.CHANGED, "vm", name, "name", old, name)
            yield from self._changed_vm(name, first[old], second[name])

    def _is_behind_a_device(self, vm: Vm) -> bool:
        """Say whether a VM without a MAC address (a pod) is there as addresses of its node's tunnel device.

        So it is in a map that was learnt from captures, which tell such VMs by their addresses alone.
        """
        ips = {ip for nic in nics_of(vm) for ip in nic.ip}
        if any(nic.mac for nic in nics_of(vm)) or any(not nic.mac for each in self._vms_of(1) for nic in each):
            return False
        places = set(self._where(vm, 0))
        devices = (other for other in self.second.vms.values() if set(self._where(other, 1)) & places)
        return any(ips <= {ip for nic in nics_of(other) for ip in nic.ip} for other in devices)

    def _vms_of(self, which: int) -> Iterator[tuple[Nic, ...]]:
        return map(nics_of, (self.second if which else self.first).vms.values())

    def _changed_vm(self, name: str, old: Vm, new: Vm) -> Iterator[Difference]:
        for key in ("mac", "ip"):
            before, after = _addresses(old, key), _addresses(new, key)
            if before != after:
                yield Difference(What.CHANGED, "vm", name, key, before, after)
        if old.shared != new.shared:
            yield Difference(What.CHANGED, "vm", name, "shared", str(old.shared).lower(), str(new.shared).lower())
        before, after = _at(old), _at(new)
        if self._where(old, 0) != self._where(new, 1):
            yield Difference(What.MOVED, "vm", name, "at", before, after)
        elif _times(old) != _times(new):
            yield Difference(What.CHANGED, "vm", name, "at", before, after)
        elif before != after:
            yield Difference(What.CHANGED, "vm", name, "port", before, after)

    def _where(self, vm: Vm, which: int) -> list[tuple[str, str]]:
        """The TEPs and networks that a VM is at, one after the other."""
        places = sorted(_placements(nics_of(vm)), key=_start)
        found = [(self._tep(place, which), self._network_at(place, which)) for place in places]
        return found if any(place.from_ns for place in places) else sorted(found)

    def _tep(self, place: Placement, which: int) -> str:
        model = self.second if which else self.first
        tep = model.switches[place.port.partition("/")[0]].tep
        return self._same.teps.get(tep, tep) if which else tep

    def _network_at(self, place: Placement, which: int) -> str:
        network = self._places[which][place_name(place)].network
        return self._network(network) if which else network or ""

    def _policies(self) -> Iterator[Difference]:
        before = dict(_policies(self.first.policies, lambda name: name))
        after = dict(_policies(self.second.policies, self._network))
        for name in sorted({**before, **after}, key=natural):
            old, new = before.get(name), after.get(name)
            if old is None or new is None:
                yield Difference(What.APPEARED if old is None else What.VANISHED, "policy", name)
            else:
                yield from _different("policy", name, old, new)


def _entries(
    kind: str,
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    same: Mapping[str, str],
    facts_of: Callable[[Entry], dict[str, str]],
    in_words_of_first: Callable[[dict[str, str]], dict[str, str]] = dict,
) -> Iterator[Difference]:
    """The differences of a section whose entries are told by one function."""
    known = set(same.values())
    for name in sorted(first, key=natural):
        if name not in known:
            yield Difference(What.VANISHED, kind, name)
    for name in sorted(second, key=natural):
        if name not in same:
            yield Difference(What.APPEARED, kind, name)
            continue
        if same[name] != name:
            yield Difference(What.CHANGED, kind, name, "name", same[name], name)
        yield from _different(kind, name, facts_of(first[same[name]]), in_words_of_first(facts_of(second[name])))


def _different(kind: str, name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for key in dict.fromkeys((*old, *new)):
        if old.get(key, "") != new.get(key, ""):
            yield Difference(What.CHANGED, kind, name, key, old.get(key, ""), new.get(key, ""))


_LINK_LOCAL = Prefix(b"\xfe\x80" + bytes(14), 10)
_IN_ORDER = frozenset({"encap"})


def _facts(entry: Entry) -> dict[str, str]:
    """What a map has for an entry, key by key; in a list the order counts where it is one of encapsulations."""
    facts: dict[str, str] = {}
    for key, value in entry_data(entry).items():
        nested = value if isinstance(value, dict) else {"": value}
        for inner, each in nested.items():
            name = f"{key}.{inner}" if inner != "" else key
            listed = each if isinstance(each, list) else [each]
            facts[name] = ", ".join(map(str, listed)) if name in _IN_ORDER else _several(map(value_text, listed))
    return facts


def _several(texts: Iterable[str]) -> str:
    return ", ".join(sorted(texts, key=natural))


def _addresses(vm: Vm, key: str) -> str:
    """Its addresses, but for those of the link, which every host has (RFC 4291 section 2.5.6)."""
    shown: Callable[[Any], str] = mac_text if key == "mac" else ip_or_prefix_text
    return _several({shown(each) for nic in nics_of(vm) for each in getattr(nic, key) if each not in _LINK_LOCAL})


def _at(vm: Vm) -> str:
    return _several(_place_text(place) for place in _placements(nics_of(vm)))


def _times(vm: Vm) -> list[tuple[int, int]]:
    return sorted((_start(place), place.until_ns or 0) for place in _placements(nics_of(vm)))


def _start(place: Placement) -> int:
    return -1 if place.from_ns is None else place.from_ns


def _placements(nics: Iterable[Nic]) -> Iterator[Placement]:
    return (place for nic in nics for place in nic.at)


def _place_text(place: Placement) -> str:
    since = f" from {time_text(place.from_ns)}" if place.from_ns is not None else ""
    until = f" until {time_text(place.until_ns)}" if place.until_ns is not None else ""
    return f"{place_name(place)}{since}{until}"


def _policies(policies: Iterable[Policy], called: Callable[[str], str]) -> Iterator[tuple[str, dict[str, str]]]:
    for policy in policies:
        how = {key: value for key, value in _facts(policy).items() if key not in ("from", "to")}
        yield f"{called(policy.source)} to {called(policy.target)}", how
