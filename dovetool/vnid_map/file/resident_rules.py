"""What is wrong with where VMs are: places that do not exist, one place twice, addresses with two owners.

Of a VM that could not be read, a value may be None: it is reported already and takes no part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain, pairwise
from typing import NamedTuple

from dovetool.vnid_map.file.model import MapFile, Nic, Placement, Vm
from dovetool.vnid_map.file.problems import Path, Problem, Suggestions, quoted
from dovetool.vnid_map.places import Member, members, nics_of, place_name
from dovetool.vnid_map.prefixes import Prefix
from dovetool.vnid_map.texts import ip_or_prefix_text, mac_text, time_text

EVER = 1 << 100
"""Nanoseconds since 1970 of a time behind all that a map can hold; -EVER is before them."""

_Members = Mapping[str, Member]
_Address = bytes | Prefix
_Key = tuple[str, _Address]  # the network's name, the address


def find_misplaced(model: MapFile, hints: Suggestions) -> Iterator[Problem]:
    """Yield every mistake about VMs that takes more than one value to see."""
    places = members(model)
    for name, vm in model.vms.items():
        yield from _addressless(("vms", name), vm)
        for path, nic in _paths(name, vm):
            yield from _of_nic(path, nic, model, places, hints)
    yield from _shared_addresses(model, places)


def span(place: Placement) -> tuple[int, int]:
    """Return the first moment of a placement, and the first behind it, in nanoseconds."""
    start = -EVER if place.from_ns is None else place.from_ns
    return start, EVER if place.until_ns is None else place.until_ns


def _paths(name: str, vm: Vm) -> Iterator[tuple[Path, Nic]]:
    for index, nic in enumerate(nics_of(vm)):
        if nic is not None:
            yield (("vms", name, "nics", index) if vm.nics else ("vms", name)), nic


def _addressless(path: Path, vm: Vm) -> Iterator[Problem]:
    """A VM has network cards, or addresses and places of its own."""
    if vm.mac and vm.at and vm.nics == ():
        return
    own = [key for key in ("mac", "ip", "at") if key in vm.model_fields_set]
    if "nics" in vm.model_fields_set:
        if own:
            hint = "addresses and places stand with each network card"
            yield Problem(
                (*path, own[0]), f"a VM with nics and the key {quoted(own[0])}", "nics alone", hint, at_key=True
            )
        for index, nic in enumerate(vm.nics or ()):
            if nic is not None:
                yield from _incomplete((*path, "nics", index), "a network card", nic)
        return
    yield from _incomplete(path, "a VM", vm)


def _incomplete(path: Path, what: str, nic: Nic) -> Iterator[Problem]:
    if {"mac", "ip"}.isdisjoint(nic.model_fields_set) or ("mac" not in nic.model_fields_set and nic.ip == ()):
        yield Problem(path, f"{what} without the key 'mac'", "one", "or the key 'ip'", at_key=True)
    if "at" not in nic.model_fields_set:
        yield Problem(path, f"{what} without the key 'at'", "one", at_key=True)


def _of_nic(path: Path, nic: Nic, model: MapFile, places: _Members, hints: Suggestions) -> Iterator[Problem]:
    for key, addresses in (("mac", nic.mac), ("ip", nic.ip)):
        if len(addresses or ()) < 2:
            continue
        seen = set()
        for index, address in enumerate(addresses or ()):
            if address is not None and address in seen:
                yield Problem((*path, key, index), f"{_text(address)} a second time", "each address once")
            seen.add(address)
    known = [(index, place) for index, place in enumerate(nic.at or ()) if place is not None]
    for index, place in known:
        start, end = span(place)
        if start >= end:
            expected = f"a time after {time_text(start)}"
            yield Problem((*path, "at", index, "until"), time_text(end), expected)
        if place_name(place) not in places:
            yield from _nowhere((*path, "at", index), place, model, hints)
    if len(known) > 1:
        yield from _twice_there(path, known)


def _nowhere(path: Path, place: Placement, model: MapFile, hints: Suggestions) -> Iterator[Problem]:
    switch_name, _, port = place.port.partition("/")
    switch = model.switches.get(switch_name)
    if switch is None:
        kind = "the name of a switch before the '/'" if port else "SWITCH/PORT, or a switch of one network"
        yield Problem((*path, "port"), quoted(switch_name), kind, hints.hint(switch_name, model.switches))
        return
    if switch.ports is None:
        return
    if not port:
        hint = "or the switch has the key 'network'"
        yield Problem((*path, "port"), quoted(place.port), f"a port of switch {quoted(switch_name)}", hint)
        return
    line = port if port in switch.ports else port.rpartition(".")[0]
    settings = switch.ports.get(line)
    if line in switch.ports and settings is None:
        return
    if settings is not None and settings.vlans:
        vlans = ", ".join(
            f"{switch_name}/{line}.{vlan}" if vlan else f"{switch_name}/{line}" for vlan in settings.vlans
        )
        key = "vlan" if place.vlan is not None else "port"
        yield Problem((*path, key), quoted(place.vlan or place.port), f"a VLAN of the trunk: {vlans}")
    elif settings is not None:
        found = quoted(place.vlan or place.port)
        yield Problem((*path, "vlan" if place.vlan else "port"), found, "no VLAN, as the port is no trunk")
    else:
        known = [*switch.ports]
        expected = f"the name of a port of switch {quoted(switch_name)} behind the '/'"
        yield Problem((*path, "port"), quoted(port), expected, hints.hint(port, known))


def _twice_there(path: Path, places: list[tuple[int, Placement]]) -> Iterator[Problem]:
    """A VM may be at several places at once, and at each of them once."""
    spans = sorted((place_name(place), *span(place), index) for index, place in places)
    for (name, start, end, index), (next_name, next_start, next_end, next_index) in pairwise(spans):
        if name == next_name and start < end and next_start < next_end and next_start < end:
            found = f"{quoted(name)} a second time for the same moments"
            yield Problem((*path, "at", max(index, next_index)), found, "each place once")


class _Use(NamedTuple):
    """An address in use: by whom, from when until when; `order` is that of the file."""

    start: int
    end: int
    order: int
    vm: str
    shared: bool
    path: Path


def _shared_addresses(model: MapFile, places: _Members) -> Iterator[Problem]:
    """Find VMs of one network that have one address at the same time; in two networks they may, or if both say so."""
    shared: dict[_Key, list[_Use]] = {key: [] for key in _repeated(model, places)}
    if shared:
        for order, (key, vm, place, path) in enumerate(_uses(model, places)):
            if key in shared:
                is_shared = model.vms[vm].shared is True
                shared[key].append(_Use(*span(place), order, vm, is_shared, path))
    for (network, address), uses in shared.items():
        yield from _clashes(network, address, sorted(uses))


def _repeated(model: MapFile, places: _Members) -> Iterator[_Key]:
    """Yield the addresses that are used more than once, in the order in which that shows."""
    seen: defaultdict[str, set[_Address]] = defaultdict(set)
    for vm in model.vms.values():
        for nic in nics_of(vm):
            if nic is None:
                continue
            for place in nic.at or ():
                member = places.get(place_name(place)) if place is not None else None
                if member is None or member.network is None:
                    continue
                known = seen[member.network]
                for address in chain(nic.mac or (), nic.ip or ()):
                    if address in known:
                        yield member.network, address
                    elif address is not None:
                        known.add(address)


def _uses(model: MapFile, places: _Members) -> Iterator[tuple[_Key, str, Placement, Path]]:
    """Yield each address of each VM at each place, with the VM's name and the path to the address."""
    for name, vm in model.vms.items():
        for path, nic in _paths(name, vm):
            for place in nic.at or ():
                member = places.get(place_name(place)) if place is not None else None
                if member is None or member.network is None:
                    continue
                for index, mac in enumerate(nic.mac or ()):
                    if mac is not None:
                        yield (member.network, mac), name, place, (*path, "mac", index) if index else (*path, "mac")
                for index, ip in enumerate(nic.ip or ()):
                    if ip is not None:
                        yield (member.network, ip), name, place, (*path, "ip", index)


def _clashes(network: str, address: _Address, uses: list[_Use]) -> Iterator[Problem]:
    expected = f"another one, as both are in network {quoted(network)} at the same time"
    clashes: dict[tuple[str, str], Problem] = {}
    last = uses[0]
    for use in uses[1:]:
        if use.start < last.end and use.vm != last.vm and not (use.shared and last.shared):
            one, other = sorted((use, last), key=lambda each: each.order)
            found = f"{_text(address)}, which VM {quoted(one.vm)} has"
            hint = "or both have shared: true"
            clashes.setdefault((one.vm, other.vm), Problem(other.path, found, expected, hint))
        last = max(use, last, key=lambda each: each.end)
    yield from clashes.values()


def _text(address: _Address) -> str:
    return mac_text(address) if isinstance(address, bytes) and len(address) == 6 else ip_or_prefix_text(address)
