"""Who gets a frame, by the plain meaning of a map: nothing of dovetool is asked, and no octet of a tunnel is made.

The map is the dictionary that its file would hold. A switch tells the port, and from it the network; the target is
looked up in that network first, then where a policy opens the way; the two TEPs use the first encapsulation of the
sender's list that the receiver has too, else the first gateway that has one with each; a broadcast goes to every VM of
its network but those at the port that it came in by, and as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Entry = Mapping[str, Any]
_NONE_CARRIES = {"nvgre": range(0x1000), "pbb": range(0x100)}  # VNIDs up to here are reserved, and the last one
_LAST_VNID = 0xFFFFFF


class Sent(NamedTuple):
    """A frame as it comes to a switch; `port` empty: nobody knows by which."""

    time: int
    port: str
    src_mac: str
    dst_mac: str
    dst_ip: str
    has_vlan: bool


class Got(NamedTuple):
    """A frame as a VM gets it; `is_local`: it has not left its TEP."""

    vm: str
    has_vlan: bool
    is_local: bool = False


class LostError(Exception):
    """The frame goes no further."""


@dataclass(frozen=True)
class Place:
    """A VM at a port for a time."""

    vm: str
    macs: tuple[str, ...]
    ips: tuple[str, ...]
    port: str
    start: int
    end: int


@dataclass
class Reference:
    """A network that a map describes."""

    raw: Entry
    places: list[Place] = field(init=False)

    def __post_init__(self) -> None:
        self.places = [
            Place(
                name,
                _listed(vm["mac"]),
                _listed(vm["ip"]),
                at["port"],
                *(_second(at, "from", 0), _second(at, "until", 99)),
            )
            for name, vm in self.raw["vms"].items()
            for at in vm["at"]
        ]

    def deliveries(self, sent: Sent) -> list[Got]:
        """Who gets a frame."""
        try:
            port = self._port(sent)
            return self._onward(sent, port, self._network(sent, self._network_of(port)))
        except LostError:
            return []

    # The switch

    def _network_of(self, port: str) -> str:
        switch, _, name = port.partition("/")
        network: str = self.raw["switches"][switch]["ports"][name]
        return network

    def _tep_of(self, port: str) -> str:
        return self.sole(self.raw["switches"][port.partition("/")[0]]["tep"])

    def sole(self, tep: str) -> str:
        """The name of the first of the TEPs that have their addresses in common, which are one to the others."""
        entry = self.raw["teps"][tep]
        alike = (name for name, other in self.raw["teps"].items() if other.get("ip") == entry.get("ip"))
        return next(alike) if entry.get("shared") else tep

    def _present(self, time: int) -> list[Place]:
        return [place for place in self.places if place.start <= time < place.end]

    def _port(self, sent: Sent) -> str:
        """The port, unless the frame says to be from a VM that is not there."""
        now = [place for place in self._present(sent.time) if sent.src_mac in place.macs]
        if not sent.port:
            ports = {place.port for place in now}
            alike = {(place.vm, self._network_of(place.port), self._tep_of(place.port)) for place in now}
            if len(ports) != 1 and len(alike) != 1:
                raise LostError  # it makes a difference
            return now[0].port
        network = self._network_of(sent.port)
        ours = [place for place in now if self._network_of(place.port) == network]
        if ours and all(place.port != sent.port for place in ours):
            raise LostError
        if not ours and any(sent.src_mac in place.macs and place.port == sent.port for place in self.places):
            raise LostError  # it was here, or will be
        return sent.port

    def _network(self, sent: Sent, source: str) -> str:
        """The network of the target: the source's own, else the one that a policy opens."""
        if is_group(sent.dst_mac):
            return source
        present = self._present(sent.time)
        found = {self._network_of(place.port) for place in present if sent.dst_mac in place.macs}
        if not found:
            found = {self._network_of(place.port) for place in present if sent.dst_ip in place.ips}
        if not found or source in found:
            return source
        opened = {policy["to"] for policy in self.raw["policies"] if policy["from"] == source} & found
        if len(opened) == 1:
            return str(opened.pop())
        if opened or not self._floods(source):
            raise LostError
        return source

    def _floods(self, network: str) -> bool:
        return bool(self.raw["networks"][network].get("unknown_unicast") == "flood")

    def _targets(self, sent: Sent, network: str) -> list[Place]:
        """The VM that a frame is for, at all its places, or those that share its address; none: all of them."""
        if is_group(sent.dst_mac):
            return []
        everyone = self._present(sent.time)
        ours = [place for place in everyone if self._network_of(place.port) == network]
        found = [place for place in ours if sent.dst_mac in place.macs]
        if not found and not any(sent.dst_mac in place.macs for place in everyone):
            found = [place for place in ours if sent.dst_ip in place.ips]
        if not found and not self._floods(network):
            raise LostError
        return found

    # The TEPs

    def _onward(self, sent: Sent, port: str, network: str) -> list[Got]:
        """To the place of the target that is behind the same TEP, else to the first that the map has of it."""
        targets, here = self._targets(sent, network), self._tep_of(port)
        if not targets:
            return self._to_all(sent, port, network)
        near = _once(place.vm for place in targets if self._tep_of(place.port) == here)
        if near:
            return [Got(vm, sent.has_vlan, is_local=True) for vm in near]
        there, has_vlan = self._tep_of(targets[0].port), sent.has_vlan
        gateway = self._gateway(here, there)
        if gateway:
            has_vlan = self._leg(here, gateway, self._common(here, gateway), network, has_vlan)
            here, there = gateway, gateway if any(self._tep_of(place.port) == gateway for place in targets) else there
        if here != there:
            has_vlan = self._leg(here, there, self._common(here, there), network, has_vlan)
        return [Got(vm, has_vlan) for vm in _once(each.vm for each in targets if self._tep_of(each.port) == there)]

    def _to_all(self, sent: Sent, port: str, network: str) -> list[Got]:
        here = self._tep_of(port)
        closed = {port} if sent.port or len(self._ports_of(sent)) == 1 else set()
        got = [Got(vm, sent.has_vlan, is_local=True) for vm in self._members(sent, network, here, closed)]
        remotes = [tep for tep in self._teps(network) if tep != here]
        ways = self._ways(here, remotes, network, [])
        carried = {way: self._sent(here, way[1], network, sent.has_vlan) for way in ways.values()}
        for hop in dict.fromkeys(way[0] for way in ways.values() if way[0]):
            got += self._at_gateway(sent, here, hop, network, carried[hop, self._common(here, hop)])
        for tep, (hop, encap) in ways.items():
            if not hop:
                got += self._received(sent, tep, encap, network, carried[hop, encap])
        return got

    def _ports_of(self, sent: Sent) -> set[str]:
        """Where VMs are that have the source MAC address."""
        return {place.port for place in self._present(sent.time) if sent.src_mac in place.macs}

    def _sender(self, sent: Sent, network: str) -> str:
        """The one VM that has sent a frame; empty where that is not known."""
        now = [place for place in self._present(sent.time) if sent.src_mac in place.macs]
        ours = [place for place in now if self._network_of(place.port) == network and sent.port in ("", place.port)]
        vms = {place.vm for place in ours}
        return vms.pop() if len(vms) == 1 else ""

    def _at_gateway(self, sent: Sent, origin: str, gateway: str, network: str, has_vlan: bool) -> Iterator[Got]:
        """What a gateway makes of a broadcast: its own VMs get it, and those TEPs that nothing else serves."""
        try:
            has_vlan = self._taken(gateway, self._common(origin, gateway), has_vlan)
        except LostError:
            return
        if gateway in self._teps(network):
            yield from (Got(vm, has_vlan) for vm in self._members(sent, network, gateway))
        others = [tep for tep in self._teps(network) if tep not in (origin, gateway)]
        served = [tep for tep in others if not self._shared(origin, tep) and self._gateway(origin, tep) == gateway]
        rest = [tep for tep in self._teps(network) if tep not in served and tep != gateway]
        try:
            ways = self._ways(gateway, served, network, rest)
            carried = {tep: self._sent(gateway, encap, network, has_vlan) for tep, (_, encap) in ways.items()}
        except LostError:
            return
        for tep, (_, encap) in ways.items():
            yield from self._received(sent, tep, encap, network, carried[tep])

    def _received(self, sent: Sent, tep: str, encap: str, network: str, has_vlan: bool) -> list[Got]:
        try:
            has_vlan = self._taken(tep, encap, has_vlan)
        except LostError:
            return []
        return [Got(vm, has_vlan) for vm in self._members(sent, network, tep)]

    def _members(self, sent: Sent, network: str, tep: str, closed: Collection[str] = ()) -> list[str]:
        """The VMs of a network behind a TEP, but those at some ports and the sender, which has no use for its own."""
        sender = self._sender(sent, network)
        return _once(
            place.vm
            for place in self._present(sent.time)
            if self._network_of(place.port) == network and self._tep_of(place.port) == tep
            if place.port not in closed and place.vm != sender
        )

    def _teps(self, network: str) -> list[str]:
        """The TEPs with a port in a network, in the order of the map."""
        switches = self.raw["switches"].values()
        named = {self.sole(switch["tep"]) for switch in switches if network in switch["ports"].values()}
        return [tep for tep in self.raw["teps"] if tep in named]

    def _ways(self, here: str, remotes: list[str], network: str, served: list[str]) -> dict[str, tuple[str, str]]:
        """By which gateway, if any, and in which encapsulation each TEP gets a broadcast.

        The group's is the one of the sender's list that most hear it in. Gateways hear no group, and none is used that
        somebody hears who has been served.
        """
        group = self.raw["networks"][network].get("group")
        encaps = [each for each in self.raw["teps"][here]["encap"] if each != "pbb" and group]
        encaps = [encap for encap in encaps if not any(self._hears(tep, encap) for tep in served)]
        most = max(encaps, key=lambda encap: sum(self._hears(tep, encap) for tep in remotes), default="")
        ways = {}
        for tep in remotes:
            if most and self._hears(tep, most):
                ways[tep] = "", most
                continue
            gateway = self._gateway(here, tep)
            if not gateway and self.raw["teps"][tep].get("gateway"):
                gateway = tep
            ways[tep] = gateway, self._common(here, gateway or tep)
        return ways

    def _hears(self, tep: str, encap: str) -> bool:
        entry = self.raw["teps"][tep]
        return not entry.get("gateway") and encap in entry["encap"]

    def _shared(self, here: str, there: str) -> str | None:
        """The encapsulation that one TEP sends to another in."""
        one, other = self.raw["teps"][here], self.raw["teps"][there]
        for encap in one["encap"]:
            carriers = ("l2", "both") if encap == "pbb" else ("ip", "both")
            both_have_it = all(entry.get("underlay", "ip") in carriers for entry in (one, other))
            if encap in other["encap"] and both_have_it:
                return str(encap)
        return None

    def _common(self, here: str, there: str) -> str:
        encap = self._shared(here, there)
        if encap is None:
            raise LostError
        return encap

    def _gateway(self, here: str, there: str) -> str:
        """The gateway between two TEPs that need one."""
        if self._shared(here, there):
            return ""
        if self.raw["teps"][here].get("gateway"):
            raise LostError
        for name, entry in self.raw["teps"].items():
            is_other = entry.get("gateway") and name not in (here, there)
            if is_other and self._shared(here, name) and self._shared(name, there):
                return str(name)
        raise LostError

    # A tunnel

    def _leg(self, here: str, there: str, encap: str, network: str, has_vlan: bool) -> bool:
        return self._taken(there, encap, self._sent(here, encap, network, has_vlan))

    def _sent(self, tep: str, encap: str, network: str, has_vlan: bool) -> bool:
        """Whether the guest's 802.1Q tag is still there when a TEP has sent a frame."""
        vnid = self.raw["networks"][network]["vnid"]
        if encap in _NONE_CARRIES and (vnid in _NONE_CARRIES[encap] or vnid == _LAST_VNID):
            raise LostError
        treatment = self.raw["teps"][tep].get("guest_vlan") or ("reject" if encap == "nvgre" else "keep")
        if has_vlan and treatment == "reject":
            raise LostError
        return has_vlan and treatment == "keep"

    def _taken(self, tep: str, encap: str, has_vlan: bool) -> bool:
        """The same when a TEP has received it."""
        treatment = self.raw["teps"][tep].get("guest_vlan")
        if has_vlan and (encap == "nvgre" or treatment == "reject"):
            raise LostError
        return has_vlan and treatment != "strip"


def is_group(mac: str) -> bool:
    """A broadcast or multicast."""
    return bool(int(mac[1], 16) & 1)


def _second(at: Entry, key: str, otherwise: int) -> int:
    """The second of a time of the first minute of 1970."""
    return int(at[key][17:19]) if key in at else otherwise


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
