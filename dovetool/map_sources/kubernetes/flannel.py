"""flannel, also as k3s has it: each node tells its own VTEP by annotations.

`backend-data` is JSON in a string, with the MAC address of the device `flannel.1` and, since some version, the VNI; for
IPv6 there is `backend-v6-data` beside it. The UDP port is in the ConfigMap `kube-flannel-cfg` alone, and there only
where somebody has set it: else Linux has its own old number for VXLAN, 8472, and Windows the registered one, 4789. The
device has the first address of the node's pod CIDR.

Sources: flannel, pkg/subnet/kube/annotations.go and kube.go (nodeToLease), pkg/backend/vxlan/vxlan.go
(RegisterNetwork), Documentation/backends.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from dovetool.map_sources.kubernetes import overlay
from dovetool.map_sources.kubernetes.cluster import Cluster, Node
from dovetool.map_sources.kubernetes.overlay import Device, Tunnel
from dovetool.map_sources.kubernetes.parts import Part
from dovetool.map_sources.statements import NetworkStatement, Statement

_PREFIX = "flannel.alpha.coreos.com/"
_VNI = 1
_WINDOWS_VNI = 4096
_PORT = 8472
_WINDOWS_PORT = 4789
_NO_CONFIG = "the UDP port is flannel's usual one, as the ConfigMap kube-flannel-cfg is not there"
_FAMILIES = (("public-ip", "backend-data", 4), ("public-ipv6", "backend-v6-data", 16))


class Lease(NamedTuple):
    """What a node says of one address family: its address in the underlay, and the tunnel device behind it."""

    ip: bytes
    tunnel: Tunnel
    device: Device


def is_used(cluster: Cluster) -> bool:
    """Say whether nodes send to each other in flannel's tunnels."""
    return any(_backend_of(node) == "vxlan" for node in cluster.nodes.values())


def why_not(cluster: Cluster) -> str:
    """Why flannel has no tunnels that a map knows, as far as it is there; empty: it has."""
    backends = sorted({backend for node in cluster.nodes.values() if (backend := _backend_of(node))} - {"vxlan"})
    return f"flannel sends without VXLAN (its backend is {', '.join(map(repr, backends))})" if backends else ""


def statements(cluster: Cluster) -> Iterator[Statement]:
    """What a map knows of flannel."""
    backend = _backend(cluster)
    nodes = [node for node in cluster.nodes.values() if _backend_of(node) == "vxlan"]
    members = [(node, leases) for node in nodes if (leases := list(_leases(node, backend)))]
    networks = {lease.tunnel.vnid: node.part.origin for node, leases in reversed(members) for lease in leases}
    guessed = "" if backend or all(map(_is_of_k3s, nodes)) else _NO_CONFIG
    for vnid, origin in networks.items():  # there are several where Windows has another VNI
        name = "flannel" if len(networks) == 1 else f"flannel-{vnid}"
        yield NetworkStatement(origin, vnid, name, guessed=guessed)
    for node, leases in members:
        ips = tuple(dict.fromkeys(lease.ip for lease in leases))
        yield from overlay.tep(node.part.origin, node.name, ips, leases[0].tunnel)
        for lease in leases:
            yield overlay.vtep(node.part.origin, node.name, lease.tunnel, lease.device)
    if members:
        of_nodes = {node.name: leases[0].tunnel for node, leases in members}
        yield from overlay.pods(cluster, members[0][1][0].tunnel, of_nodes)


def _backend_of(node: Node) -> str:
    """How a node of flannel reaches others; empty: it has no flannel."""
    return node.annotation(_PREFIX + "backend-type").text()


def _backend(cluster: Cluster) -> Part | None:
    """The settings of all nodes, if the ConfigMap is there."""
    data = cluster.config("net-conf.json")
    return None if data is None else _inner_json(data.at("net-conf.json")).at("Backend")


def _tunnel(node: Node, backend: Part | None, vnid: int) -> Tunnel:
    usual = _WINDOWS_PORT if node.is_windows else _PORT
    port = backend.port("Port") if backend else None
    return Tunnel(vnid, f"flannel.{vnid}", "vxlan", port or usual)


def _is_of_k3s(node: Node) -> bool:
    """Say whether flannel is part of k3s, which has no ConfigMap for it."""
    return any(key.startswith("k3s.io/") for key in node.part.mapping("metadata", "annotations"))


def _leases(node: Node, backend: Part | None) -> Iterator[Lease]:
    usual = (backend.vnid("VNI") if backend else None) or (_WINDOWS_VNI if node.is_windows else _VNI)
    for ip_key, data_key, size in _FAMILIES:
        ip = node.annotation(_PREFIX + ip_key).ip()
        if not ip:
            continue
        data = _inner_json(node.annotation(_PREFIX + data_key))
        cidrs = tuple(cidr for cidr in node.pod_cidrs if len(cidr.address) == size)
        device = Device(data.mac("VtepMAC"), tuple(cidr.address for cidr in cidrs[:1]), cidrs)
        yield Lease(ip, _tunnel(node, backend, data.vnid("VNI") or usual), device)


def _inner_json(part: Part) -> Part:
    """The object that a string has in it as JSON; None as its value where there is no string, or `null` in it."""
    return part.with_value(part.parsed(_loads, None))


def _loads(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("JSON in a string") from None
