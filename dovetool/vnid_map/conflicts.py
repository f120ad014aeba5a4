"""What no entry of a map shows alone: references to nothing, addresses with two owners, VMs in two places at once.

Each check yields problems and goes on, so that one pass finds all of them. Of an entry that could not be read, a
value may be None: it is reported already and takes no part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain, pairwise
from typing import NamedTuple, TypeVar

from dovetool.errors import MapError
from dovetool.vnid_map.model import MapFile, Placement, Vm
from dovetool.vnid_map.problems import Path, Problem, Suggestions, quoted
from dovetool.vnid_map.tep_rules import find_contradictions
from dovetool.vnid_map.texts import ip_text, mac_text, time_text

_Value = TypeVar("_Value", int, bytes)
EVER = 1 << 100
"""Nanoseconds since 1970 of a time behind all that a map can hold; -EVER is before them."""

_Key = tuple[str, bytes]  # the network's name, the address
_FAMILIES = {4: "an IPv4", 16: "an IPv6"}


def find_conflicts(model: MapFile, suggestions: Suggestions | None = None) -> Iterator[Problem]:
    """Yield every mistake that takes two entries, or two values of a TEP, to see."""
    hints = suggestions or Suggestions()
    networks = model.networks_of_ports
    return chain(
        _duplicates(model),
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


def _duplicates(model: MapFile) -> Iterator[Problem]:
    """Values that two networks or TEPs claim; a MAC address tells a TEP on a layer-2 underlay alone."""
    vnids = [(name, network.vnid) for name, network in model.networks.items()]
    yield from _owned_twice("network", "vnid", vnids, lambda vnid: f"VNID {vnid}", "a VNID of its own")
    ips = [(name, tep.ip) for name, tep in model.teps.items()]
    yield from _owned_twice("TEP", "ip", ips, ip_text, "an address of its own")
    macs = [(name, tep.mac) for name, tep in model.teps.items() if tep.underlay in {"l2", "both"}]
    yield from _owned_twice("TEP", "mac", macs, mac_text, "an address of its own on the layer-2 underlay")


def _owned_twice(
    kind: str, key: str, values: Iterable[tuple[str, _Value | None]], shown: Callable[[_Value], str], expected: str
) -> Iterator[Problem]:
    owners: dict[_Value, str] = {}
    for name, value in values:
        if value is not None and owners.setdefault(value, name) != name:
            found = f"{shown(value)}, which {kind} {quoted(owners[value])} has"
            yield Problem((f"{kind.lower()}s", name, key), found, expected)


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
