"""VMs: logical ports that have an interface on a chassis, with their addresses and places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from dovetool.map_sources.ovn.bindings import GATEWAYS, REDIRECT, VIF, LogicalPort
from dovetool.map_sources.ovn.chassis import Chassis
from dovetool.map_sources.ovn.learnt import Learnt
from dovetool.map_sources.ovn.networks import Datapath
from dovetool.map_sources.ovn.snapshot import Snapshot
from dovetool.map_sources.ovn.vswitch import Vif
from dovetool.map_sources.statements import Place, PortStatement, VmStatement

_FRIENDLY_NAME = "neutron:port_name"


class Nest(NamedTuple):
    """How a port is on the interface of another one, in VLANs.

    Attributes:
        parent: the port whose interface it is; its own one where it is no other's.
        vlan: its VLAN; 0: it has the untagged frames beside others; None: it is alone.
    """

    parent: str
    vlan: int | None


class Vms:
    """What makes VMs of logical ports."""

    def __init__(
        self,
        ports: Sequence[LogicalPort],
        datapaths: Mapping[str, Datapath],
        chassis: Mapping[str, Chassis],
        vifs: Mapping[str, Mapping[str, Vif]],
        learnt: Learnt,
    ) -> None:
        """Take the parts.

        Args:
            ports: all ports.
            datapaths: switches and routers, by what refers to them.
            chassis: the chassis, by what refers to them.
            vifs: what refers to a chassis -> logical port -> its interface there.
            learnt: what OVN found out of addresses.
        """
        self._ports = [port for port in ports if port.kind == VIF and port.chassis]
        self._datapaths, self._chassis, self._vifs, self._learnt = datapaths, chassis, vifs, learnt
        self._parents = frozenset(port.row.text("parent_port") for port in self._ports) - {""}
        names = (port.row.mapping("external_ids").get(_FRIENDLY_NAME, "") for port in self._ports)
        self._unique = {name for name, count in Counter(names).items() if count == 1 and name}

    def statements(self, snapshot: Snapshot) -> Iterator[VmStatement | PortStatement]:
        """Say where each port is, and what is known of its VM.

        Raises:
            MapSourceError: a value is not what it should be, or a chassis is nowhere.
        """
        for port in self._ports:
            origin, key, name = port.row.origin, self._datapaths[port.datapath].key, self._name(port)
            cards = self._learnt.addresses(port)
            nest, several = self._nest(port), len(port.chassis) > 1
            for each in port.chassis:
                if each not in self._chassis:
                    raise snapshot.lost(port.row, "chassis", "Chassis")
                place, since_ns = self._place(each, nest)
                from_ns = since_ns if each != port.chassis[0] else None
                if not cards:
                    yield PortStatement(origin, place, key)
                for mac, ips, prefixes in cards:
                    yield VmStatement(
                        origin, key, place, name, mac, ips, prefixes, is_local=True, from_ns=from_ns, elsewhere=several
                    )

    def _name(self, port: LogicalPort) -> str:
        friendly = port.row.mapping("external_ids").get(_FRIENDLY_NAME, "")
        return friendly if friendly in self._unique else port.name

    def _nest(self, port: LogicalPort) -> Nest:
        parent = port.row.text("parent_port")
        if not parent:
            return Nest(port.name, 0 if port.name in self._parents else None)
        vlan = port.row.number("tag")
        if vlan is None or not 0 <= vlan <= 4095:
            raise port.row.error("tag", f"found {vlan}; expected the VLAN on the interface of {parent!r:.60}")
        return Nest(parent, vlan)

    def _place(self, chassis: str, nest: Nest) -> tuple[Place, int | None]:
        vif = self._vifs.get(chassis, {}).get(nest.parent)
        place = self._chassis[chassis].place(vif.name if vif else nest.parent, nest.vlan)
        return place, vif.since_ns if vif else None


def gateway_ports(
    ports: Sequence[LogicalPort],
    datapaths: Mapping[str, Datapath],
    chassis: Mapping[str, Chassis],
    central: Container[int],
) -> Iterator[PortStatement]:
    """Say in which networks chassis are because a gateway is there.

    Args:
        ports: all ports.
        datapaths: switches and routers, by what refers to them.
        chassis: the chassis, by what refers to them.
        central: VNIDs of routers that frames on the way to a gateway chassis have; other routers are no networks.
    """
    for port in ports:
        datapath = datapaths[port.datapath]
        if port.kind in GATEWAYS and (not datapath.is_router or (port.kind == REDIRECT and datapath.key in central)):
            for each in port.chassis:
                if each in chassis:
                    yield PortStatement(port.row.origin, chassis[each].place(port.name), datapath.key)
