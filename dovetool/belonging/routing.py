"""What the routers at tunnel end points go by (RFC 9135): their own addresses, and the way to others in a VRF."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dovetool.vnid_map import Network, Station, Tep, VnidMap

_LINK_LOCAL = {4: (bytes((169, 254)), b"\xff\xff"), 16: (b"\xfe\x80", b"\xff\xc0")}  # RFC 3927, RFC 4291 section 2.5.6


def is_link_local(ip: bytes) -> bool:
    """Say whether an IP address is one that a host makes for itself; no router sends it on (RFC 4291 section 2.5.6)."""
    start, mask = _LINK_LOCAL[len(ip)]
    return bytes(map(int.__and__, ip[: len(mask)], mask)) == start


def is_of_gateway(network: Network, ip: bytes) -> bool:
    """Say whether an IP address is of a network's router, at which what is sent to it ends.

    Its own, or that of the same router in another network of its VRF; and what it is sent for an address of the link
    alone can be for nobody else.
    """
    own = network.gateway_ips if network.vrf is None else network.gateway_ips + network.vrf.gateway_ips
    return ip in own or is_link_local(ip)


def sending_macs(network: Network) -> tuple[bytes, ...]:
    """The MAC addresses that a router may put in as the source of what it sends into a network, the usual one first.

    They are those of the network's gateway, or where the map gives it none, of others in its VRF. And the routers' own:
    where several share the gateway's address, it may be what they are reached by, and not what they send from.
    """
    if network.vrf is None:
        return network.gateway_macs
    routers_own = tuple(mac for tep in network.teps for mac in tep.router_macs)
    return (network.gateway_macs or network.vrf.gateway_macs) + routers_own


def routers(vnid_map: VnidMap, network: Network, mac: bytes) -> tuple[Tep, ...]:
    """The TEPs that route in an L3 VNI by a MAC address."""
    return tuple(tep for tep in vnid_map.teps_by_router_mac(mac) if network.has_port_at(tep.index))


def route(vnid_map: VnidMap, network: Network, ip: bytes, ts_ns: int) -> tuple[Station, ...]:
    """The VMs that the router of a network finds behind an IP address; none where the network is in no VRF."""
    return () if network.vrf is None or not ip or is_link_local(ip) else vnid_map.route(network.vrf, ip, ts_ns)


def nearest(stations: Iterable[Station], tep: Tep | None) -> Station | None:
    """Of places with the same address, the one behind a tunnel end point; else the first."""
    listed = list(stations)
    behind = (each for each in listed if tep is not None and each.port.tep.index == tep.index)
    return next(behind, listed[0] if listed else None)
