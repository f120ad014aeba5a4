"""Cilium, where it uses tunnels.

The VNI of a frame is the number of no network: it is the security identity of whoever sends it. Pods that are alike
share one, so that one pair of pods has two VNIs, one each way. So there is one network whose VNIDs are identities.
Nothing tells a MAC address: inside a tunnel there are those of the sending pod, or none at all.

A node's address in the underlay is the one of type `InternalIP` of its CiliumNode; `CiliumInternalIP`, in any order
with it, is that of its router, which the node itself uses towards pods.

Sources: Cilium, Documentation/network/concepts/routing.rst, pkg/identity/numericidentity.go, pkg/k8s/apis/cilium.io
(CiliumNode, CiliumEndpoint, CiliumEndpointSlice, CiliumIdentity); the ConfigMap's keys: Documentation/cmdref.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dovetool.map_sources.fields import whole
from dovetool.map_sources.kubernetes import overlay
from dovetool.map_sources.kubernetes.cilium_identities import identities
from dovetool.map_sources.kubernetes.cluster import Cluster
from dovetool.map_sources.kubernetes.compact import ips_of
from dovetool.map_sources.kubernetes.overlay import Device, Tunnel
from dovetool.map_sources.kubernetes.parts import Part
from dovetool.map_sources.statements import NetworkStatement, Origin, Prefix, Statement

_ANY = 0
"""The VNID in statements about a network that has none."""
_PORTS = {"vxlan": 8472, "geneve": 6081}
_NO_CONFIG = "VXLAN and its UDP port are Cilium's usual ones, as the ConfigMap cilium-config is not there"
_OWN = frozenset({"InternalIP", "ExternalIP"})


class Member(NamedTuple):
    """A node of Cilium's.

    Attributes:
        origin: where it stands.
        ips: its addresses in the underlay.
        known_as: all addresses by which an endpoint may call it.
        router: what the node itself has in the overlay.
        health: the addresses of its health end point.
    """

    origin: Origin
    ips: tuple[bytes, ...]
    known_as: tuple[bytes, ...]
    router: Device
    health: tuple[bytes, ...]


def is_used(cluster: Cluster) -> bool:
    """Say whether nodes of Cilium send to each other in tunnels."""
    is_there = cluster.has("CiliumNode") or (_config(cluster) is not None and bool(cluster.nodes))
    return is_there and not why_not(cluster)


def why_not(cluster: Cluster) -> str:
    """Why Cilium has no tunnels, as far as it is there; empty: it has."""
    config = _config(cluster)
    if config is not None and (config.text("routing-mode") == "native" or config.text("tunnel") == "disabled"):
        return "Cilium routes without tunnels (routing-mode: native)"
    return ""


def statements(cluster: Cluster) -> Iterator[Statement]:
    """What a map knows of Cilium."""
    members = dict(_members(cluster))
    tunnel = _tunnel(cluster)
    origin = next(iter(members.values())).origin
    guessed = _NO_CONFIG if _config(cluster) is None else ""
    yield NetworkStatement(origin, _ANY, "cilium", any_vnid=True, identities=identities(cluster), guessed=guessed)
    for name, member in members.items():
        yield from overlay.tep(member.origin, name, member.ips, tunnel)
        if member.router.ips or member.router.prefixes:
            yield overlay.vtep(member.origin, name, tunnel, member.router)
        if member.health:
            yield overlay.vm(member.origin, f"health-{name}", name, tunnel, member.health)
    yield from overlay.pods(cluster, tunnel)
    yield from _endpoints(cluster, members, tunnel)


def _config(cluster: Cluster) -> Part | None:
    return cluster.config("", "cilium-config")


def _tunnel(cluster: Cluster) -> Tunnel:
    """How it sends: VXLAN, unless told otherwise; before version 1.14, `tunnel` told."""
    config = _config(cluster)
    if config is None:
        return _sending("vxlan")
    key = "tunnel-protocol" if config.text("tunnel-protocol") else "tunnel"
    encap = config.text(key) or "vxlan"
    if encap not in _PORTS:
        raise config.at(key).wrong(f"expected vxlan or geneve, found {encap!r}")
    port = config.at("tunnel-port").parsed(_udp_port, 0)
    return _sending(encap, port)


def _sending(encap: str, port: int = 0) -> Tunnel:
    return Tunnel(_ANY, f"cilium_{encap}", encap, port or _PORTS[encap])


def _udp_port(text: str) -> int:
    port = whole(text, 0xFFFF)
    if port is None:
        raise ValueError("a UDP port from 0 to 65535")
    return port


def _members(cluster: Cluster) -> Iterator[tuple[str, Member]]:
    """The nodes that are Cilium's; all nodes, where no CiliumNode is told."""
    for name, part in cluster.objects("CiliumNode"):
        yield name, _member(part)
    if not cluster.has("CiliumNode"):
        for node in cluster.nodes.values():
            yield node.name, Member(node.part.origin, node.ips, node.ips, Device(), ())


def _member(part: Part) -> Member:
    spec = part.at("spec")
    addresses = [(each.text("type"), each.ip("ip")) for each in spec.each("addresses")]
    router = _distinct(ip for kind, ip in addresses if kind == "CiliumInternalIP")
    ingress = _both(spec.at("ingress"))
    return Member(
        part.origin,
        _distinct(ip for kind, ip in addresses if kind == "InternalIP"),
        _distinct(ip for kind, ip in addresses if kind in _OWN),
        Device(b"", _distinct((*router, *ingress)), tuple(_cidrs(spec.at("ipam")))),
        _both(spec.at("health")),
    )


def _cidrs(ipam: Part) -> Iterator[Prefix]:
    """The blocks of addresses that are a node's own, of one pool or several."""
    pools = (block for pool in ipam.each("pools", "allocated") for block in pool.each("cidrs"))
    for cidr in (*ipam.each("podCIDRs"), *pools):
        prefix = cidr.prefix()
        if prefix:
            yield prefix


def _endpoints(cluster: Cluster, members: dict[str, Member], tunnel: Tunnel) -> Iterator[Statement]:
    """The pods that Cilium itself tells of, beyond those of the cluster."""
    nodes = {ip: name for name, member in members.items() for ip in member.known_as}
    for name, node_ip, ips, origin in _told(cluster):
        if ips and node_ip in nodes and name not in cluster.pods:
            yield overlay.vm(origin, name, nodes[node_ip], tunnel, ips)


def _told(cluster: Cluster) -> Iterator[tuple[str, bytes, tuple[bytes, ...], Origin]]:
    """NAMESPACE/NAME of each end point, the address of its node, its own, and where that stands."""
    for endpoint, origin in cluster.endpoints.values():
        yield endpoint.name, endpoint.node, endpoint.ips, origin
    for _, part in cluster.objects("CiliumEndpointSlice"):
        for each in part.each("endpoints"):
            networking = each.at("networking")
            name = f"{part.text('namespace')}/{each.text('name')}"
            yield name, networking.ip("node"), ips_of(networking), networking.origin


def _both(part: Part) -> tuple[bytes, ...]:
    """The IPv4 and the IPv6 address, of what may have both."""
    return _distinct((part.ip("ipv4"), part.ip("ipv6")))


def _distinct(ips: Iterator[bytes] | tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(ip for ip in ips if ip))
