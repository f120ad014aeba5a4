"""What no entry of a map shows alone: references to nothing, VNIDs and underlay addresses with two owners.

Each check yields problems and goes on, so that one pass finds all of them. Of an entry that could not be read, a
value may be None: it is reported already and takes no part. `resident_rules` has those about VMs, `tep_rules` those
about TEPs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, combinations_with_replacement

from dovetool.errors import MapError
from dovetool.vnid_map.file.model import MapFile, Policy, SwitchPort
from dovetool.vnid_map.file.problems import Path, Problem, Suggestions, quoted
from dovetool.vnid_map.file.resident_rules import find_misplaced
from dovetool.vnid_map.file.tep_rules import find_contradictions
from dovetool.vnid_map.places import members_of
from dovetool.vnid_map.texts import ip_text
from dovetool.vnid_map.vnid_bits import VnidBits

_FAMILIES = {4: "an IPv4", 16: "an IPv6"}


def find_conflicts(model: MapFile, suggestions: Suggestions | None = None) -> Iterator[Problem]:
    """Yield every mistake that takes two entries, or two values of one, to see."""
    hints = suggestions or Suggestions()
    return chain(
        _vnids(model),
        find_contradictions(model.teps),
        _switches(model, hints),
        _groups_of_another_family(model),
        _policies(model, hints),
        _vrfs(model, hints),
        _hosts(model, hints),
        find_misplaced(model, hints),
    )


def check(model: MapFile) -> None:
    """Refuse a map whose entries contradict each other.

    Raises:
        MapError: with a line for each contradiction, `PATH: what`.
    """
    problems = list(find_conflicts(model))
    if problems:
        raise MapError([f"{'.'.join(map(str, problem.path))}: {problem}" for problem in problems])


def _vnids(model: MapFile) -> Iterator[Problem]:
    """VNIDs that two networks claim: the same number, or bits that both may have."""
    numbers = [(name, network.vnid) for name, network in model.networks.items() if network.vnid is not None]
    claims: list[tuple[Path, str, int]] = [
        (("networks", name, "vnid"), f"network {quoted(name)}", bits.value) for name, bits in numbers if not bits.is_any
    ]
    claims += [
        (("vrfs", name, "l3vni"), f"VRF {quoted(name)}", vrf.l3vni)
        for name, vrf in model.vrfs.items()
        if vrf.l3vni is not None
    ]
    owners: dict[int, str] = {}
    for path, who, vnid in claims:
        if owners.setdefault(vnid, who) != who:
            yield Problem(path, f"VNID {vnid}, which {owners[vnid]} has", "a VNID of its own")
    yield from _bits_in_common([(name, bits) for name, bits in numbers if not bits.is_plain])


def _bits_in_common(numbers: list[tuple[str, VnidBits]]) -> Iterator[Problem]:
    reported: set[str] = set()
    for mask, other_mask in combinations_with_replacement(sorted({bits.mask for _, bits in numbers}), 2):
        if mask != other_mask and not mask:
            continue  # what nobody else has is what `any` is for
        seen: dict[int, tuple[str, VnidBits]] = {}
        for name, bits in numbers:
            if bits.mask not in (mask, other_mask):
                continue
            owner, others = seen.setdefault(bits.value & mask & other_mask, (name, bits))
            is_new = owner != name and name not in reported and {bits.mask, others.mask} == {mask, other_mask}
            if is_new and bits.value != others.value:  # equal numbers are told by those who look at these
                reported.add(name)
                found = f"{bits}, of which network {quoted(owner)} with {others} may have the same VNIDs"
                yield Problem(("networks", name, "vnid"), found, "bits of its own")
            elif is_new and bits.is_any:
                reported.add(name)
                found = f"any, which network {quoted(owner)} has"
                yield Problem(("networks", name, "vnid"), found, "one such network")


def unknown(path: Path, kind: str, name: str, known: Collection[str], hints: Suggestions) -> Problem:
    """A name that stands for nothing."""
    return Problem(path, quoted(name), f"the name of a {kind}", hints.hint(name, known))


def _switches(model: MapFile, hints: Suggestions) -> Iterator[Problem]:
    for name, switch in model.switches.items():
        path: Path = ("switches", name)
        if switch.tep is not None and switch.tep not in model.teps:
            yield unknown((*path, "tep"), "TEP", switch.tep, model.teps, hints)
        if {"ports", "network"}.isdisjoint(switch.model_fields_set):
            hint = "or the key 'network', for all of it"
            yield Problem(path, "a switch without the key 'ports'", "one", hint, at_key=True)
        for port, settings in (switch.ports or {}).items():
            if settings is not None:
                yield from _port((*path, "ports", port), settings)
        seen: dict[str, str] = {}
        for member in members_of(name, switch):
            if member.network is not None and member.network not in model.networks:
                yield unknown((*path, *member.path), "network", member.network, model.networks, hints)
            if seen.setdefault(member.name, member.line) != member.line:
                found = f"{quoted(member.name)} as a port, and as a VLAN of a trunk"
                yield Problem((*path, "ports"), found, "one of the two", "name the port otherwise")


def _port(path: Path, settings: SwitchPort) -> Iterator[Problem]:
    """A port is in a network, or a trunk."""
    if "network" in settings.model_fields_set and settings.vlans:
        hint = "the network of untagged frames stands under vlans, as untagged"
        yield Problem((*path, "network"), "a trunk with the key 'network'", "vlans alone", hint)
    elif {"network", "vlans"}.isdisjoint(settings.model_fields_set):
        yield Problem(path, "a port without the key 'network'", "one", at_key=True)
    elif settings.native is not None:
        yield from _native((*path, "native"), settings.native, settings.vlans or {})


def _native(path: Path, native: int, vlans: Mapping[int, object]) -> Iterator[Problem]:
    """The native VLAN of a trunk is the number of its untagged frames, and has no network of its own."""
    if 0 not in vlans:
        yield Problem(
            path, "a native VLAN of a port without 'untagged'", "none", "the network of it stands as untagged"
        )
    elif native in vlans:
        yield Problem(path, f"the VLAN {native}, which has a network", "one that has none", "frames of it are untagged")


def _groups_of_another_family(model: MapFile) -> Iterator[Problem]:
    """A TEP sends to the group from its own address, so it has one of the group's IP version."""
    reported = set()
    for switch_name, switch in model.switches.items():
        tep = model.teps.get(switch.tep)
        if tep is None or tep.underlay == "l2" or not tep.ip or None in tep.ip:
            continue
        for name in (member.network for member in members_of(switch_name, switch)):
            network = model.networks.get(name or "")
            if network is None or not network.group or name in reported:
                continue
            if all(len(ip) != len(network.group) for ip in tep.ip):
                reported.add(name)
                expected = f"{_FAMILIES[len(tep.ip[0])]} group, as TEP {quoted(switch.tep)} has such an address"
                yield Problem(("networks", name or "", "group"), ip_text(network.group), expected)


def _policies(model: MapFile, hints: Suggestions) -> Iterator[Problem]:
    for index, policy in enumerate(model.policies):
        for key, name in (("from", policy.source), ("to", policy.target)):
            if name is not None and name not in model.networks:
                yield unknown(("policies", index, key), "network", name, model.networks, hints)
        if policy.source is not None and policy.source == policy.target:
            found = f"{quoted(policy.target)} on both sides"
            hint = "inside one network all may talk"
            yield Problem(("policies", index, "to"), found, "another network", hint)
        yield from _way(model, index, policy, hints)


def _way(model: MapFile, index: int, policy: Policy, hints: Suggestions) -> Iterator[Problem]:
    if policy.via is None:
        return
    gateways = [name for name, tep in model.teps.items() if tep.gateway]
    if policy.via not in model.teps:
        yield unknown(("policies", index, "via"), "TEP", policy.via, gateways or model.teps, hints)
    elif policy.via not in gateways and model.teps[policy.via].gateway is not None:
        hint = "a gateway has gateway: true"
        yield Problem(("policies", index, "via"), quoted(policy.via), "the name of a gateway", hint)


def _vrfs(model: MapFile, hints: Suggestions) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for name, vrf in model.vrfs.items():
        if vrf.l3vni is not None and name in model.networks:
            found = f"{quoted(name)}, which is the name of a network"
            yield Problem(("vrfs", name), found, "a name of its own", "its L3 VNI is a network too", at_key=True)
        for index, network in enumerate(vrf.networks or ()):
            path = ("vrfs", name, "networks", index)
            if network is not None and network not in model.networks:
                yield unknown(path, "network", network, model.networks, hints)
            elif network is not None and owners.setdefault(network, name) != name:
                yield Problem(path, f"{quoted(network)}, which VRF {quoted(owners[network])} has", "one VRF a network")


def _hosts(model: MapFile, hints: Suggestions) -> Iterator[Problem]:
    owners: dict[tuple[str, str], str] = {}
    for name, host in model.hosts.items():
        sections: Iterable[tuple[str, str, tuple[str, ...], Collection[str]]] = (
            ("teps", "TEP", host.teps, model.teps),
            ("switches", "switch", host.switches, model.switches),
        )
        for key, kind, things, known in sections:
            for index, thing in enumerate(things or ()):
                path = ("hosts", name, key, index)
                if thing is not None and thing not in known:
                    yield unknown(path, kind, thing, known, hints)
                elif thing is not None and owners.setdefault((kind, thing), name) != name:
                    found = f"{quoted(thing)}, which host {quoted(owners[kind, thing])} has"
                    yield Problem(path, found, f"one host a {kind}")
