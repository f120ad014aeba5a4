"""The network devices of a host, from `ip -j -d link`, `ip -j addr` and `bridge -j link`."""

from __future__ import annotations

from dataclasses import field

from dovetool.map_sources.fields import Fields
from dovetool.map_sources.statements import Origin
from dovetool.values import dataclass

_MOST_VNI = 0xFFFFFF
_NOT_LOCAL = frozenset({"host"})
"""Scopes of addresses that nobody else can reach."""


@dataclass(slots=True)
class Vxlan:
    """A VXLAN device.

    Attributes:
        vni: its VNI; 0: it has none of its own (`external`).
        local: its tunnel end point's address; empty: whichever the route to the peer gives.
        target: where it sends what it knows no end point for, a multicast group or one peer; empty: nowhere.
        port: UDP port that it sends to and listens at.
        is_gpe: its frames have a header of VXLAN-GPE.
        lower: the device of the underlay, where it is told.
        is_elsewhere: its underlay is in another network namespace.
    """

    vni: int
    local: bytes = b""
    target: bytes = b""
    port: int = 0
    is_gpe: bool = False
    lower: str = ""
    is_elsewhere: bool = False


@dataclass(slots=True)
class Link:
    """A network device.

    Attributes:
        name: its name.
        origin: where it was told first, or in most detail.
        mac: its MAC address; empty: none.
        master: the bridge or VRF that it is in.
        lower: the device that it stands on, of VLAN and macvlan devices.
        kind: as in `ip -d link`: bridge, vxlan, vlan, vrf, veth; empty: a plain one, or not told.
        vlan: VLAN of a VLAN device.
        filters_vlans: a bridge that tells VLANs apart; None: not told.
        floods: a port of a bridge that gets frames for unknown addresses; None: not told.
        vxlan: what a VXLAN device knows.
        ips: its IP addresses that others may reach.
        is_loopback: it leads nowhere.
    """

    name: str
    origin: Origin
    mac: bytes = b""
    master: str = ""
    lower: str = ""
    kind: str = ""
    vlan: int | None = None
    filters_vlans: bool | None = None
    floods: bool | None = None
    vxlan: Vxlan | None = None
    ips: list[bytes] = field(default_factory=list)
    is_loopback: bool = False


def read_link(row: Fields, links: dict[str, Link]) -> None:
    """Take up a row of `ip link`, `ip addr` or `bridge link`; several rows of one device add up."""
    name = row.text("ifname").partition("@")[0]
    if not name:
        return  # `{}`, for a device of a kind that was not asked for
    link = links.setdefault(name, Link(name, row.origin))
    link.master = row.text("master") or link.master
    link.lower = row.text("link") or link.lower
    if "link_type" in row:
        link.is_loopback = row.text("link_type") == "loopback"
        if row.text("link_type") == "ether":
            link.mac = row.mac("address") or link.mac
    if "linkinfo" in row:
        link.origin = row.origin
        _read_details(row, row.object("linkinfo"), link)
    for address in row.objects("addr_info"):
        ip = address.ip("local")
        if ip and address.text("scope") not in _NOT_LOCAL and ip not in link.ips:
            link.ips.append(ip)


def _read_details(row: Fields, info: Fields, link: Link) -> None:
    data = info.object("info_data")
    link.kind = info.text("info_kind") or link.kind
    if link.kind == "vxlan":
        link.vxlan = _vxlan(data, is_elsewhere="link_netnsid" in row)
    elif link.kind == "vlan":
        link.vlan = data.number("id", 4095)
    elif link.kind == "bridge" and "vlan_filtering" in data:
        link.filters_vlans = data.flag("vlan_filtering")
    if info.text("info_slave_kind") == "bridge":
        slave = info.object("info_slave_data")
        link.floods = slave.flag("flood") if "flood" in slave else None


def _vxlan(data: Fields, *, is_elsewhere: bool) -> Vxlan:
    own = 0 if data.flag("external") else data.number("id", _MOST_VNI)
    return Vxlan(
        vni=own or 0,
        local=data.ip("local") or data.ip("local6"),
        target=data.ip("group") or data.ip("group6") or data.ip("remote") or data.ip("remote6"),
        port=data.number("port", 0xFFFF) or 0,
        is_gpe=data.flag("gpe"),
        lower=data.text("link"),
        is_elsewhere=is_elsewhere,
    )
