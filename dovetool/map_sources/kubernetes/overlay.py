"""What a map says of every overlay of a cluster: nodes are TEPs, and pods are at the port of their tunnel device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

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

_NONE: Mapping[str, Any] = {}
_REGISTERED = {"vxlan": 4789, "geneve": 6081}


class Tunnel(NamedTuple):
    """How the nodes of an overlay send to each other.

    Attributes:
        vnid: that of their network.
        device: name of the device of a node that does it; its port is called so, as sources of the node itself call it.
        encap: the encapsulation.
        udp_port: its UDP port; None: it has none, or the registered one.
    """

    vnid: int
    device: str
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


def place(node: str, tunnel: Tunnel) -> Place:
    """Where a node's tunnel device is, and its pods."""
    return Place(node, port=tunnel.device)


def tep(origin: Origin, node: str, ips: tuple[bytes, ...], tunnel: Tunnel) -> Iterator[Statement]:
    """A node as a TEP, as a host, and with a port in the overlay."""
    port = tunnel.udp_port
    ports = {tunnel.encap: port} if port and port != _REGISTERED.get(tunnel.encap) else {}
    yield TepStatement(origin, node, ips, encaps=(tunnel.encap,), ports=ports)
    yield HostStatement(origin, node, (node,))
    yield PortStatement(origin, place(node, tunnel), tunnel.vnid)


def vm(origin: Origin, name: str, node: str, tunnel: Tunnel, ips: tuple[bytes, ...]) -> VmStatement:
    """What has addresses alone: a pod."""
    return VmStatement(origin, tunnel.vnid, place(node, tunnel), name, ips=ips, is_local=True)


def vtep(origin: Origin, node: str, tunnel: Tunnel, device: Device) -> VmStatement:
    """The tunnel device of a node, a VM as the others of its network see it."""
    made = vm(origin, f"vtep-{node}", node, tunnel, device.ips)
    return made._replace(mac=device.mac, prefixes=device.prefixes)


def pods(
    cluster: Cluster,
    tunnel: Tunnel,
    of_nodes: Mapping[str, Tunnel] = _NONE,
    carries: Callable[[bytes], bool] = lambda _: True,
) -> Iterator[Statement]:
    """The pods of an overlay; those at nodes that are none of its TEPs, too, for somebody else may know these.

    Args:
        cluster: who has them.
        tunnel: that of their nodes.
        of_nodes: those of nodes that have another.
        carries: says whether the overlay carries frames for an address.
    """
    places: dict[str, Place] = {}
    for pod, origin in cluster.pods.values():
        ips = tuple([ip for ip in pod.ips if carries(ip)])
        if ips and pod.node:
            own = of_nodes.get(pod.node, tunnel)
            at = places.get(pod.node) or places.setdefault(pod.node, place(pod.node, own))
            yield VmStatement(origin, own.vnid, at, pod.name, ips=ips, is_local=True)
