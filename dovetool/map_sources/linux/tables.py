"""Rows of what a host has learnt, or was told: forwarding entries, neighbours, VLANs of ports, VNIs of devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dovetool.map_sources.fields import Fields, rows, whole
from dovetool.map_sources.statements import Origin, Prefix

MOST_VNI = 0xFFFFFF
_MOST_VLAN = 4094
_NO_ANSWER = frozenset({"FAILED", "INCOMPLETE"})


class FdbEntry(NamedTuple):
    """A row of `bridge fdb`.

    Attributes:
        device: a port of a bridge, a bridge itself, or a VXLAN device.
        master: the bridge whose entry it is; empty: the device's own.
        vni: the VNI that is put into the header, where it is another than the device's.
        source_vni: the VNI that the entry is for, of a device with several.
        next_hop: number of a group of end points, as `ip nexthop` has it.
        is_own: it stands for the device's own address, or was put there for good.
    """

    origin: Origin
    mac: bytes
    device: str
    master: str
    is_self: bool
    is_own: bool
    dst: bytes
    vlan: int | None
    vni: int | None
    source_vni: int | None
    port: int | None
    next_hop: int | None


class Neighbour(NamedTuple):
    """A row of `ip neigh`: who has an IP address, as seen at a device."""

    origin: Origin
    device: str
    ip: bytes
    mac: bytes


class Route(NamedTuple):
    """A row of `ip route` that leads over a router."""

    origin: Origin
    device: str
    prefix: Prefix
    gateway: bytes


class PortVlans(NamedTuple):
    """VLANs of a port of a bridge, from the first to the last."""

    first: int
    last: int
    is_untagged: bool
    is_pvid: bool


class Tunnel(NamedTuple):
    """VLANs of a bridge, from the first to the last, and the VNI of the first; the others follow."""

    first: int
    last: int
    vni: int


class DeviceVni(NamedTuple):
    """VNIs of a VXLAN device, from the first to the last, and their multicast group or peer."""

    origin: Origin
    first: int
    last: int
    target: bytes


def fdb_entry(row: Fields) -> FdbEntry | None:
    """Read a row of `bridge fdb`; None for `{}` and for groups, which tell nothing."""
    mac = row.mac("mac")
    if not mac or mac[0] & 1:
        return None
    flags = row.texts("flags")
    return FdbEntry(
        row.origin,
        mac,
        row.text("ifname") or row.text("dev"),
        row.text("master"),
        "self" in flags,
        row.text("state") == "permanent",
        row.ip("dst"),
        row.number("vlan", _MOST_VLAN),
        row.number("vni", MOST_VNI),
        row.number("src_vni", MOST_VNI),
        row.number("port", 0xFFFF),
        row.number("nhid"),
    )


def neighbour(row: Fields) -> Neighbour | None:
    """Read a row of `ip neigh`; None where nobody has answered."""
    mac = row.mac("lladdr")
    if not mac or not any(mac) or not _NO_ANSWER.isdisjoint(row.texts("state")):
        return None
    ip = row.ip("dst")
    return Neighbour(row.origin, row.text("dev"), ip, mac) if ip else None


def route(row: Fields) -> Route | None:
    """Read a row of `ip route`; None where there is no router, or the route is for all that no other is for."""
    gateway = row.ip("gateway")
    if not gateway or row.text("dst") == "default":
        return None
    address, _, length = row.text("dst").partition("/")
    ip = row.as_ip(address, "dst")
    bits = whole(length, 8 * len(ip)) if length else 8 * len(ip)
    if not ip or bits is None:
        raise row.bad("dst", f"expected an IP network, found {row.text('dst')[:40]!r}")
    return Route(row.origin, row.text("dev"), Prefix(ip, bits), gateway)


def port_vlans(row: Fields) -> Iterator[PortVlans]:
    """Read what `bridge vlan` says of one port."""
    for entry in row.objects("vlans"):
        yield port_vlan(entry)


def port_vlan(entry: Fields) -> PortVlans:
    """Read a VLAN of a port, or a range of them."""
    first = entry.number("vlan", _MOST_VLAN) or 0
    flags = entry.texts("flags")
    return PortVlans(first, entry.number("vlanEnd", _MOST_VLAN) or first, "Egress Untagged" in flags, "PVID" in flags)


def tunnels(row: Fields) -> Iterator[Tunnel]:
    """Read what `bridge vlan tunnelshow` says of one device."""
    for entry in row.objects("tunnels"):
        first, vni = entry.number("vlan", _MOST_VLAN), entry.number("tunid", MOST_VNI)
        if first and vni:
            last = entry.number("vlanEnd", _MOST_VLAN) or first
            if vni + last - first > MOST_VNI:
                raise entry.bad("tunid", f"VLANs {first} to {last} would have VNIs above {MOST_VNI}")
            yield Tunnel(first, last, vni)


def device_vnis(row: Fields) -> Iterator[DeviceVni]:
    """Read what `bridge vni` says of one device."""
    for entry in row.objects("vnis"):
        first = entry.number("vni", MOST_VNI)
        if first:
            last = entry.number("vniEnd", MOST_VNI) or first
            yield DeviceVni(entry.origin, first, last, entry.ip("group") or entry.ip("remote"))


def next_hops(data: object, origin: Origin) -> dict[int, tuple[bytes, ...]]:
    """Read `ip nexthop`: the tunnel end points behind each number."""
    singles: dict[int, bytes] = {}
    groups: dict[int, list[int]] = {}
    for row in rows(data, origin):
        number = row.number("id")
        if number is None:
            continue
        if "group" in row:
            groups[number] = [member.number("id") or 0 for member in row.objects("group")]
        else:
            singles[number] = row.ip("gateway")
    found: dict[int, tuple[bytes, ...]] = {number: (ip,) for number, ip in singles.items() if ip}
    for number, members in groups.items():
        found[number] = tuple(singles[member] for member in members if singles.get(member))
    return found
