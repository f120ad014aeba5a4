"""From the model of a checked map file to the values of its compiled form: names become references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from dovetool.vnid_map.addresses import Stay
from dovetool.vnid_map.entities import Host, Network, Policy, Port, Relations, Station, Tep, Vrf
from dovetool.vnid_map.places import members, nics_of, place_name
from dovetool.vnid_map.prefixes import Prefix
from dovetool.vnid_map.vnid_bits import VnidBits

if TYPE_CHECKING:
    from dovetool.vnid_map.file import model as file
    from dovetool.vnid_map.file.model import MapFile


def teps(model: MapFile) -> dict[str, Tep]:
    """Return the TEPs by name, in file order; those that share an address are one, by the name of each."""
    built: dict[str, Tep] = {}
    for index, names in enumerate(together(model.teps)):
        built.update(dict.fromkeys(names, _tep(index, names, [model.teps[name] for name in names])))
    return {name: built[name] for name in model.teps}


def together(teps_by_name: Mapping[str, file.Tep]) -> list[list[str]]:
    """The names of TEPs that are one tunnel end point: alone, or with all that share an address with them."""
    groups: list[list[str]] = []
    owners: dict[tuple[str | None, bytes], int] = {}
    for name, tep in teps_by_name.items():
        keys = [(tep.vrf, ip) for ip in tep.ip or () if ip] if tep.shared else []
        found = sorted({owners[key] for key in keys if key in owners})
        at = found[0] if found else len(groups)
        if at == len(groups):
            groups.append([])
        for other in found[1:]:  # it joins those that had nothing in common so far
            groups[at] += groups[other]
            groups[other] = []
            owners = {key: at if owner == other else owner for key, owner in owners.items()}
        groups[at].append(name)
        owners.update(dict.fromkeys(keys, at))
    return [names for names in groups if names]


def _tep(index: int, names: list[str], entries: list[file.Tep]) -> Tep:
    """One tunnel end point; of several that are one, the first says how it sends."""
    first = entries[0]
    ips, macs, router_macs = (
        _distinct(each for entry in entries for each in getattr(entry, key)) for key in ("ip", "mac", "router_mac")
    )
    if len(entries) > 1:  # what the others have too comes first: it is the address of them all
        ips = tuple(sorted(ips, key=lambda ip: -sum(ip in entry.ip for entry in entries)))
    return Tep(
        name="+".join(names),
        index=index,
        ip=ips[0] if ips else b"",
        mac=macs[0] if macs else b"",
        encaps=first.encap,
        ports=dict(first.ports.items()),
        mtu=first.mtu,
        vlan=first.vlan,
        gateway_mac=first.gateway_mac,
        ttl=first.ttl,
        dscp=first.dscp,
        udp_checksum=first.udp_checksum,
        underlay=first.underlay,
        is_gateway=first.gateway,
        guest_vlan=first.guest_vlan,
        on_mtu=first.on_mtu,
        geneve_priority=first.geneve_priority,
        geneve_options=_understood(first.geneve_options),
        other_ips=ips[1:],
        other_macs=macs[1:],
        router_macs=router_macs,
        vrf=first.vrf,
        names=tuple(names) if len(names) > 1 else (),
    )


def _distinct(values: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(values))


def _understood(options: tuple[tuple[int, int] | None, ...]) -> frozenset[tuple[int, int]] | None:
    return None if None in options else frozenset(option for option in options if option is not None)


def ports(model: MapFile, teps_by_name: Mapping[str, Tep]) -> dict[str, Port]:
    """Return the ports of all switches by SWITCH/PORT, of trunks by SWITCH/PORT.VLAN, in file order."""
    return {
        name: Port(
            name=name,
            index=index,
            switch=member.switch,
            vnid=model.networks[member.network or ""].vnid.value,
            tep=teps_by_name[model.switches[member.switch].tep],
            trusted=member.trusted,
            vlan=member.vlan,
            line=member.line,
            native=member.native,
        )
        for index, (name, member) in enumerate(members(model).items())
    }


def relations(model: MapFile, teps_by_name: Mapping[str, Tep]) -> Relations:
    """Return who may send to whom, what is routed, and which host has what; all in file order."""
    return Relations(tuple(_policies(model, teps_by_name)), tuple(_vrfs(model)), tuple(_hosts(model, teps_by_name)))


def _policies(model: MapFile, teps_by_name: Mapping[str, Tep]) -> Iterator[Policy]:
    """The policies, one for each direction; behind them, who may answer."""
    for policy in model.policies:
        ends = model.networks[policy.source].vnid.value, model.networks[policy.target].vnid.value
        via = None if policy.via is None else teps_by_name[policy.via]
        for source, target in (ends, ends[::-1]) if policy.both_ways else (ends,):
            yield Policy(source, target, False, policy.encap, via, policy.pcp)
    for policy in model.policies:
        if policy.stateful:
            source, target = model.networks[policy.source].vnid.value, model.networks[policy.target].vnid.value
            via = None if policy.via is None else teps_by_name[policy.via]
            yield Policy(target, source, True, policy.encap, via, policy.pcp)


def _vrfs(model: MapFile) -> Iterator[Vrf]:
    for name, vrf in model.vrfs.items():
        joined = [model.networks[each] for each in vrf.networks]
        gateways = [network.gateway for network in joined if network.gateway is not None]
        macs = _distinct(mac for gateway in gateways for mac in gateway.mac)
        ips = _distinct(ip for gateway in gateways for ip in gateway.ip)
        yield Vrf(name, vrf.l3vni, tuple(network.vnid.value for network in joined), macs, ips)


def networks(model: MapFile, ports_by_name: Mapping[str, Port], joined: Relations) -> Iterator[Network]:
    """Yield the networks with their ports, and those that policies join them to; then the L3 VNIs of the VRFs."""
    populated: defaultdict[int, list[Port]] = defaultdict(list)
    for port in ports_by_name.values():
        populated[port.vnid].append(port)
    reaches: defaultdict[int, dict[int, None]] = defaultdict(dict)  # a dictionary keeps the order, and each VNID once
    reached_from: defaultdict[int, dict[int, None]] = defaultdict(dict)
    for policy in joined.policies:
        reaches[policy.source][policy.target] = None
        reached_from[policy.target][policy.source] = None
    begins = {(policy.source, policy.target) for policy in joined.policies if not policy.is_answer}
    vrf_of = {vnid: vrf for vrf in joined.vrfs for vnid in vrf.vnids}
    for name, network in model.networks.items():
        vnid, gateway = network.vnid.value, network.gateway
        yield Network(
            name=name,
            vnid=vnid,
            group=network.group,
            floods=network.unknown_unicast == "flood",
            reaches=tuple(reaches[vnid]),
            reached_from=tuple(reached_from[vnid]),
            teps=_teps_of(populated[vnid]),
            ports=tuple(populated[vnid]),
            bits=network.vnid,
            identities=dict(network.identities),
            gateway_macs=() if gateway is None else gateway.mac,
            gateway_ips=() if gateway is None else gateway.ip,
            vrf=vrf_of.get(vnid),
            answers=frozenset(target for target in reaches[vnid] if (vnid, target) not in begins),
        )
    for vrf in joined.vrfs:
        if vrf.l3vni is not None:
            routing = _teps_of([port for vnid in vrf.vnids for port in populated[vnid]])
            bits = VnidBits(vrf.l3vni)
            yield Network(vrf.name, vrf.l3vni, None, False, (), (), routing, (), bits, vrf=vrf, is_l3=True)


def _teps_of(ports_of_network: list[Port]) -> tuple[Tep, ...]:
    by_index = {port.tep.index: port.tep for port in ports_of_network}
    return tuple(by_index[index] for index in sorted(by_index))


def _hosts(model: MapFile, teps_by_name: Mapping[str, Tep]) -> Iterator[Host]:
    for name, host in model.hosts.items():
        yield Host(name, tuple(dict.fromkeys(teps_by_name[tep].index for tep in host.teps)), host.switches)


class Residence(NamedTuple):
    """Where a VM is and when, with its IP addresses and the prefixes behind it; MAC addresses are the station's."""

    stay: Stay
    ips: tuple[bytes, ...]
    prefixes: tuple[Prefix, ...]


def residences(model: MapFile, ports_by_name: Mapping[str, Port]) -> Iterator[Residence]:
    """Yield where each network card of each VM is, and when."""
    for name, vm in model.vms.items():
        for nic in nics_of(vm):
            ips = tuple(ip for ip in nic.ip if not isinstance(ip, Prefix))
            prefixes = tuple(ip for ip in nic.ip if isinstance(ip, Prefix))
            for place in nic.at:
                port = ports_by_name[place_name(place)]
                station = Station(name, port.vnid, port, nic.mac[0] if nic.mac else b"", nic.mac[1:])
                yield Residence(Stay(station, place.from_ns, place.until_ns), ips, prefixes)
