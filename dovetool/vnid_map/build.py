"""From the model of a checked map file to the values of its compiled form: names become references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from dovetool.vnid_map.addresses import Stay
from dovetool.vnid_map.entities import Network, Port, Station, Tep
from dovetool.vnid_map.model import MapFile


def teps(model: MapFile) -> dict[str, Tep]:
    """Return the TEPs by name, in file order."""
    return {
        name: Tep(
            name=name,
            index=index,
            ip=tep.ip or b"",
            mac=tep.mac or b"",
            encaps=tep.encap,
            ports=dict(tep.ports.items()),
            mtu=tep.mtu,
            vlan=tep.vlan,
            gateway_mac=tep.gateway_mac,
            ttl=tep.ttl,
            dscp=tep.dscp,
            udp_checksum=tep.udp_checksum,
            underlay=tep.underlay,
            is_gateway=tep.gateway,
            guest_vlan=tep.guest_vlan,
            on_mtu=tep.on_mtu,
            geneve_priority=tep.geneve_priority,
            geneve_options=_understood(tep.geneve_options),
        )
        for index, (name, tep) in enumerate(model.teps.items())
    }


def _understood(options: tuple[tuple[int, int] | None, ...]) -> frozenset[tuple[int, int]] | None:
    return None if None in options else frozenset(option for option in options if option is not None)


def ports(model: MapFile, teps_by_name: Mapping[str, Tep]) -> dict[str, Port]:
    """Return the ports of all switches by SWITCH/PORT, in file order."""
    places = ((name, switch, port) for name, switch in model.switches.items() for port in switch.ports.items())
    return {
        f"{name}/{port}": Port(
            name=f"{name}/{port}",
            index=index,
            switch=name,
            vnid=model.networks[settings.network].vnid,
            tep=teps_by_name[switch.tep],
            trusted=settings.trusted,
        )
        for index, (name, switch, (port, settings)) in enumerate(places)
    }


def networks(model: MapFile, ports_by_name: Mapping[str, Port]) -> Iterator[Network]:
    """Yield the networks, with their ports and the networks that policies join them to."""
    members: defaultdict[int, list[Port]] = defaultdict(list)
    for port in ports_by_name.values():
        members[port.vnid].append(port)
    reaches: defaultdict[str, dict[int, None]] = defaultdict(dict)  # a dictionary keeps the order, and each VNID once
    reached_from: defaultdict[str, dict[int, None]] = defaultdict(dict)
    for policy in model.policies:
        reaches[policy.source][model.networks[policy.target].vnid] = None
        reached_from[policy.target][model.networks[policy.source].vnid] = None
    for name, network in model.networks.items():
        yield Network(
            name=name,
            vnid=network.vnid,
            group=network.group,
            floods=network.unknown_unicast == "flood",
            reaches=tuple(reaches[name]),
            reached_from=tuple(reached_from[name]),
            teps=_teps_of(members[network.vnid]),
            ports=tuple(members[network.vnid]),
        )


def _teps_of(members: list[Port]) -> tuple[Tep, ...]:
    by_index = {port.tep.index: port.tep for port in members}
    return tuple(by_index[index] for index in sorted(by_index))


def stays(model: MapFile, ports_by_name: Mapping[str, Port]) -> Iterator[tuple[Stay, bytes, tuple[bytes, ...]]]:
    """Yield where each VM is and when, with its MAC address and its IP addresses."""
    for name, vm in model.vms.items():
        for place in vm.at:
            port = ports_by_name[place.port]
            yield Stay(Station(name, port.vnid, port, vm.mac), place.from_ns, place.until_ns), vm.mac, vm.ip
