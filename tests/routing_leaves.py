"""Two leaves of Linux that route between two networks, as FRR or ifupdown2 would set them up (RFC 9135).

Each has a bridge for each network, whose own MAC address is the gateway's, a VXLAN device in it, a port with a host,
and with an L3 VNI one more bridge and device, whose MAC address is the router's. Routes and neighbours are what EVPN
would have brought.
"""

from __future__ import annotations

import ipaddress
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from frames import TEP_MACS
from netns import Namespace, namespaces
from routed_network import BLUE, GATEWAY, IP4, IP6, RED, RED_GATEWAY, A, B, C, D

_ROUTERS = {1: "02:00:00:00:0f:01", 2: "02:00:00:00:0f:02"}
_NETWORKS = {"blue": (BLUE, GATEWAY, "10.1.0.254/24"), "red": (RED, RED_GATEWAY, "10.2.0.254/24")}
_HOMES = {A: (1, "blue"), D: (1, "red"), B: (2, "blue"), C: (2, "red")}
NAMES = {A: "a", B: "b", C: "c", D: "d"}


class Leaves:
    """The fabric: raw sockets of its hosts, and of the cable between the leaves."""

    def __init__(self, hosts: dict[str, socket.socket], cable: socket.socket) -> None:
        self.hosts, self.cable = hosts, cable


@contextmanager
def leaves(l3vni: int | None) -> Iterator[Leaves]:
    """Both leaves, symmetric or asymmetric; gone in the end."""
    with namespaces(3) as (first, second, hosts), ExitStack() as stack:
        _add_cable(first, second)
        for number, leaf in ((1, first), (2, second)):
            _add_leaf(leaf, number, l3vni)
            for mac, (home, network) in _HOMES.items():
                if home == number:
                    _add_host(leaf, hosts, NAMES[mac], network)
            _add_ways(leaf, number, l3vni)
        taps = {name: stack.enter_context(hosts.packet_socket(f"host-{name}")) for name in NAMES.values()}
        yield Leaves(taps, stack.enter_context(second.packet_socket("under")))


def _add_cable(first: Namespace, second: Namespace) -> None:
    first.add_device("under", "type", "veth", "peer", "name", "under", "netns", second.name)
    for number, leaf in ((1, first), (2, second)):
        leaf.ip("link", "set", "under", "address", TEP_MACS[number - 1].hex(":"), "addrgenmode", "none")
        leaf.ip("link", "set", "under", "mtu", "9000", "up")
        leaf.ip("address", "add", f"192.0.2.{number}/24", "dev", "under")


def _add_leaf(leaf: Namespace, number: int, l3vni: int | None) -> None:
    leaf.within(_forward)
    for network, (vnid, mac, address) in _NETWORKS.items():
        _add_bridge(leaf, number, network, vnid, mac.hex(":"))
        leaf.ip("address", "add", address, "dev", network)
    if l3vni is not None:
        _add_bridge(leaf, number, "l3", l3vni, _ROUTERS[number])


def _forward() -> None:
    for at in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        Path("/proc/sys/net", at).write_text("1")
    for at in ("ipv4/conf/all/rp_filter", "ipv4/conf/default/rp_filter", "ipv4/conf/all/send_redirects"):
        Path("/proc/sys/net", at).write_text("0")


def _add_bridge(leaf: Namespace, number: int, name: str, vnid: int, mac: str) -> None:
    leaf.add_device(name, "type", "bridge")
    leaf.ip("link", "set", name, "address", mac, "type", "bridge", "mcast_snooping", "0")
    words = ("id", str(vnid), "local", f"192.0.2.{number}", "dstport", "4789", "nolearning")
    leaf.add_device(f"vx-{name}", "type", "vxlan", *words)
    leaf.ip("link", "set", f"vx-{name}", "master", name)
    for device in (name, f"vx-{name}"):
        leaf.ip("link", "set", device, "up")


def _add_host(leaf: Namespace, hosts: Namespace, name: str, network: str) -> None:
    hosts.add_device(f"host-{name}", "type", "veth", "peer", "name", f"p-{name}", "netns", leaf.name)
    leaf.ip("link", "set", f"p-{name}", "master", network, "addrgenmode", "none")
    hosts.ip("link", "set", f"host-{name}", "up")
    leaf.ip("link", "set", f"p-{name}", "up")


def _add_ways(leaf: Namespace, number: int, l3vni: int | None) -> None:
    """Where the hosts are: behind ports, through the network's VNI, or through the other leaf's router."""
    other = 3 - number
    if l3vni is not None:
        _add_neighbour(leaf, f"192.0.2.{other}", _ROUTERS[other], "l3")
        _add_neighbour(leaf, f"fd99::{other}", _ROUTERS[other], "l3")
        _add_forwarding(leaf, _ROUTERS[other], "l3", other)
    for mac, (home, network) in _HOMES.items():
        for ip in (str(ipaddress.ip_address(ips[mac])) for ips in (IP4, IP6)):
            if home != number and l3vni is not None:
                length, via = (128, f"fd99::{other}") if ":" in ip else (32, f"192.0.2.{other}")
                leaf.ip("route", "add", f"{ip}/{length}", "via", via, "dev", "l3", "onlink")
            else:
                leaf.ip("route", "replace", ip, "dev", network)
                _add_neighbour(leaf, ip, mac.hex(":"), network)
        if home == number:
            _bridge(leaf, "fdb", "replace", mac.hex(":"), "dev", f"p-{NAMES[mac]}", "master", "static")
        else:
            _add_forwarding(leaf, mac.hex(":"), network, home)


def _add_neighbour(leaf: Namespace, ip: str, mac: str, device: str) -> None:
    leaf.ip("neighbour", "replace", ip, "lladdr", mac, "dev", device, "nud", "permanent")


def _add_forwarding(leaf: Namespace, mac: str, network: str, tep: int) -> None:
    _bridge(leaf, "fdb", "replace", mac, "dev", f"vx-{network}", "master", "static")
    _bridge(leaf, "fdb", "replace", mac, "dev", f"vx-{network}", "self", "dst", f"192.0.2.{tep}", "static")


def _bridge(leaf: Namespace, *words: str) -> None:
    subprocess.run(["bridge", "-netns", leaf.name, *words], check=True, capture_output=True, text=True)
