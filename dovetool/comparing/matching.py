"""Which things of two maps are the same: by VNID, by underlay address, by network and MAC or IP address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dovetool.vnid_map.places import members, nics_of, place_name

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile, Tep, Vm
    from dovetool.vnid_map.places import Member

Identity = tuple[object, ...]


class Matching:
    """The names of one map for the things of another; what has no other is its own.

    Attributes:
        networks: name in the second map -> name in the first.
        teps: likewise.
        vms: likewise.
        vrfs: likewise.
    """

    def __init__(self, first: MapFile, second: MapFile) -> None:
        self.networks = _matched(
            {name: [(network.vnid,)] for name, network in first.networks.items()},
            {name: [(network.vnid,)] for name, network in second.networks.items()},
        )
        self.teps = _matched(
            {name: tep_identities(tep) for name, tep in first.teps.items()},
            {name: tep_identities(tep) for name, tep in second.teps.items()},
        )
        places = members(first), members(second)
        same = {name: name for name in first.networks}
        self.vms = _matched(
            {name: list(vm_identities(vm, places[0], same)) for name, vm in first.vms.items()},
            {name: list(vm_identities(vm, places[1], self.networks)) for name, vm in second.vms.items()},
        )
        self.vrfs = _matched(
            {name: _vrf_identities(vrf.l3vni, vrf.networks, same) for name, vrf in first.vrfs.items()},
            {name: _vrf_identities(vrf.l3vni, vrf.networks, self.networks) for name, vrf in second.vrfs.items()},
        )


def tep_identities(tep: Tep) -> list[Identity]:
    """What a TEP is known by: its addresses; on a layer-2 underlay its MAC addresses."""
    on_link = tep.mac if tep.underlay != "ip" else ()
    return [*((tep.vrf, ip) for ip in tep.ip), *(("mac", mac) for mac in on_link)]


def vm_identities(vm: Vm, places: Mapping[str, Member], networks: Mapping[str, str]) -> Iterator[Identity]:
    """What a VM is known by: a network and a MAC address there; without one, an IP address or a prefix."""
    for nic in nics_of(vm):
        for place in nic.at:
            network = places[place_name(place)].network or ""
            called = networks.get(network, f"/{network}")  # a name that no network of the other map has
            yield from ((called, address) for address in nic.mac or nic.ip)


def _vrf_identities(l3vni: int | None, names: Iterable[str], networks: Mapping[str, str]) -> list[Identity]:
    return [(l3vni,)] if l3vni is not None else [("network", networks.get(name, f"/{name}")) for name in names]


def _matched(first: Mapping[str, list[Identity]], second: Mapping[str, list[Identity]]) -> dict[str, str]:
    """Names of the second for those of the first that have an identity in common; of two, the one of the same name."""
    owners: dict[Identity, list[str]] = {}
    for name, identities in first.items():
        for identity in identities:
            owners.setdefault(identity, []).append(name)
    matched: dict[str, str] = {}
    taken: set[str] = set()
    for name, identities in second.items():
        found = [owner for identity in identities for owner in owners.get(identity, ()) if owner not in taken]
        if found:
            matched[name] = name if name in found else found[0]
            taken.add(matched[name])
    return matched
