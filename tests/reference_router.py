"""What routers at tunnel end points do with a packet, from the two models of RFC 9135, and nothing of dovetool.

The map is the dictionary that its file would hold, and every packet is built anew at each hop, with the addresses and
the TTL that it has there: no octet is changed in place, and each header checksum is computed over its whole header.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from frames import eth4, eth6, udp

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Sent(NamedTuple):
    """A packet that a VM sends to the router of its network; `number` tells it from others."""

    number: int
    vm: str
    dst_ip: str
    ttl: int


class Hop(NamedTuple):
    """A frame on its way: VNID of its tag or tunnel, and its octets without either."""

    vnid: int
    octets: bytes


@dataclass
class Fate:
    """What becomes of a packet.

    Attributes:
        tagged: as it leaves the first switch.
        underlay: in its tunnel, with the numbers of the TEPs; None where it stays behind one.
        delivered: as a VM gets it.
        vm: that VM.
        lost: why nobody gets it.
    """

    tagged: Hop | None = None
    underlay: tuple[Hop, str, str] | None = None
    delivered: bytes | None = None
    vm: str = ""
    lost: str = ""


@dataclass(frozen=True)
class Way:
    """Where an IP address leads: the length of the prefix, and the VM."""

    length: int
    vm: str


class ReferenceRouter:
    """The fabric that a map describes."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw

    def fate(self, sent: Sent) -> Fate:
        """What becomes of a packet."""
        network = self._network(sent.vm)
        vrf = next(vrf for vrf in self.raw["vrfs"].values() if network in vrf["networks"])
        gateways = [self.raw["networks"][each].get("gateway") for each in vrf["networks"]]
        if any(sent.dst_ip in gateway["ip"] for gateway in gateways if gateway is not None):
            return Fate(lost="local")
        target = self._best(sent, vrf["networks"], self._tep(sent.vm))
        if target is None:
            return Fate(lost="no-route")
        if sent.ttl < 2:
            return Fate(lost="ttl-exceeded")
        local, remote = self._tep(sent.vm), self._tep(target)
        if local == remote or "l3vni" not in vrf:
            return self._once(sent, target, local, remote)
        return self._twice(sent, target, local, remote, vrf["l3vni"])

    def _once(self, sent: Sent, target: str, local: str, remote: str) -> Fate:
        """Asymmetric (section 6.3): all the work at the first router."""
        network = self._network(target)
        made = self.packet(sent, self._mac(target), self._gateway(network), sent.ttl - 1)
        hop = Hop(self.raw["networks"][network]["vnid"], made)
        return Fate(hop, None if local == remote else (hop, local, remote), made, target)

    def _twice(self, sent: Sent, target: str, local: str, remote: str, l3vni: int) -> Fate:
        """Symmetric (sections 5.4 and 5.5): to the router of the target, and by that one to the target."""
        to_mac, from_mac = (self.raw["teps"][tep].get("router_mac") for tep in (remote, local))
        if to_mac is None or from_mac is None:
            return Fate(lost="unknown-router")
        hop = Hop(l3vni, self.packet(sent, to_mac, from_mac, sent.ttl - 1))
        if sent.ttl - 1 < 2:
            return Fate(hop, (hop, local, remote), lost="ttl-exceeded")
        made = self.packet(sent, self._mac(target), self._gateway(self._network(target)), sent.ttl - 2)
        return Fate(hop, (hop, local, remote), made, target)

    def packet(self, sent: Sent, dst_mac: str, src_mac: str, ttl: int) -> bytes:
        """The packet with MAC addresses and a TTL."""
        to = ipaddress.ip_address(sent.dst_ip)
        own = next(ip for ip in map(ipaddress.ip_address, self._own_ips(sent.vm)) if ip.version == to.version)
        macs = {"dst": bytes.fromhex(dst_mac.replace(":", "")), "src": bytes.fromhex(src_mac.replace(":", ""))}
        datagram = udp(b"packet %03d" % sent.number)
        if to.version == 4:
            return eth4(datagram, **macs, src_ip=own.packed, dst_ip=to.packed, ttl=ttl)
        return eth6(datagram, **macs, src_ip=own.packed, dst_ip=to.packed, hop_limit=ttl)

    def first(self, sent: Sent) -> bytes:
        """The packet as the VM sends it."""
        return self.packet(sent, self._gateway(self._network(sent.vm)), self._mac(sent.vm), sent.ttl)

    def _best(self, sent: Sent, networks: list[str], local: str) -> str | None:
        """The VM that a router sends to: a host before prefixes, long ones before short, near ones before far."""
        ways = [way for vm in self.raw["vms"] if self._network(vm) in networks for way in self._ways(vm, sent.dst_ip)]
        longest = max((way.length for way in ways), default=-1)
        best = [way.vm for way in ways if way.length == longest]
        return next((vm for vm in best if self._tep(vm) == local), best[0] if best else None)

    def _ways(self, vm: str, ip: str) -> Iterator[Way]:
        address = ipaddress.ip_address(ip)
        for entry in self.raw["vms"][vm]["ip"]:
            if "/" not in entry and ipaddress.ip_address(entry) == address:
                yield Way(200, vm)  # longer than any prefix
            elif "/" in entry and address in ipaddress.ip_network(entry):
                yield Way(ipaddress.ip_network(entry).prefixlen, vm)

    def _own_ips(self, vm: str) -> list[str]:
        return [ip for ip in self.raw["vms"][vm]["ip"] if "/" not in ip]

    def _mac(self, vm: str) -> str:
        mac: str = self.raw["vms"][vm]["mac"]
        return mac

    def _gateway(self, network: str) -> str:
        mac: str = self.raw["networks"][network]["gateway"]["mac"]
        return mac

    def _network(self, vm: str) -> str:
        switch, _, port = self.raw["vms"][vm]["at"].partition("/")
        network: str = self.raw["switches"][switch]["ports"][port]
        return network

    def _tep(self, vm: str) -> str:
        tep: str = self.raw["switches"][self.raw["vms"][vm]["at"].partition("/")[0]]["tep"]
        return tep
