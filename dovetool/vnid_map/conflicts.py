"""What no entry of a map shows alone: references to nothing, addresses with two owners, VMs in two places at once.

Each check yields problems and goes on, so that one pass finds all of them. Of an entry that could not be read, a
value may be None: it is reported already and takes no part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import chain, pairwise
from typing import NamedTuple

from dovetool.errors import MapError
from dovetool.vnid_map.model import MapFile, Placement, Vm
from dovetool.vnid_map.problems import Path, Problem, Suggestions, quoted
from dovetool.vnid_map.tep_rules import find_contradictions
from dovetool.vnid_map.texts import ip_text, mac_text, time_text

EVER = 1 << 100
"""Nanoseconds since 1970 of a time behind all that a map can hold; -EVER is before them."""

_Key = tuple[str, bytes]  # the network's name, the address
_FAMILIES = {4: "an IPv4", 16: "an IPv6"}


def find_conflicts(model: MapFile, suggestions: Suggestions | None = None) -> Iterator[Problem]:
    """Yield every mistake that takes two entries, or two values of a TEP, to see."""
    hints = suggestions or Suggestions()
    networks = model.networks_of_ports
    return chain(
        _duplicate_vnids(model),
        _duplicate_tep_ips(model),
        _duplicate_tep_macs(model),
        find_contradictions(model.teps),
        _switch_references(model, hints),
        _groups_of_another_family(model),
        _policies(model, hints),
        _placements(model, networks, hints),
        _shared_addresses(model, networks),
    )


def check(model: MapFile) -> None:
    """Refuse a map whose entries contradict each other.

    Raises:
        MapError: with a line for each contradiction, `PATH: what`.
    """
    problems = list(find_conflicts(model))
    if problems:
        raise MapError([f"{'.'.join(map(str, problem.path))}: {problem}" for problem in problems])


def _duplicate_vnids(model: MapFile) -> Iterator[Problem]:
    owners: dict[int, str] = {}
    for name, network in model.networks.items():
        if network.vnid is not None and owners.setdefault(network.vnid, name) != name:
            found = f"VNID {network.vnid}, which network {quoted(owners[network.vnid])} has"
            yield Problem(("networks", name, "vnid"), found, "a VNID of its own")


def _duplicate_tep_ips(model: MapFile) -> Iterator[Problem]:
    owners: dict[bytes, str] = {}
    for name, tep in model.teps.items():
        if tep.ip is not None and owners.setdefault(tep.ip, name) != name:
            found = f"{ip_text(tep.ip)}, which TEP {quoted(owners[tep.ip])} has"
            yield Problem(("teps", name, "ip"), found, "an address of its own")


def _duplicate_tep_macs(model: MapFile) -> Iterator[Problem]:
    """On a layer-2 underlay the MAC address alone tells a TEP; behind IP it does not matter."""
    owners: dict[bytes, str] = {}
    for name, tep in model.teps.items():
        if tep.underlay in {"l2", "both"} and tep.mac is not None and owners.setdefault(tep.mac, name) != name:
            found = f"{mac_text(tep.mac)}, which TEP {quoted(owners[tep.mac])} has"
            yield Problem(("teps", name, "mac"), found, "an address of its own on the layer-2 underlay")


def _unknown(path: Path, kind: str, name: str, known: Collection[str], hints: Suggestions) -> Problem:
    return Problem(path, quoted(name), f"the name of a {kind}", hints.hint(name, known))


def _switch_references(model: MapFile, hints: Suggestions) -> Iterator[Problem]:
    for name, switch in model.switches.items():
        if switch.tep is not None and switch.tep not in model.teps:
            yield _unknown(("switches", name, "tep"), "TEP", switch.tep, model.teps, hints)
        for port, network in switch.networks.items():
            if network is not None and network not in model.networks:
                yield _unknown(("switches", name, "ports", port, "network"), "network", network, model.networks, hints)


def _groups_of_another_family(model: MapFile) -> Iterator[Problem]:
    """A TEP sends to the group from its own address, so the two are of one IP version."""
    reported = set()
    for switch in model.switches.values():
        tep = model.teps.get(switch.tep)
        for name in switch.networks.values():
            network = model.networks.get(name)
            if tep is None or tep.underlay == "l2" or not tep.ip:
                continue
            if network is None or not network.group or name in reported:
                continue
            if len(tep.ip) != len(network.group):
                reported.add(name)
                expected = f"{_FAMILIES[len(tep.ip)]} group, as TEP {quoted(switch.tep)} has such an address"
                yield Problem(("networks", name, "group"), ip_text(network.group), expected)


def _policies(model: MapFile, hints: Suggestions) -> Iterator[Problem]:
    for index, policy in enumerate(model.policies):
        for key, name in (("from", policy.source), ("to", policy.target)):
            if name is not None and name not in model.networks:
                yield _unknown(("policies", index, key), "network", name, model.networks, hints)
        if policy.source is not None and policy.source == policy.target:
            found = f"{quoted(policy.target)} on both sides"
            hint = "inside one network all may talk"
            yield Problem(("policies", index, "to"), found, "another network", hint)


def span(place: Placement) -> tuple[int, int]:
    """Return the first moment of a placement, and the first behind it, in nanoseconds."""
    start = -EVER if place.from_ns is None else place.from_ns
    return start, EVER if place.until_ns is None else place.until_ns


def _placements(model: MapFile, networks: Mapping[str, str], hints: Suggestions) -> Iterator[Problem]:
    for name, vm in model.vms.items():
        for index, ip in enumerate(vm.ip or ()):
            if ip is not None and ip in vm.ip[:index]:
                yield Problem(("vms", name, "ip", index), f"{ip_text(ip)} a second time", "each address once")
        for index, place in enumerate(vm.at or ()):
            if place is None:
                continue
            start, end = span(place)
            if start >= end:
                expected = f"a time after {time_text(start)}"
                yield Problem(("vms", name, "at", index, "until"), time_text(end), expected)
            if place.port not in networks:
                yield from _place(("vms", name, "at", index), place, model, hints)
        if vm.at is not None and len(vm.at) > 1:
            yield from _two_places(name, vm)


def _place(path: Path, place: Placement, model: MapFile, hints: Suggestions) -> Iterator[Problem]:
    switch_name, _, port = place.port.partition("/")
    switch = model.switches.get(switch_name)
    if switch is None:
        yield _unknown((*path, "port"), "switch before the '/'", switch_name, model.switches, hints)
    elif switch.ports is not None and port not in switch.ports:
        kind = f"port of switch {quoted(switch_name)} behind the '/'"
        yield _unknown((*path, "port"), kind, port, switch.ports, hints)


def _two_places(name: str, vm: Vm) -> Iterator[Problem]:
    spans = sorted((*span(place), index) for index, place in enumerate(vm.at) if place is not None)
    for (start, end, index), (next_start, next_end, next_index) in pairwise(spans):
        if start < end and next_start < next_end and next_start < end:
            later = max(index, next_index)
            other = vm.at[min(index, next_index)].port
            expected = f"a time when VM {quoted(name)} is not at {quoted(other)}"
            yield Problem(("vms", name, "at", later), f"a place at {quoted(vm.at[later].port)}", expected)


class _Use(NamedTuple):
    """An address in use: by whom, from when until when; `order` is that of the file."""

    start: int
    end: int
    order: int
    vm: str
    path: Path


def _shared_addresses(model: MapFile, networks: Mapping[str, str]) -> Iterator[Problem]:
    """Find VMs of one network that have one address at the same time; in two networks they may."""
    seen: set[_Key] = set()
    shared: dict[_Key, list[_Use]] = {}
    for key, *_ in _uses(model, networks):
        if key in seen:
            shared[key] = []
        seen.add(key)
    if shared:
        for order, (key, vm, place, step) in enumerate(_uses(model, networks)):
            if key in shared:
                shared[key].append(_Use(*span(place), order, vm, ("vms", vm, *step)))
    for (network, address), uses in shared.items():
        yield from _clashes(network, address, sorted(uses))


def _uses(model: MapFile, networks: Mapping[str, str]) -> Iterator[tuple[_Key, str, Placement, Path]]:
    """Yield each address of each VM at each place, with the VM's name and the path to the address from there."""
    for name, vm in model.vms.items():
        for place in vm.at or ():
            network = networks.get(place.port) if place is not None else None
            if network is None:
                continue
            if vm.mac is not None:
                yield (network, vm.mac), name, place, ("mac",)
            for index, ip in enumerate(vm.ip or ()):
                if ip is not None:
                    yield (network, ip), name, place, ("ip", index)


def _clashes(network: str, address: bytes, uses: list[_Use]) -> Iterator[Problem]:
    text = mac_text(address) if len(address) == 6 else ip_text(address)
    expected = f"another one, as both are in network {quoted(network)} at the same time"
    clashes: dict[tuple[str, str], Problem] = {}
    last = uses[0]
    for use in uses[1:]:
        if use.start < last.end and use.vm != last.vm:
            one, other = sorted((use, last), key=lambda each: each.order)
            found = f"{text}, which VM {quoted(one.vm)} has"
            clashes.setdefault((one.vm, other.vm), Problem(other.path, found, expected))
        last = max(use, last, key=lambda each: each.end)
    yield from clashes.values()
