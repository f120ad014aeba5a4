"""The VRFs of hosts: networks between which they route, and the VNID of what they route to each other.

A network whose device in the VRF has an IP address is routed. One whose device there has none, and that has no port of
its own, carries what is routed between tunnel end points (symmetric IRB, RFC 9135 section 5), and the MAC addresses in
it are routers'. That it is so is a guess, as the kernel does not say it; FRR does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from dovetool.map_sources.linux.fabric import Fabric, Member, is_link_local
from dovetool.map_sources.linux.links import Link
from dovetool.map_sources.statements import Origin, Statement, TepStatement, VrfStatement
from dovetool.values import dataclass

_GUESS = "a device without IP address or port, in the VRF of others that have both"


@dataclass(slots=True)
class Tenant:
    """A VRF of a host.

    Attributes:
        vnids: its networks.
        l3: VNID of what is routed to other hosts -> the device whose MAC address it has there.
    """

    origin: Origin
    name: str
    vnids: list[int] = field(default_factory=list)
    l3: dict[int, Link] = field(default_factory=dict)


def tenants(member: Member) -> Iterator[Tenant]:
    """Yield the VRFs of a host in which it has networks."""
    host = member.host
    found: dict[str, Tenant] = {}
    for link in host.links.values():
        vrf = host.links.get(link.master)
        vnid = member.domains.of_device(link.name) if vrf is not None and vrf.kind == "vrf" else None
        if vrf is None or vnid is None:
            continue
        tenant = found.setdefault(vrf.name, Tenant(link.origin, vrf.name))
        if any(not is_link_local(ip) for ip in link.ips):
            if vnid not in tenant.vnids:
                tenant.vnids.append(vnid)
        elif not _has_ports(member, vnid):
            tenant.l3.setdefault(vnid, link)
    yield from (tenant for tenant in found.values() if tenant.vnids)


def l3vnids(fabric: Fabric) -> frozenset[int]:
    """Return the VNIDs of routed frames, as far as they can be told."""
    return frozenset(vnid for member in fabric.members for tenant in tenants(member) for vnid in tenant.l3)


def tenant_statements(fabric: Fabric) -> Iterator[Statement]:
    """Yield VRFs, and the MAC addresses by which tunnel end points route in them."""
    for member in fabric.members:
        routed: set[int] = set()
        for tenant in tenants(member):
            if not tenant.l3:
                yield VrfStatement(tenant.origin, tenant.name, None, tuple(tenant.vnids))
            for vnid, link in tenant.l3.items():
                routed.add(vnid)
                yield VrfStatement(tenant.origin, tenant.name, vnid, tuple(tenant.vnids), guessed=_GUESS)
                if member.tep and link.mac:
                    name, ips = (member.tep, ()) if isinstance(member.tep, str) else ("", (member.tep,))
                    yield TepStatement(link.origin, name, ips, router_macs=(link.mac,), guessed=_GUESS)
        yield from _remote_routers(member, routed)


def _remote_routers(member: Member, routed: set[int]) -> Iterator[TepStatement]:
    for entry in member.host.fdb:
        link = member.host.links.get(entry.device)
        if link is None or link.vxlan is None or not entry.is_self or not entry.dst or not any(entry.mac):
            continue
        if (entry.source_vni or link.vxlan.vni) in routed:
            yield TepStatement(entry.origin, "", (entry.dst,), router_macs=(entry.mac,), guessed=_GUESS)


def _has_ports(member: Member, vnid: int) -> bool:
    """Say whether something else than a VXLAN device is a port of a network."""
    host, domains = member.host, member.domains
    return any(
        link.vxlan is None
        and link.kind != "bridge"
        and domains.of_bridge(bridge, None) == vnid
        and not domains.is_aware(bridge)
        for link in host.links.values()
        if (bridge := host.bridge_of(link.name))
    )
