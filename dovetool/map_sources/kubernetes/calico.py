"""Calico, where its pools use VXLAN.

A node tells the address of its tunnel device `vxlan.calico`, and not its MAC address: that is `f` (0x66) and the first
five octets of the SHA-1 of the node's name (of its name and `-v6` for IPv6), unless an annotation tells another. A
node that tells no tunnel address is left out by the others. VNI and UDP port are in the FelixConfiguration `default`,
where they are not 4096 and 4789. Addresses come in blocks, which are given to nodes one by one: `spec.podCIDR` of a
node is there as well, and means nothing.

Sources: Calico, libcalico-go/lib/backend/k8s/resources/node.go, felix/calc/vxlan_resolver.go (vtepMACForHost,
hasVTEPInfo), libcalico-go/lib/apis/v3 (BlockAffinity, IPAMBlock), api (IPPool, FelixConfiguration).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from dovetool.map_sources.kubernetes import overlay
from dovetool.map_sources.kubernetes.cluster import Cluster, Node
from dovetool.map_sources.kubernetes.overlay import Device, Tunnel
from dovetool.map_sources.kubernetes.parts import Part
from dovetool.map_sources.statements import NetworkStatement, Prefix, Statement

_PREFIX = "projectcalico.org/"
_VNI = 4096
_PORT = 4789
_DEVICE = "vxlan.calico"
_NO_CONFIG = "VNID and UDP port are Calico's usual ones, as a FelixConfiguration is not there"
_WITH_VXLAN = frozenset({"Always", "CrossSubnet"})


class Family(NamedTuple):
    """How the annotations of an address family are called."""

    size: int
    node_ip: str
    tunnel_ip: str
    mac: str
    suffix: str


_FAMILIES = (
    Family(4, "IPv4Address", "IPv4VXLANTunnelAddr", "VXLANTunnelMACAddr", ""),
    Family(16, "IPv6Address", "IPv6VXLANTunnelAddr", "VXLANTunnelMACAddrV6", "-v6"),
)


def is_used(cluster: Cluster) -> bool:
    """Say whether nodes have tunnel devices of Calico."""
    return any(_tunnels(node) for node in cluster.nodes.values())


def why_not(cluster: Cluster) -> str:
    """Why Calico has no tunnels that a map knows, as far as it is there; empty: it has."""
    if is_used(cluster) or not cluster.has("IPPool", "BlockAffinity", "IPAMBlock"):
        return ""
    return f"Calico sends without VXLAN (no node has the annotation {_PREFIX}{_FAMILIES[0].tunnel_ip})"


def vtep_mac(name: str) -> bytes:
    """The MAC address of the tunnel device of a node with this name (for IPv6: with `-v6` behind it)."""
    return b"f" + hashlib.sha1(name.encode(errors="surrogatepass"), usedforsecurity=False).digest()[:5]


def statements(cluster: Cluster) -> Iterator[Statement]:
    """What a map knows of Calico."""
    felix = next((part.at("spec") for name, part in cluster.objects("FelixConfiguration") if name == "default"), None)
    guessed = "" if cluster.has("FelixConfiguration") else _NO_CONFIG
    vnid = (felix.vnid("vxlanVNI") if felix else None) or _VNI
    tunnel = Tunnel(vnid, _DEVICE, "vxlan", (felix.port("vxlanPort") if felix else None) or _PORT)
    nodes = [node for node in cluster.nodes.values() if _tunnels(node)]
    origin = (felix or nodes[0].part).origin
    yield NetworkStatement(origin, vnid, "calico", guessed=guessed)
    blocks = _blocks(cluster)
    for node in nodes:
        families = _tunnels(node)
        ips = tuple(dict.fromkeys(ip for family in families if (ip := _node_ip(node, family))))
        yield from overlay.tep(node.part.origin, node.name, ips, tunnel)
        for family in families:
            device = _device(node, family, blocks[node.name])
            yield overlay.vtep(node.part.origin, node.name, tunnel, device)
    yield from overlay.pods(cluster, tunnel, carries=_Pools(cluster).carry)


def _tunnels(node: Node) -> list[Family]:
    """The address families for which a node has a tunnel device."""
    return [family for family in _FAMILIES if node.annotation(_PREFIX + family.tunnel_ip).ip()]


def _node_ip(node: Node, family: Family) -> bytes:
    """A node's address in the underlay: what Calico has found, as in 172.20.0.11/24, else what the cluster knows."""
    told = node.annotation(_PREFIX + family.node_ip)
    if not told.text():
        return next((ip for ip in node.ips if len(ip) == family.size), b"")
    return told.with_value(told.text().partition("/")[0]).ip()


def _device(node: Node, family: Family, blocks: list[Prefix]) -> Device:
    mac = node.annotation(_PREFIX + family.mac).mac() or vtep_mac(node.name + family.suffix)
    own = tuple(block for block in blocks if len(block.address) == family.size)
    return Device(mac, (node.annotation(_PREFIX + family.tunnel_ip).ip(),), own)


def _blocks(cluster: Cluster) -> dict[str, list[Prefix]]:
    """Node -> the blocks of addresses that are its own: as the blocks say, else as their affinities do."""
    found: dict[str, list[Prefix]] = defaultdict(list)
    claims = _of_blocks if cluster.has("IPAMBlock") else _of_affinities
    for node, cidr in claims(cluster):
        prefix = cidr.prefix()
        if prefix and prefix not in found[node]:
            found[node].append(prefix)
    return found


def _of_blocks(cluster: Cluster) -> Iterator[tuple[str, Part]]:
    for _, part in cluster.objects("IPAMBlock"):
        kind, _, node = part.text("spec", "affinity").partition(":")
        if kind == "host" and not part.flag("spec", "deleted"):
            yield node, part.at("spec", "cidr")


def _of_affinities(cluster: Cluster) -> Iterator[tuple[str, Part]]:
    for _, part in cluster.objects("BlockAffinity"):
        spec = part.at("spec")
        deleted = spec.at("deleted")
        is_deleted = deleted.value is True or deleted.value == "true"  # a string since an old mistake
        if spec.text("state") == "confirmed" and not is_deleted and spec.text("type") in {"", "host"}:
            yield spec.text("node"), spec.at("cidr")


class _Pools:
    """Which addresses travel in VXLAN: those of pools that say so; all, where no pool is told."""

    def __init__(self, cluster: Cluster) -> None:
        self._pools: list[tuple[Prefix, bool]] = []
        for _, part in cluster.objects("IPPool"):
            cidr = part.prefix("spec", "cidr")
            if cidr:
                self._pools.append((cidr, part.text("spec", "vxlanMode") in _WITH_VXLAN))
        self._pools.sort(key=lambda pool: -pool[0].length)

    def carry(self, ip: bytes) -> bool:
        """Say whether frames for an address travel in VXLAN."""
        return next((is_carried for cidr, is_carried in self._pools if _contains(cidr, ip)), not self._pools)


def _contains(cidr: Prefix, ip: bytes) -> bool:
    bits = 8 * len(ip) - cidr.length
    return len(ip) == len(cidr.address) and int.from_bytes(ip) >> bits == int.from_bytes(cidr.address) >> bits
