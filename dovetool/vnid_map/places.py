"""The places where frames enter and leave a switch, as a map file has them: ports, VLANs of trunks, whole switches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile, Nic, Placement, Switch, Vm


class Member(NamedTuple):
    """What is in one network: a port, a VLAN of a trunk port, or all ports of a switch that are not named.

    Attributes:
        name: SWITCH/PORT, SWITCH/PORT.VLAN or SWITCH.
        line: SWITCH/PORT, or SWITCH: what a frame comes in by, whatever its VLAN.
        switch: name of the switch.
        network: name of the network; of a map with mistakes it may be None.
        vlan: VLAN of a trunk port, 0 for its untagged frames; None: the port is no trunk.
        trusted: a frame may come in by it with the tag of any network.
        path: keys that lead to the name of the network in the file.
        native: of a trunk's untagged frames, the VLAN whose tag they may come in with; None: without a tag alone.
    """

    name: str
    line: str
    switch: str
    network: str | None
    vlan: int | None = None
    trusted: bool = False
    path: tuple[str, ...] = ()
    native: int | None = None


def nics_of(vm: Vm) -> tuple[Nic, ...]:
    """The network cards of a VM; one that lists none has one itself."""
    return vm.nics or (vm,)


def place_name(place: Placement) -> str:
    """The name of the member that a VM is at; that of a trunk's untagged frames is the port's own."""
    return f"{place.port}.{place.vlan}" if place.vlan else place.port


def members(model: MapFile) -> dict[str, Member]:
    """All members by name, in file order; then ports that only VMs name, of switches that are in a network."""
    found: dict[str, Member] = {}
    for name, switch in model.switches.items():
        for member in members_of(name, switch):
            found.setdefault(member.name, member)
    whole = {name: switch.network for name, switch in model.switches.items() if switch.network is not None}
    for vm in model.vms.values() if whole else ():
        nics = (nic for nic in nics_of(vm) if nic is not None)  # of a map with mistakes it may be None, as in `vms`
        for place in (place for nic in nics for place in nic.at or () if place is not None):
            switch_name, _, port = place.port.partition("/")
            is_implied = port and not place.vlan and place.port not in found and switch_name in whole
            if is_implied and port not in (model.switches[switch_name].ports or {}):
                found[place.port] = Member(place.port, place.port, switch_name, whole[switch_name])
    return found


def members_of(name: str, switch: Switch) -> Iterator[Member]:
    """The members of a switch that its entry in the map lists."""
    if switch.network is not None:
        yield Member(name, name, name, switch.network, path=("network",))
    for port, settings in (switch.ports or {}).items():
        if settings is None:
            continue
        line = f"{name}/{port}"
        if not settings.vlans:
            yield Member(line, line, name, settings.network, None, settings.trusted, ("ports", port, "network"))
        for vlan, network in (settings.vlans or {}).items():
            each = f"{line}.{vlan}" if vlan else line
            path = ("ports", port, "vlans", str(vlan or "untagged"))
            native = None if vlan else settings.native
            yield Member(each, line, name, network, vlan, settings.trusted, path, native)


def networks_by_place(model: MapFile) -> dict[str, str]:
    """Name of each member -> name of its network."""
    return {name: member.network for name, member in members(model).items() if member.network is not None}
