"""VMs, from forwarding tables and neighbours.

A bridge knows behind which of its ports a MAC address is (`master` entries). Behind a VXLAN device, the device's own
entry (`self`) knows the tunnel end point. After a move the two may disagree: the bridge is right, as it has learnt
from frames; an entry of the device that the bridge does not agree with is left over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dovetool.map_sources.linux.fabric import Fabric, Member
from dovetool.map_sources.linux.tables import FdbEntry
from dovetool.map_sources.statements import Place, Prefix, VmStatement
from dovetool.wire.fields import is_multicast

_NO_MAC = bytes(6)

Known = dict[tuple[int, bytes], list[bytes]]
"""VNID and MAC address -> IP addresses."""


def vm_statements(fabric: Fabric, without: Collection[int] = ()) -> Iterator[VmStatement]:
    """Yield the VMs that hosts know of, at their own ports and behind other tunnel end points."""
    for member in fabric.members:
        ips = known_ips(member)
        prefixes = _prefixes(member)
        for vm in _vms(member):
            key = (vm.vnid, vm.mac)
            if vm.vnid not in without:
                yield vm._replace(ips=tuple(ips.get(key, ())), prefixes=tuple(prefixes.get(key, ())))


def known_ips(member: Member) -> Known:
    """Return the IP addresses of VMs, as a host's own devices in their networks have them for neighbours."""
    found: Known = {}
    vnids = {device: member.domains.of_device(device) for device in {each.device for each in member.host.neighbours}}
    for neighbour in member.host.neighbours:
        vnid = vnids[neighbour.device]
        if vnid is not None:
            ips = found.setdefault((vnid, neighbour.mac), [])
            if neighbour.ip not in ips:
                ips.append(neighbour.ip)
    return found


def _prefixes(member: Member) -> dict[tuple[int, bytes], list[Prefix]]:
    """Return the IP networks behind VMs, by the routes that lead over them."""
    found: dict[tuple[int, bytes], list[Prefix]] = {}
    macs = {(each.device, each.ip): each.mac for each in member.host.neighbours}
    for route in member.host.routes:
        mac = macs.get((route.device, route.gateway))
        vnid = member.domains.of_device(route.device)
        if mac is not None and vnid is not None:
            found.setdefault((vnid, mac), []).append(route.prefix)
    return found


def _vms(member: Member) -> Iterator[VmStatement]:
    bridged = {(entry.master, _vlan(member, entry), entry.mac): entry for entry in member.host.fdb if entry.master}
    own = {(entry.master, entry.mac) for entry in bridged.values() if entry.is_own}
    for (bridge, vlan, mac), entry in bridged.items():
        link = member.host.links.get(entry.device)
        vnid = member.domains.of_bridge(bridge, vlan)
        place = member.place(entry.device, vlan) if link is not None and link.vxlan is None else None
        if vnid is not None and place is not None and (bridge, mac) not in own:
            yield VmStatement(entry.origin, vnid, place, mac=mac, is_local=True)
    for entry in member.host.fdb:
        if entry.is_self and entry.mac != _NO_MAC and (entry.dst or entry.next_hop):
            yield from _remote(member, entry, bridged, own)


def _vlan(member: Member, entry: FdbEntry) -> int | None:
    return entry.vlan if member.domains.is_aware(entry.master) else None


def _remote(
    member: Member,
    entry: FdbEntry,
    bridged: dict[tuple[str, int | None, bytes], FdbEntry],
    own: set[tuple[str, bytes]],
) -> Iterator[VmStatement]:
    """Yield where a VXLAN device knows a VM, unless its bridge knows better."""
    link = member.host.links.get(entry.device)
    if link is None or link.vxlan is None:
        return
    vnid = entry.source_vni or entry.vni or link.vxlan.vni
    if not vnid:
        return
    bridge = member.host.bridge_of(link.name)
    carried = entry.source_vni or link.vxlan.vni
    there = bridged.get((bridge, member.domains.vlan_of_vnid(bridge, carried), entry.mac))
    if (bridge, entry.mac) in own or (there is not None and there.device != entry.device):
        return
    guess = f"sent with VNID {vnid} by a device of VNID {carried}" if carried and carried != vnid else ""
    ips = (entry.dst,) if entry.dst else member.host.next_hops.get(entry.next_hop or 0, ())
    for ip in ips:
        if not is_multicast(ip):
            elsewhere = len(ips) > 1
            yield VmStatement(entry.origin, vnid, Place(ip), mac=entry.mac, elsewhere=elsewhere, guessed=guess)
