"""What a map says of every overlay of a cluster: each node is a TEP, and its pods are at one port of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from dovetool.map_sources.kubernetes.cluster import Cluster
from dovetool.map_sources.statements import (
    HostStatement,
    Origin,
    Place,
    PortStatement,
    Prefix,
    Statement,
    TepStatement,
    VmStatement,
)

_PORT = "vtep"
_REGISTERED = {"vxlan": 4789, "geneve": 6081}


class Tunnel(NamedTuple):
    """How the nodes of an overlay send to each other.

    Attributes:
        encap: the encapsulation.
        udp_port: its UDP port; None: it has none, or the registered one.
    """

    encap: str
    udp_port: int | None = None


class Device(NamedTuple):
    """The device of a node behind which its pods are.

    Attributes:
        mac: its MAC address inside the tunnel; empty: no object tells.
        ips: its own addresses.
        prefixes: IP networks behind it.
    """

    mac: bytes = b""
    ips: tuple[bytes, ...] = ()
    prefixes: tuple[Prefix, ...] = ()


def place(node: str) -> Place:
    """Where a node's tunnel device is, and its pods."""
    return Place(node, switch=node, port=_PORT)


def tep(origin: Origin, node: str, ips: tuple[bytes, ...], tunnel: Tunnel, vnid: int) -> Iterator[Statement]:
    """A node as a TEP, as a host, and with a port in the overlay."""
    port = tunnel.udp_port
    ports = {tunnel.encap: port} if port and port != _REGISTERED.get(tunnel.encap) else {}
    yield TepStatement(origin, node, ips, encaps=(tunnel.encap,), ports=ports)
    yield HostStatement(origin, node, (node,), (node,))
    yield PortStatement(origin, place(node), vnid)


def vtep(origin: Origin, node: str, device: Device, vnid: int) -> VmStatement:
    """The tunnel device of a node, a VM as the others of its network see it."""
    return VmStatement(
        origin, vnid, place(node), f"vtep-{node}", device.mac, device.ips, device.prefixes, is_local=True
    )


def pods(
    cluster: Cluster, vnids: Mapping[str, int], vnid: int, carries: Callable[[bytes], bool] = lambda _: True
) -> Iterator[Statement]:
    """The pods of an overlay; those at nodes that are none of its TEPs, too, for somebody else may know these.

    Args:
        cluster: who has them.
        vnids: node -> VNID of the network that its pods are in.
        vnid: that of all other nodes.
        carries: says whether the overlay carries frames for an address.
    """
    places: dict[str, Place] = {}
    for pod, origin in cluster.pods.values():
        ips = tuple([ip for ip in pod.ips if carries(ip)])
        if ips and pod.node:
            at = places.get(pod.node) or places.setdefault(pod.node, place(pod.node))
            yield VmStatement(origin, vnids.get(pod.node, vnid), at, pod.name, ips=ips, is_local=True)
