"""The tunnel end points that hosts are and that they know of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from dovetool.map_sources.linux.fabric import Fabric, Member
from dovetool.map_sources.linux.links import Link
from dovetool.map_sources.statements import HostStatement, Origin, TepStatement
from dovetool.wire.fields import is_multicast

_VXLAN_PORT = 4789
_NO_WAY_OUT = frozenset({"dummy", "vrf", "vxlan"})


def tep_statements(fabric: Fabric, addresses: Iterable[bytes] = ()) -> Iterator[TepStatement]:
    """Yield each host as a tunnel end point.

    Args:
        fabric: the hosts.
        addresses: those of tunnel end points that somebody else tells of; hosts that have one are the ones.
    """
    known = set(addresses)
    for member in fabric.members:
        known.update(ip for _, ip in fabric.own_addresses(member))
    for member in fabric.members:
        yield from _own(fabric, member)
        yield from _macs(fabric, member, known)


def host_statements(fabric: Fabric) -> Iterator[HostStatement]:
    """Yield the hosts that have more than one switch: those of the namespaces whose frames leave through them."""
    for member in fabric.members:
        for owner in fabric.owners.get(member.tep, ()) if isinstance(member.tep, bytes) and member.switch else ():
            origin = next(link.origin for link in member.host.vxlans())
            yield HostStatement(origin, owner, (owner,), (member.switch,))


def _own(fabric: Fabric, member: Member) -> Iterator[TepStatement]:
    """Yield what the VXLAN devices of a host say of where it sends from."""
    encaps = _encaps(member)
    ports, guess = _ports(member)
    for link, ip in fabric.own_addresses(member):
        name = "" if fabric.is_elsewhere(member, ip) else member.host.name
        shared = len(fabric.owners.get(ip, ())) > 1
        yield TepStatement(link.origin, name, (ip,), encaps=encaps, ports=ports, shared=shared, guessed=guess)


def _macs(fabric: Fabric, member: Member, known: set[bytes]) -> Iterator[TepStatement]:
    """Yield the MAC addresses behind those of a host's addresses that tunnels end at."""
    for link in member.host.links.values():
        for ip in link.ips:
            if ip not in known:
                continue
            macs, guess = _macs_behind(member, link)
            shared = len(fabric.owners[ip]) > 1
            yield TepStatement(link.origin, member.host.name, (ip,), macs, shared=shared, guessed=guess)


def _macs_behind(member: Member, link: Link) -> tuple[tuple[bytes, ...], str]:
    """Return the MAC addresses that frames of a device's addresses have, and why they are unsure."""
    if link.mac and link.kind not in _NO_WAY_OUT:
        return (link.mac,), ""
    macs = tuple(dict.fromkeys(each.mac for each in _uplinks(member)))
    return macs, f"its address is on {link.name}; any of its uplinks may send" if len(macs) > 1 else ""


def _uplinks(member: Member) -> list[Link]:
    """Return the devices that lead to other hosts: with an address, or a neighbour, and no foot in the overlay."""
    host = member.host
    with_neighbours = {neighbour.device for neighbour in host.neighbours}
    found = [
        link
        for link in host.links.values()
        if link.mac
        and link.kind not in _NO_WAY_OUT
        and not host.bridge_of(link.name)
        and (link.ips or link.name in with_neighbours)
        and member.domains.of_device(link.name) is None
    ]
    return [link for link in found if link.name in with_neighbours] or found


def _encaps(member: Member) -> tuple[str, ...]:
    used = [link.vxlan for link in member.host.vxlans() if link.vxlan and any(member.domains.own_vnids(link))]
    return tuple(dict.fromkeys("vxlan-gpe" if vxlan.is_gpe else "vxlan" for vxlan in used))


def _ports(member: Member) -> tuple[dict[str, int], str]:
    """Return the UDP port, where it is not the registered one, and why that is unsure."""
    used = [link.vxlan for link in member.host.vxlans() if link.vxlan and any(member.domains.own_vnids(link))]
    ports = Counter(vxlan.port for vxlan in used if vxlan.port and not vxlan.is_gpe)
    if not ports:
        return {}, ""
    commonest = ports.most_common(1)[0][0]
    told = ", ".join(map(str, sorted(ports)))
    guess = f"its devices use the UDP ports {told}, and a map has one of them" if len(ports) > 1 else ""
    return ({"vxlan": commonest} if commonest != _VXLAN_PORT else {}), guess


def peers(fabric: Fabric) -> Iterator[TepStatement]:
    """Yield the tunnel end points that hosts send to, with their MAC addresses where these are neighbours."""
    for member in fabric.members:
        told: dict[bytes, tuple[Origin, int | None]] = {}
        for entry in member.host.fdb:
            link = member.host.links.get(entry.device)
            if not entry.is_self or link is None or link.vxlan is None:
                continue
            port = entry.port or link.vxlan.port or None
            for ip in (entry.dst,) if entry.dst else member.host.next_hops.get(entry.next_hop or 0, ()):
                if not is_multicast(ip):
                    told.setdefault(ip, (entry.origin, port))
        for ip, (origin, port) in told.items():
            ports = {"vxlan": port} if port and port != _VXLAN_PORT else {}
            yield TepStatement(origin, "", (ip,), encaps=("vxlan",), ports=ports)
        yield from neighbours(member, told)


def neighbours(member: Member, addresses: Iterable[bytes]) -> Iterator[TepStatement]:
    """Yield the MAC addresses of those tunnel end points that a host has as neighbours in the underlay."""
    wanted = set(addresses)
    for neighbour in member.host.neighbours:
        if neighbour.ip in wanted and member.domains.of_device(neighbour.device) is None:
            yield TepStatement(neighbour.origin, "", (neighbour.ip,), (neighbour.mac,))
