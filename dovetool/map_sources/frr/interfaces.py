"""The network devices of a host, from `show interface json`: as `ip -j -d link` and `ip -j addr` have them, but fewer.

`vxlanId` is a number, or, of newer versions, an object with the VLAN of each VNI; `vtepIp` is absent for IPv6 in 8.4.
"""

from __future__ import annotations

from dovetool.map_sources.fields import Fields, whole
from dovetool.map_sources.linux.host import Host
from dovetool.map_sources.linux.links import Link, Vxlan
from dovetool.map_sources.linux.tables import MOST_VNI, Tunnel

_KINDS = frozenset({"vxlan", "bridge", "vlan", "macvlan", "vrf", "dummy", "veth", "bond"})
_OWN_ALONE = (b"\x7f", bytes(15) + b"\1")
"""How addresses begin that nobody else can reach: 127.0.0.0/8 and ::1."""


def read_interfaces(table: Fields, host: Host) -> None:
    """Take up `show interface json`; what iproute2 has told of the same devices stays."""
    for name, row in table.entries():
        link = host.links.setdefault(name, Link(name, row.origin))
        link.mac = link.mac or row.mac("hardwareAddress")
        kind = row.text("interfaceType").lower()
        link.kind = link.kind or (kind if kind in _KINDS else "")
        link.is_loopback = link.is_loopback or row.text("type") == "Loopback"
        if link.kind != "vrf" and row.text("vrfName") != "default":
            link.master = link.master or row.text("vrfName")
        link.master = row.text("masterInterface") or link.master
        if link.kind in {"vlan", "macvlan"}:
            link.lower = link.lower or row.text("parentInterface")
            link.vlan = link.vlan or row.number("vlanId", 4095)
        if "bridgeVlanAware" in row and link.filters_vlans is None:
            link.filters_vlans = row.flag("bridgeVlanAware")
        _read_addresses(row, link)
        if link.kind == "vxlan":
            _read_vxlan(row, link, host)


def _read_addresses(row: Fields, link: Link) -> None:
    for address in row.objects("ipAddresses"):
        ip = address.as_ip(address.text("address").partition("/")[0], "address")
        if ip and ip not in link.ips and not ip.startswith(_OWN_ALONE):
            link.ips.append(ip)


def _read_vxlan(row: Fields, link: Link, host: Host) -> None:
    has_many = isinstance(row.data.get("vxlanId"), dict)
    if link.vxlan is None:
        link.vxlan = Vxlan(0 if has_many else row.number("vxlanId", MOST_VNI) or 0)
    link.vxlan.local = link.vxlan.local or row.ip("vtepIp")
    if not has_many or host.tunnels.get(link.name):
        return
    for key, entry in row.object("vxlanId").entries():
        vni, vlan = whole(key, MOST_VNI), entry.number("accessVlanId", 4094)
        if vlan and vni:
            host.tunnels.setdefault(link.name, []).append(Tunnel(vlan, vlan, vni))
