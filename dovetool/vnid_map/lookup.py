"""The map as the stages ask it: packed addresses, whole nanoseconds, and every question answered by a dictionary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from dovetool.vnid_map import choosing
from dovetool.vnid_map.addresses import Addresses, Stay, Stays, present
from dovetool.vnid_map.collector import paused
from dovetool.vnid_map.entities import Network, Port, Station, Tep

if TYPE_CHECKING:
    from dovetool.vnid_map.model import MapFile

__all__ = ["Network", "Port", "Station", "Tep", "VnidMap"]


class VnidMap:
    """Who belongs where, at any time.

    Attributes:
        tpid: EtherType of the tag.
        change_times_ns: the sorted, distinct moments at which a VM comes or goes; between two of them nothing changes.
        networks: in file order, as all others.
        teps: tunnel end points.
        gateways: those of them that translate between TEPs which share no encapsulation.
        ports: ports of all switches.
        vm_names: names of the VMs.
    """

    def __init__(  # the parts come from `from_model`
        self,
        tpid: int,
        teps: Iterable[Tep],
        switches: Iterable[str],
        ports: Iterable[Port],
        networks: Iterable[Network],
    ) -> None:
        self.tpid = tpid
        self.teps, self.ports, self.networks = tuple(teps), tuple(ports), tuple(networks)
        self.gateways = tuple(tep for tep in self.teps if tep.is_gateway)
        self.vm_names: tuple[str, ...] = ()
        self.change_times_ns: tuple[int, ...] = ()
        self._networks = {network.vnid: network for network in self.networks}
        self._teps = {tep.name: tep for tep in self.teps}
        self._tep_ips = {tep.ip: tep for tep in self.teps if tep.ip}
        self._tep_macs = {tep.mac: tep for tep in self.teps if tep.underlay != "ip"}
        self._ports = {port.name: port for port in self.ports}
        self._switches = frozenset(switches)
        self._groups = _by_group(self.networks)
        self._macs, self._ips = Addresses(), Addresses()
        self._residents: dict[int, list[Stay]] = {}
        self._vm_ips: dict[str, tuple[bytes, ...]] = {}

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a map file; `-` is standard input.

        Raises:
            MapError: the file cannot be read or has mistakes; it holds all of them.
        """
        # pydantic and YAML take a while to import, and the commands that need no map go without.
        from dovetool.vnid_map.load import load  # noqa: PLC0415

        return cls.compiled(load(path))

    @classmethod
    def from_model(cls, model: MapFile) -> Self:
        """Compile a map that was made in memory.

        Raises:
            MapError: entries of the map contradict each other.
        """
        from dovetool.vnid_map.conflicts import check  # noqa: PLC0415

        check(model)
        return cls.compiled(model)

    @classmethod
    def compiled(cls, model: MapFile) -> Self:
        """Compile a map that `load` has read, and so checked."""
        from dovetool.vnid_map import build  # noqa: PLC0415

        with paused():
            teps = build.teps(model)
            ports = build.ports(model, teps)
            vnid_map = cls(model.tag.tpid, teps.values(), model.switches, ports.values(), build.networks(model, ports))
            vnid_map.vm_names = tuple(model.vms)
            vnid_map._settle(build.stays(model, ports))
            return vnid_map

    def _settle(self, stays: Iterable[tuple[Stay, bytes, tuple[bytes, ...]]]) -> None:
        """Note where each VM is, with its MAC address and its IP addresses."""
        moments: set[int] = set()
        residents: defaultdict[int, list[Stay]] = defaultdict(list)
        for stay, mac, ips in stays:
            alone = (stay,)
            self._vm_ips[stay.station.vm] = ips
            self._macs.add(mac, alone)
            for ip in ips:
                self._ips.add(ip, alone)
            residents[stay.station.vnid].append(stay)
            moments.update(stay.changes())
        self._residents = dict(residents)
        self.change_times_ns = tuple(sorted(moments))

    def network(self, vnid: int) -> Network | None:
        """Return the network that a VNID stands for."""
        return self._networks.get(vnid)

    def port(self, name: str) -> Port | None:
        """Return the port SWITCH/PORT."""
        return self._ports.get(name)

    def port_at(self, interface: str) -> Port | None:
        """Return the port SWITCH/PORT that an interface is named after, whatever its name says behind a space."""
        return self.port(interface if interface in self._ports else interface.partition(" ")[0])

    def has_switch(self, name: str) -> bool:
        """Say whether the map has a switch of that name."""
        return name in self._switches

    def tep(self, name: str) -> Tep | None:
        """Return the TEP of that name."""
        return self._teps.get(name)

    def tep_by_ip(self, ip: bytes) -> Tep | None:
        """Return the TEP with that underlay address, 4 or 16 octets."""
        return self._tep_ips.get(ip)

    def tep_by_mac(self, mac: bytes) -> Tep | None:
        """Return the TEP with that MAC address on a layer-2 underlay."""
        return self._tep_macs.get(mac)

    def group_networks(self, ip: bytes) -> tuple[Network, ...]:
        """Return the networks whose broadcasts go to that underlay group, in file order."""
        return self._groups.get(ip, ())

    def station_by_mac(self, vnid: int, mac: bytes, ts_ns: int) -> Station | None:
        """Return the VM of a network that has that MAC address at that time, and its place."""
        return self._macs.one(vnid, mac, ts_ns)

    def station_by_ip(self, vnid: int, ip: bytes, ts_ns: int) -> Station | None:
        """Return the VM of a network that has that IP address at that time, and its place."""
        return self._ips.one(vnid, ip, ts_ns)

    def stations_with_mac(self, mac: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return the VMs of all networks that have that MAC address at that time, in file order."""
        return self._macs.all(mac, ts_ns)

    def stations_with_ip(self, ip: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return the VMs of all networks that have that IP address at that time, in file order."""
        return self._ips.all(ip, ts_ns)

    def stays_by_mac(self, vnid: int, mac: bytes) -> Stays:
        """Return where VMs with that MAC address were and will be in a network, and when, in file order."""
        return self._macs.stays(vnid, mac)

    def ips_of(self, vm: str) -> tuple[bytes, ...]:
        """Return the IP addresses of the VM of that name."""
        return self._vm_ips.get(vm, ())

    def stations_of(self, vnid: int, ts_ns: int) -> tuple[Station, ...]:
        """Return all VMs that are in a network at that time, in file order."""
        return tuple(present(self._residents.get(vnid, ()), ts_ns))

    def reachable(self, source: int, targets: Collection[int]) -> tuple[int, ...]:
        """Return those of the networks `targets` that a policy lets `source` send to, in the policies' order."""
        network = self._networks.get(source)
        return tuple(vnid for vnid in network.reaches if vnid in targets) if network is not None else ()

    def encap_between(self, local: Tep, remote: Tep, wanted: str | None = None) -> str | None:
        """Return the encapsulation that a TEP uses towards another; see `choosing.choose`."""
        return choosing.choose(local, remote, wanted)

    def gateway_between(self, local: Tep, remote: Tep) -> Tep | None:
        """Return the gateway that translates between two TEPs; see `choosing.gateway_between`."""
        return choosing.gateway_between(self.gateways, local, remote)


def _by_group(networks: Iterable[Network]) -> dict[bytes, tuple[Network, ...]]:
    groups: dict[bytes, tuple[Network, ...]] = {}
    for network in networks:
        if network.group is not None:
            groups[network.group] = (*groups.get(network.group, ()), network)
    return groups
