"""What is allowed in a map, and is hardly meant, of gateways and VRFs (RFC 9135)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dovetool.vnid_map.file.problems import quoted
from dovetool.vnid_map.texts import mac_text

if TYPE_CHECKING:
    from dovetool.vnid_map.entities import Network
    from dovetool.vnid_map.lookup import VnidMap


def of_routing(vnid_map: VnidMap) -> Iterator[str]:
    """A line for each router that is not whole, or has the address of a VM."""
    for network in vnid_map.networks:
        if network.is_l3:
            yield from _without_router_mac(network)
        elif network.vrf is not None and not network.gateway_macs:
            who = f"network {quoted(network.name)} of VRF {quoted(network.vrf.name)}"
            yield f"{who} has no gateway, so its VMs send to no other network"
        yield from _taken(vnid_map, network)


def _without_router_mac(l3: Network) -> Iterator[str]:
    for tep in l3.teps:
        if not tep.router_macs:
            what = "what it routes to others, and they to it, is rejected as unknown-router"
            yield f"TEP {quoted(tep.name)} has no router_mac, which VRF {quoted(l3.name)} with its l3vni needs: {what}"


def _taken(vnid_map: VnidMap, network: Network) -> Iterator[str]:
    for mac in network.gateway_macs:
        stays = vnid_map.stays_by_mac(network.vnid, mac)
        if stays:
            who = f"VM {quoted(stays[0].station.vm)} and the gateway of network {quoted(network.name)}"
            yield f"{who} have MAC address {mac_text(mac)} both: what is sent there, the gateway gets"
