"""What joins networks, TEPs and switches: VRFs, policies, hosts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from dovetool.map_sources.assembly import clean
from dovetool.map_sources.assembly.network_facts import Networks
from dovetool.map_sources.assembly.switch_ports import SwitchPorts
from dovetool.map_sources.assembly.tep_facts import Teps
from dovetool.map_sources.assembly.told import Told
from dovetool.map_sources.statements import HostStatement, Origin, PolicyStatement, VrfStatement
from dovetool.values import dataclass
from dovetool.vnid_map.file.draft import Draft


@dataclass(slots=True)
class _Vrf:
    """What is known of a VRF."""

    origin: Origin
    l3vni: int | None = None
    vnids: dict[int, None] = field(default_factory=dict)
    guesses: dict[str, None] = field(default_factory=dict)
    is_sure: bool = False


def forget_l3vnis(statements: Iterable[VrfStatement], networks: Networks) -> set[int]:
    """The VNIDs of routed frames, which are no networks of VMs: what is there are routers."""
    l3vnis = {statement.l3vni for statement in statements if statement.l3vni is not None}
    for vnid in l3vnis:
        networks.forget(vnid)
    return l3vnis


def add_vrfs(statements: Iterable[VrfStatement], networks: Networks, told: Told) -> None:
    """Put VRFs into the map, each with its networks; a network is in one of them."""
    owners: dict[int, str] = {}
    for name, vrf in _vrfs(statements, told).items():
        for vnid in list(vrf.vnids):
            if owners.setdefault(vnid, name) != name:
                told.leave_out(f"VNID {vnid} is in VRF {owners[vnid]}, and left out of {name}", vrf.origin)
                del vrf.vnids[vnid]
        members = [network.name for network in networks if network.vnid in vrf.vnids]
        if not members:
            told.leave_out(f"VRF {name} is left out: no network of it is told", vrf.origin)
            continue
        taken = {network.name for network in networks}
        shown = clean.unique(name, taken, "vrf")
        entry = told.draft.entry("vrfs", shown)
        entry.update({"l3vni": vrf.l3vni} if vrf.l3vni is not None else {}, networks=members)
        for why in vrf.guesses if not vrf.is_sure else ():
            told.guess(("vrfs", shown), why)


def _vrfs(statements: Iterable[VrfStatement], told: Told) -> dict[str, _Vrf]:
    vrfs: dict[str, _Vrf] = {}
    for statement in statements:
        name = clean.name(statement.name) or f"vrf-{statement.l3vni}"
        vrf = vrfs.setdefault(name, _Vrf(statement.origin))
        vrf.vnids.update(dict.fromkeys(vnid for vnid in statement.vnids if vnid != statement.l3vni))
        if vrf.l3vni is None:
            vrf.l3vni = statement.l3vni
        elif statement.l3vni not in {None, vrf.l3vni}:
            what = f"VRF {name} has the L3 VNI {vrf.l3vni}, and {statement.l3vni}"
            told.contradict(what, vrf.origin, statement.origin)
        vrf.is_sure |= not statement.guessed
        vrf.guesses.update({statement.guessed: None} if statement.guessed else {})
    return vrfs


def add_policies(statements: Iterable[PolicyStatement], networks: Networks, draft: Draft) -> None:
    """Put policies into the map, each once."""
    found: dict[tuple[str, str], str] = {}
    for statement in statements:
        source, target = networks.find(statement.source), networks.find(statement.target)
        if source is not None and target is not None and source is not target:
            found.setdefault((source.name, target.name), statement.guessed)
    for index, ((source_name, target_name), guessed) in enumerate(found.items()):
        draft.data.setdefault("policies", []).append({"from": source_name, "to": target_name})
        if guessed:
            draft.note(("policies", index), f"guessed: {guessed}")


def add_hosts(statements: Sequence[HostStatement], teps: Teps, ports: SwitchPorts, draft: Draft) -> None:
    """Put hosts into the map, with those of their TEPs and switches that are in it; each is of one host."""
    seen: set[tuple[str, str]] = set()
    for statement in statements:
        found = [tep.name for name in statement.teps for tep in teps.at(name, statement.origin) if tep.ips]
        switches = [each for name in statement.switches for each in ports.switch_names(name)]
        for key, names in (("teps", found), ("switches", switches)):
            fresh = [name for name in dict.fromkeys(names) if (key, name) not in seen]
            seen.update((key, name) for name in fresh)
            if fresh and clean.name(statement.name):
                entry = draft.entry("hosts", clean.name(statement.name))
                entry[key] = [*entry.get(key, ()), *fresh]
