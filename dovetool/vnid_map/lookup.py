"""The map as the stages ask it: packed addresses, whole nanoseconds, and every question answered by a dictionary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from dovetool.vnid_map import choosing
from dovetool.vnid_map.addresses import Addresses, Prefixes, Stay, Stays, present
from dovetool.vnid_map.devices import Devices
from dovetool.vnid_map.entities import Host, Network, Policy, Port, Relations, Station, Tep, Trunk, Vrf
from dovetool.vnid_map.file.collector import paused

if TYPE_CHECKING:
    from dovetool.vnid_map.build import Residence
    from dovetool.vnid_map.file.model import MapFile
    from dovetool.vnid_map.prefixes import Prefix


_UNRELATED = Relations()


class VnidMap:
    """Who belongs where, at any time.

    Attributes:
        tpid: EtherType of the tag.
        change_times_ns: the sorted, distinct moments at which a VM comes or goes; between two of them nothing changes.
        networks: in file order, as all others; behind them the L3 VNIs of VRFs.
        teps: tunnel end points, by index.
        gateways: those of them that translate between TEPs which share no encapsulation.
        ports: ports of all switches.
        policies: who may send to whom, and how.
        vrfs: what TEPs route between.
        hosts: physical hosts.
        devices: whose MAC addresses frames of VMs without one have; None: every VM has one.
        repeats_ips: TEPs in several VRFs of the underlay have one address.
        vm_names: names of the VMs.
    """

    def __init__(  # the parts come from `from_model`
        self,
        tpid: int,
        teps: Iterable[Tep],
        switches: Iterable[str],
        ports: Iterable[Port],
        networks: Iterable[Network],
        relations: Relations = _UNRELATED,
    ) -> None:
        self.tpid = tpid
        self.teps = tuple({tep.index: tep for tep in teps}.values())
        self.ports, self.networks = tuple(ports), tuple(networks)
        self.policies, self.vrfs, self.hosts = relations
        self.gateways = tuple(tep for tep in self.teps if tep.is_gateway)
        self.vm_names: tuple[str, ...] = ()
        self.change_times_ns: tuple[int, ...] = ()
        self._networks = {network.vnid: network for network in self.networks if network.bits.is_plain}
        self._in_part = sorted(
            (each for each in self.networks if not each.bits.is_plain), key=lambda each: -each.bits.mask
        )
        self._teps = {name: tep for tep in self.teps for name in (*tep.names, tep.name)}
        self._tep_ips = _by_each(self.teps, lambda tep: tep.ips)
        self.repeats_ips = any(len(teps) > 1 for teps in self._tep_ips.values())
        self._tep_macs = {mac: tep for tep in self.teps if tep.underlay != "ip" for mac in tep.macs}
        self._routers = _by_each(self.teps, lambda tep: tep.router_macs)
        self._ports = {port.name: port for port in self.ports}
        self._trunks = _trunks(self.ports)
        self._switches = frozenset(switches)
        self._groups = _by_group(self.networks)
        self._policies = {(policy.source, policy.target): policy for policy in reversed(self.policies)}
        self._hosts = _by_tep(self.hosts)
        self._macs, self._ips, self._prefixes = Addresses(), Addresses(), Prefixes()
        self._residents: dict[int, list[Stay]] = {}
        self.devices: Devices | None = None
        self._vm_ips: dict[str, tuple[bytes, ...]] = {}
        self._vm_prefixes: dict[str, tuple[Prefix, ...]] = {}

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a map file; `-` is standard input.

        Raises:
            MapError: the file cannot be read or has mistakes; it holds all of them.
        """
        # pydantic and YAML take a while to import, and the commands that need no map go without.
        from dovetool.vnid_map.file.load import load  # noqa: PLC0415  (as said above)

        return cls.compiled(load(path))

    @classmethod
    def loads(cls, text: str | bytes, name: str = "<string>") -> Self:
        """Read the content of a map file, YAML 1.2 or JSON; errors call it `name`. Raises as `load` does."""
        from dovetool.vnid_map.file.load import parse  # noqa: PLC0415

        return cls.compiled(parse(text.encode() if isinstance(text, str) else text, name))

    @classmethod
    def from_model(cls, model: MapFile) -> Self:
        """Compile a map that was made in memory.

        Raises:
            MapError: entries of the map contradict each other.
        """
        from dovetool.vnid_map.file.conflicts import check  # noqa: PLC0415  (only for maps made in memory)

        check(model)
        return cls.compiled(model)

    @classmethod
    def compiled(cls, model: MapFile) -> Self:
        """Compile a map that `load` has read, and so checked."""
        from dovetool.vnid_map import build  # noqa: PLC0415  (commands without a map go without it)

        with paused():
            teps = build.teps(model)
            ports = build.ports(model, teps)
            relations = build.relations(model, teps)
            networks = build.networks(model, ports, relations)
            made = cls(model.tag.tpid, teps.values(), model.switches, ports.values(), networks, relations)
            made.vm_names = tuple(model.vms)
            made._settle(build.residences(model, ports))
            return made

    def _settle(self, residences: Iterable[Residence]) -> None:
        """Note where each VM is, with its addresses."""
        moments: set[int] = set()
        residents: defaultdict[int, list[Stay]] = defaultdict(list)
        for stay, ips, prefixes in residences:
            alone = (stay,)
            vm = stay.station.vm
            self._vm_ips[vm] = _united(self._vm_ips.get(vm), ips)
            if prefixes:
                self._vm_prefixes[vm] = _united(self._vm_prefixes.get(vm), prefixes)
            for mac in stay.station.macs:
                self._macs.add(mac, alone)
            for ip in ips:
                self._ips.add(ip, alone)
            for prefix in prefixes:
                self._prefixes.add(prefix, stay)
            residents[stay.station.vnid].append(stay)
            moments.update(stay.changes())
        self._residents = dict(residents)
        if any(not stay.station.mac for stays in residents.values() for stay in stays):
            self.devices = Devices(self._residents)
        self.change_times_ns = tuple(sorted(moments))

    def network(self, vnid: int) -> Network | None:
        """Return the network that a VNID stands for: it is its number, or has the bits that tell it."""
        found = self._networks.get(vnid)
        if found is None and self._in_part:
            found = next((each for each in self._in_part if vnid & each.bits.mask == each.bits.value), None)
        return found

    def port(self, name: str) -> Port | None:
        """Return the port SWITCH/PORT."""
        return self._ports.get(name)

    def port_at(self, interface: str) -> Port | None:
        """Return the port SWITCH/PORT that an interface is named after, whatever its name says behind a space.

        Of a trunk it is that of its untagged frames; `trunk_at` has the others.
        """
        found = self.port(interface) or self.port(interface.partition(" ")[0])
        return self.port(interface.partition("/")[0]) if found is None and interface not in self._trunks else found

    def trunk_at(self, interface: str) -> Trunk | None:
        """Return the trunk SWITCH/PORT that an interface is named after; None where it is none."""
        return self._trunks.get(interface) or self._trunks.get(interface.partition(" ")[0])

    def has_switch(self, name: str) -> bool:
        """Say whether the map has a switch of that name."""
        return name in self._switches

    def tep(self, name: str) -> Tep | None:
        """Return the TEP of that name."""
        return self._teps.get(name)

    @property
    def tep_names(self) -> tuple[str, ...]:
        """The names of the TEPs in the map file: several, of those that are one."""
        return tuple(name for tep in self.teps for name in tep.names or (tep.name,))

    def tep_by_ip(self, ip: bytes) -> Tep | None:
        """Return the TEP with that underlay address, 4 or 16 octets; the first, where VRFs have it in common."""
        found = self._tep_ips.get(ip)
        return None if found is None else found[0]

    def teps_by_ip(self, ip: bytes) -> tuple[Tep, ...]:
        """Return the TEPs with that underlay address, each in a VRF of its own."""
        return self._tep_ips.get(ip, ())

    def teps_by_router_mac(self, mac: bytes) -> tuple[Tep, ...]:
        """Return the TEPs that route by that MAC address in an L3 VNI."""
        return self._routers.get(mac, ())

    def hosts_of(self, tep: int) -> tuple[Host, ...]:
        """Return the physical host of the TEP of that index; several of TEPs that share an address."""
        return self._hosts.get(tep, ())

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
        """Return the VM of a network that has that IP address at that time, or is the way to it, and its place."""
        return self._ips.one(vnid, ip, ts_ns) or next(iter(self._prefixes.of(vnid, ip, ts_ns)), None)

    def stations_by_mac(self, vnid: int, mac: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return all places in a network where VMs with that MAC address are at that time, in file order."""
        return self._macs.some(vnid, mac, ts_ns)

    def stations_by_ip(self, vnid: int, ip: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return all places in a network of VMs that have that IP address at that time, or are the way to it."""
        return self._ips.some(vnid, ip, ts_ns) or self._prefixes.of(vnid, ip, ts_ns)

    def stations_with_mac(self, mac: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return the VMs of all networks that have that MAC address at that time, in file order."""
        return self._macs.all(mac, ts_ns)

    def stations_with_ip(self, ip: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return the VMs of all networks that have that IP address at that time, or are the way to it."""
        return self._ips.all(ip, ts_ns) + self._prefixes.all(ip, ts_ns)

    def route(self, vrf: Vrf, ip: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return the VMs of a VRF that have an IP address at that time; else those with the longest prefix for it."""
        hosts = tuple(station for station in self._ips.all(ip, ts_ns) if station.vnid in vrf.vnids)
        return hosts or self._prefixes.within(vrf.vnids, ip, ts_ns)

    def stays_by_mac(self, vnid: int, mac: bytes) -> Stays:
        """Return where VMs with that MAC address were and will be in a network, and when, in file order."""
        return self._macs.stays(vnid, mac)

    def ips_of(self, vm: str) -> tuple[bytes, ...]:
        """Return the IP addresses of the VM of that name, without its prefixes."""
        return self._vm_ips.get(vm, ())

    def prefixes_of(self, vm: str) -> tuple[Prefix, ...]:
        """Return the prefixes of what is behind the VM of that name."""
        return self._vm_prefixes.get(vm, ())

    def stays_in(self, vnid: int) -> Stays:
        """Return all stays of VMs in a network, in file order."""
        return self._residents.get(vnid, ())

    def stations_of(self, vnid: int, ts_ns: int) -> tuple[Station, ...]:
        """Return all VMs that are in a network at that time, in file order."""
        return tuple(present(self._residents.get(vnid, ()), ts_ns))

    def reachable(self, source: int, targets: Collection[int]) -> tuple[int, ...]:
        """Return those of the networks `targets` that a policy lets `source` send to, in the policies' order."""
        network = self._networks.get(source)
        return tuple(vnid for vnid in network.reaches if vnid in targets) if network is not None else ()

    def policy(self, source: int, target: int) -> Policy | None:
        """Return the first policy that lets a network send to another; None: there is none."""
        return self._policies.get((source, target))

    def encap_between(self, local: Tep, remote: Tep, wanted: str | None = None) -> str | None:
        """Return the encapsulation that a TEP uses towards another; see `choosing.choose`."""
        return choosing.choose(local, remote, wanted)

    def gateway_between(self, local: Tep, remote: Tep) -> Tep | None:
        """Return the gateway that translates between two TEPs; see `choosing.gateway_between`."""
        return choosing.gateway_between(self.gateways, local, remote)


_Item = TypeVar("_Item")


def _united(known: tuple[_Item, ...] | None, more: tuple[_Item, ...]) -> tuple[_Item, ...]:
    return more if known is None or known == more else tuple(dict.fromkeys((*known, *more)))


def _by_each(teps: Iterable[Tep], keys: Callable[[Tep], tuple[bytes, ...]]) -> dict[bytes, tuple[Tep, ...]]:
    found: dict[bytes, tuple[Tep, ...]] = {}
    for tep in teps:
        for key in keys(tep):
            found[key] = (*found.get(key, ()), tep)
    return found


def _by_tep(hosts: Iterable[Host]) -> dict[int, tuple[Host, ...]]:
    found: dict[int, tuple[Host, ...]] = {}
    for host in hosts:
        for tep in host.teps:
            found[tep] = (*found.get(tep, ()), host)
    return found


def _trunks(ports: Iterable[Port]) -> dict[str, Trunk]:
    by_line: defaultdict[str, dict[int, Port]] = defaultdict(dict)
    for port in ports:
        if port.vlan is not None:
            by_line[port.line][port.vlan] = port
        if port.native is not None:
            by_line[port.line][port.native] = port
    return {line: Trunk(line, members) for line, members in by_line.items()}


def _by_group(networks: Iterable[Network]) -> dict[bytes, tuple[Network, ...]]:
    groups: dict[bytes, tuple[Network, ...]] = {}
    for network in networks:
        if network.group is not None:
            groups[network.group] = (*groups.get(network.group, ()), network)
    return groups
