"""All hosts of a snapshot, and who of them is which tunnel end point."""

from __future__ import annotations

from collections.abc import Iterable

from dovetool.map_sources.documents import Document
from dovetool.map_sources.linux.domains import Domains
from dovetool.map_sources.linux.host import Host, gather
from dovetool.map_sources.linux.links import Link
from dovetool.map_sources.statements import Place
from dovetool.values import dataclass

_NOBODY = "this host"
"""The name of a tunnel end point of which neither name nor address is told: then it cannot be in a map."""


@dataclass(slots=True)
class Member:
    """A host as a part of the overlay.

    Attributes:
        tep: the tunnel end point that its frames leave through: its own name, or an address; empty: none is known.
        switch: name of its switch, where that is not its tunnel end point's only one.
        trunks: devices under those VLAN devices that are ports of bridges.
    """

    host: Host
    domains: Domains
    tep: str | bytes = ""
    switch: str = ""
    trunks: frozenset[str] = frozenset()

    def place(self, port: str, vlan: int | None) -> Place:
        """Return a port of a bridge, in a VLAN of it, as a map has it.

        The one VLAN that leaves a port without a tag makes an access port of it; beside others, it is the untagged one
        of a trunk. A VLAN device, as a port of a bridge, is a VLAN of the trunk that it stands on.
        """
        tep = self.tep or _NOBODY
        link = self.host.links.get(port)
        if link is not None and link.kind == "vlan" and link.lower:
            return Place(tep, self.switch, link.lower, link.vlan)
        if vlan is None or link is None or not self.domains.is_aware(self.host.bridge_of(port)):
            return Place(tep, self.switch, port, 0 if port in self.trunks else None)
        return Place(tep, self.switch, port, self._tag(port, vlan))

    def _tag(self, port: str, vlan: int) -> int | None:
        known = self.domains.vlan_of(port, vlan)
        if known is None:
            return vlan if len(self.host.seen_vlans.get(port, ())) > 1 else None
        if not known.is_untagged:
            return vlan
        return 0 if self.domains.is_trunk(port) else None


class Fabric:
    """The hosts of a snapshot.

    Attributes:
        members: its hosts.
        owners: IP address -> hosts that have it on a device of their own.
    """

    def __init__(self, documents: Iterable[tuple[str, Document]]) -> None:
        self.join(gather(documents))

    def join(self, hosts: Iterable[Host]) -> None:
        """Make members of hosts."""
        self.members = [Member(host, Domains(host)) for host in hosts]
        self.owners: dict[bytes, list[str]] = {}
        for member in self.members:
            for link in member.host.links.values():
                for ip in link.ips:
                    if member.host.name not in self.owners.setdefault(ip, []):
                        self.owners[ip].append(member.host.name)
        for member in self.members:
            self._settle(member)

    def own_addresses(self, member: Member) -> list[tuple[Link, bytes]]:
        """Return the addresses that the VXLAN devices of a host send from, with the first device of each."""
        found: dict[bytes, Link] = {}
        for link in member.host.vxlans():
            ip = local_address(member, link)
            if ip and any(member.domains.own_vnids(link)):
                found.setdefault(ip, link)
        return [(link, ip) for ip, link in found.items()]

    def is_elsewhere(self, member: Member, ip: bytes) -> bool:
        """Say whether an address that a host's VXLAN device sends from is another host's: its underlay is there."""
        owners = self.owners.get(ip, [])
        return bool(owners) and member.host.name not in owners

    def _settle(self, member: Member) -> None:
        host = member.host
        stacked = (link for link in host.links.values() if link.kind == "vlan" and host.bridge_of(link.name))
        member.trunks = frozenset(link.lower for link in stacked)
        own = self.own_addresses(member)
        if own and self.is_elsewhere(member, own[0][1]):
            member.tep, member.switch = own[0][1], host.name
        else:
            member.tep = host.name or (own[0][1] if own else "")


def local_address(member: Member, link: Link) -> bytes:
    """Return the address that a VXLAN device sends from: its own, or that of the device under it.

    Empty where the kernel chooses one by the route to the peer.
    """
    vxlan = link.vxlan
    if vxlan is None or vxlan.local:
        return vxlan.local if vxlan else b""
    lower = member.host.links.get(vxlan.lower)
    ips = [ip for ip in lower.ips if not is_link_local(ip)] if lower else []
    alike = [ip for ip in ips if not vxlan.target or len(ip) == len(vxlan.target)]
    return alike[0] if alike else b""


def is_link_local(ip: bytes) -> bool:
    """Say whether an address is in 169.254.0.0/16 or fe80::/10."""
    return ip[:2] == b"\xa9\xfe" if len(ip) == 4 else ip[0] == 0xFE and ip[1] >> 6 == 2
