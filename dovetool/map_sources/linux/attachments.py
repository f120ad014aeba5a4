"""The networks of a host, and which of its ports are in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from dovetool.map_sources.linux.fabric import Fabric, Member
from dovetool.map_sources.linux.links import Link
from dovetool.map_sources.statements import NetworkStatement, Place, PortStatement, Statement
from dovetool.wire.fields import is_multicast

_SAYS_NOTHING = re.compile(
    r"(?:br|bridge|bd|vx|vxlan|vtep|nve|vni|vnid|vnet|lan|vlan|svi|irb|vrf|net|virbr|docker|cni|eth)?[-_.]?[0-9]*"
    r"|brq?-?[0-9a-f]{8,}(?:-[0-9a-f]*)?",
    re.IGNORECASE,
)
"""Names that programs give: `br10100`, and the numbers of OpenStack and Docker."""
_FLOOD_LIST = bytes(6)


def attachments(fabric: Fabric, without: Collection[int] = ()) -> Iterator[Statement]:
    """Yield networks, ports in them, and who else takes part, by the lists of those that frames for all go to.

    Args:
        fabric: the hosts.
        without: VNIDs that are no networks: those of routed frames.
    """
    for member in fabric.members:
        flooded = {vnid for _, vnid in _flood_lists(member)}
        own = member.place("", None)
        for link in member.host.vxlans():
            for network in _networks(member, link, flooded):
                if network.vnid not in without:
                    yield network
                    yield PortStatement(network.origin, own, network.vnid)
        yield from (port for port in _ports(member) if port.vnid not in without)
        yield from (port for port, vnid in _flood_lists(member) if vnid not in without)


def spoken_name(name: str, vnid: int) -> str:
    """Return what the name of a bridge or VRF says of a network, without its VNID; empty: nothing."""
    head = name.removesuffix(str(vnid)).rstrip("-_.")
    return "" if _SAYS_NOTHING.fullmatch(name) or _SAYS_NOTHING.fullmatch(head) else head


def _networks(member: Member, link: Link, flooded: set[int]) -> Iterator[NetworkStatement]:
    bridge = member.host.bridge_of(link.name)
    for vnid, target, origin in member.domains.own_vnids(link):
        tells_apart = member.domains.is_aware(bridge)
        is_alone = not tells_apart and link.vxlan is not None and bool(link.vxlan.vni)
        name = spoken_name(bridge or link.name, vnid) if is_alone else ""
        floods = (bool(target) or vnid in flooded) and link.floods is not False
        first = member.domains.joined.get(vnid)
        guess = "" if first is None else f"bridge {bridge} joins it with VNID {first}; ports are put there"
        group = target if target and is_multicast(target) else b""
        yield NetworkStatement(origin, vnid, name, group=group, floods=floods or None, guessed=guess)


def _ports(member: Member) -> Iterator[PortStatement]:
    """Yield the ports of bridges that are in networks; a VXLAN device that is in no bridge is a port itself."""
    host, domains = member.host, member.domains
    ports: dict[str, list[Link]] = {}
    for link in host.links.values():
        bridge = host.bridge_of(link.name)
        if bridge and link.name != bridge and link.vxlan is None:
            ports.setdefault(bridge, []).append(link)
    for bridge, vlan, vnid in domains.vnids():
        for link in ports.get(bridge, ()):
            if _takes(member, bridge, link.name, vlan):
                yield PortStatement(link.origin, member.place(link.name, vlan), vnid)
    for link in host.vxlans():
        if link.vxlan is not None and link.vxlan.vni and not host.bridge_of(link.name):
            yield PortStatement(link.origin, member.place(link.name, None), link.vxlan.vni)


def _takes(member: Member, bridge: str, port: str, vlan: int | None) -> bool:
    """Say whether a port takes frames of a VLAN in; one that is untagged is the port's own, or it is for going out."""
    if vlan is None or not member.domains.is_aware(bridge):
        return True
    if port not in member.host.vlans:
        return vlan in member.host.seen_vlans.get(port, ())
    entry = member.domains.vlan_of(port, vlan)
    return entry is not None and (entry.is_pvid or not entry.is_untagged)


def _flood_lists(member: Member) -> Iterator[tuple[PortStatement, int]]:
    """Yield that tunnel end points have a network somewhere, as a host sends them what is for all of it."""
    for entry in member.host.fdb:
        link = member.host.links.get(entry.device)
        if entry.mac != _FLOOD_LIST or link is None or link.vxlan is None:
            continue
        vnid = entry.source_vni or entry.vni or link.vxlan.vni
        if vnid and entry.dst and not is_multicast(entry.dst):
            yield PortStatement(entry.origin, Place(entry.dst), vnid), vnid
