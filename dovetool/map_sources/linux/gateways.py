"""The hosts' own addresses in the networks that they carry: gateways, where several hosts have the same; else VMs.

A bridge, a VLAN device on it, a macvlan device on that, or a VXLAN device without a bridge sends and receives in the
network itself. What routes for the VMs at every tunnel end point has one IP address everywhere (RFC 9135 section 2.1),
and mostly one MAC address too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from dovetool.map_sources.linux.fabric import Fabric, Member, is_link_local
from dovetool.map_sources.linux.links import Link
from dovetool.map_sources.statements import NetworkStatement, Statement, VmStatement, VrfStatement

_VIRTUAL_ROUTERS = b"\x00\x00\x5e\x00"
"""MAC addresses of virtual routers: VRRP (RFC 9568 section 7.3), and what anycast gateways borrow of its block."""
_PLAIN = frozenset({"", "bridge", "vlan", "macvlan", "vxlan"})


class Foot(NamedTuple):
    """A device of a host with a foot in a network of the overlay."""

    member: Member
    link: Link
    vnid: int


def feet(fabric: Fabric, without: Collection[int] = ()) -> Iterator[Foot]:
    """Yield the devices by which hosts take part in networks themselves."""
    for member in fabric.members:
        for link in member.host.links.values():
            vnid = member.domains.of_device(link.name) if link.kind in _PLAIN and link.mac else None
            if vnid is not None and vnid not in without and (link.ips or link.vxlan is not None):
                yield Foot(member, link, vnid)


def own_statements(
    fabric: Fabric, without: Collection[int] = (), vrfs: Iterable[VrfStatement] = ()
) -> Iterator[Statement]:
    """Yield gateways and VMs that hosts are themselves.

    Args:
        fabric: the hosts.
        without: VNIDs that are no networks: those of routed frames.
        vrfs: VRFs: in their networks, hosts route.
    """
    routed = {vnid for vrf in vrfs for vnid in vrf.vnids}
    found = list(feet(fabric, without))
    hosts_of: dict[tuple[int, bytes], set[str]] = {}
    for member, link, vnid in found:
        for address in (link.mac, *_everywhere(link)):
            hosts_of.setdefault((vnid, address), set()).add(member.host.name)
    virtual = {(member.host.name, vnid) for member, link, vnid in found if _is_virtual(link)}
    for foot in found:
        member, link, vnid = foot
        addresses = (link.mac, *_everywhere(link))
        is_shared = any(len(hosts_of[vnid, address]) > 1 for address in addresses)
        is_router = is_shared or _is_virtual(link) or (vnid in routed and (member.host.name, vnid) not in virtual)
        if link.vxlan is None and is_router:
            yield NetworkStatement(link.origin, vnid, gateway_mac=link.mac, gateway_ips=tuple(link.ips))
        else:
            yield _vm(foot)


def _is_virtual(link: Link) -> bool:
    """Say whether a device has the address of a virtual router, or is one beside the host's own (as in VRR)."""
    return link.kind == "macvlan" or link.mac.startswith(_VIRTUAL_ROUTERS)


def _everywhere(link: Link) -> list[bytes]:
    """Return the addresses of a device that mean the same host wherever they are seen."""
    return [ip for ip in link.ips if not is_link_local(ip)]


def _vm(foot: Foot) -> VmStatement:
    member, link, vnid = foot
    name = f"{member.host.name}-{link.name}" if member.host.name else link.name
    place = member.place(link.name, None)
    return VmStatement(link.origin, vnid, place, name, link.mac, tuple(link.ips), is_local=True)
