"""The source `ovn`: documents to statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document
from dovetool.map_sources.ovn import bindings, chassis, gateway_routers, links, networks, reduction, routers, vswitch
from dovetool.map_sources.ovn.addresses import UNKNOWN
from dovetool.map_sources.ovn.learnt import Learnt
from dovetool.map_sources.ovn.snapshot import Snapshot
from dovetool.map_sources.ovn.tables import KINDS, NORTHBOUND, SOUTHBOUND, VSWITCH, described
from dovetool.map_sources.ovn.vms import Vms, gateway_ports
from dovetool.map_sources.statements import Statement

_NEEDED = ("Chassis", "Datapath_Binding")
_SOUTHERN = "the southbound's Chassis, Encap, Datapath_Binding and Port_Binding"
_MOST_SECONDS = 30
"""Where a database is not there, these programs wait for it."""
_DATABASES = (("ovn-sbctl", SOUTHBOUND), ("ovn-nbctl", NORTHBOUND), ("ovs-vsctl", VSWITCH))


class Ovn:
    """OVN, as its southbound and northbound databases and the Open vSwitch and links of each chassis tell it.

    ACLs, NAT and load balancers are left out: a map has no place for them.
    """

    name = "ovn"
    summary = "OVN: what ovn-sbctl, ovn-nbctl and ovs-vsctl -f json list, or ovsdb-client dump"

    def recognise(self, document: Document) -> str | None:
        """Name the table that a document has, or the database of several, or links; None: it has none of these."""
        return described(document)

    def statements(self, documents: Sequence[tuple[str, Document]]) -> Iterable[Statement]:
        """What the tables of one snapshot say.

        Raises:
            MapSourceError: a table does not have the shape that it should, or one that others refer to is missing.
        """
        if all(kind == links.KIND for kind, _ in documents):  # of a host that has no OVN
            return
        snapshot = Snapshot.of(document for _, document in documents)
        missing = [name for name in _NEEDED if not snapshot.has(name)]
        if missing:
            what = f"has tables of OVN, and no file has {' or '.join(missing)}; expected {_SOUTHERN}"
            raise MapSourceError(documents[0][1].origin.file, "", what)
        yield from _Parts.of(snapshot).statements(snapshot)

    def reduced(self, value: dict[str, Any]) -> object:
        """A table without the columns that nobody reads."""
        return reduction.reduced(value)

    def live_commands(self) -> Iterator[tuple[str, ...]]:
        """One command for each database, for all its tables at one time; and the links."""
        for program, database in _DATABASES:
            command = [program, "--format=json", f"--timeout={_MOST_SECONDS}"]
            if database != VSWITCH:
                command.append("--no-leader-only")
            tables = [kind.name for kind in KINDS.values() if kind.database == database]
            for index, table in enumerate(tables):
                command += [*(["--"] if index else []), "list", table]
            yield tuple(command)
        yield "ip", "-j", "link"


class _Parts(NamedTuple):
    """What the tables hold, each part once."""

    chassis: dict[str, chassis.Chassis]
    datapaths: dict[str, networks.Datapath]
    ports: list[bindings.LogicalPort]
    legs: list[routers.Leg]

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Parts:
        datapaths = networks.read(snapshot)
        ports = bindings.read(snapshot, datapaths)
        return cls(chassis.read(snapshot), datapaths, ports, routers.legs(snapshot, ports, datapaths))

    def statements(self, snapshot: Snapshot) -> Iterator[Statement]:
        for each in self.chassis.values():
            yield from each.statements()
        towards = routers.towards_gateways(self.ports, self.legs, self.datapaths)
        central = {router.key: (router, leg) for router, leg in towards}
        yield from self._networks(central)
        bound = {port.name: port.chassis[0] for port in self.ports if port.chassis}
        vswitches = vswitch.read(snapshot, self.chassis, bound)
        yield from (each.tep for each in vswitches if each.tep is not None)
        vifs = {each.chassis: each.vifs for each in vswitches}
        learnt = Learnt(snapshot, self.ports, self.legs, self.datapaths)
        yield from Vms(self.ports, self.datapaths, self.chassis, vifs, learnt).statements(snapshot)
        yield from gateway_routers.statements(self.ports, self.legs, self.datapaths, self.chassis)
        yield from gateway_ports(self.ports, self.datapaths, self.chassis, central)

    def _networks(self, central: Mapping[int, tuple[networks.Datapath, routers.Leg]]) -> Iterator[Statement]:
        packed = chassis.packs_ports(self.chassis)
        floods = {port.datapath for port in self.ports if UNKNOWN in port.row.texts("mac")}
        for uuid, datapath in self.datapaths.items():
            if not datapath.is_router:
                yield datapath.statement(packed=packed, floods=uuid in floods if self.ports else None)
        for router, leg in central.values():
            mac, ips, _ = leg.addresses
            yield router.statement(packed=packed, floods=True)._replace(gateway_mac=mac, gateway_ips=ips)
        everywhere = [leg for leg in self.legs if not leg.chassis]
        yield from routers.gateways(everywhere, self.datapaths)
        yield from routers.vrfs(self.ports, everywhere, self.datapaths, central.keys())
