"""Antrea, where it uses tunnels.

The VNI of its frames is 0, as nobody sets it; with policies across clusters it is the label identity of the sender. A
map has no network 0, and what comes in such frames is one network all the same. So it is a network whose VNIDs say
nothing, `vnid: any`: then TEPs, and the nodes at which addresses are, can be judged.

No object tells the MAC addresses inside tunnels: the source is that of the sending node's `antrea-gw0`, the destination
aa:bb:cc:dd:ee:ff, everywhere. `antrea-gw0` has the first address behind that of the node's pod CIDR itself.

Sources: Antrea, pkg/agent/agent.go (setupGatewayInterface), pkg/agent/openflow/pipeline.go (GlobalVirtualMAC,
l3FwdFlowsToRemoteViaTun), pkg/agent/types/annotations.go, pkg/apis/crd/v1beta1/types.go (AntreaAgentInfo),
docs/network-requirements.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dovetool.map_sources.fields import whole
from dovetool.map_sources.kubernetes import overlay
from dovetool.map_sources.kubernetes.cluster import Cluster, Node
from dovetool.map_sources.kubernetes.overlay import Device, Tunnel
from dovetool.map_sources.kubernetes.parts import Part
from dovetool.map_sources.statements import NetworkStatement, Prefix, Statement
from dovetool.vnid_map import values

_ANY = 0
"""The VNID in statements about a network that has none."""
_DEVICE = "antrea-tun0"
_AGENT = "antrea-agent.conf"
_TRANSPORT = "node.antrea.io/transport-addresses"
_ENCAPS = {"geneve": "geneve", "vxlan": "vxlan", "gre": "gretap", "stt": "stt"}
_OVER_UDP = frozenset({"geneve", "vxlan"})
_WITH_TUNNELS = frozenset({"encap", "hybrid"})
_NO_CONFIG = "Geneve is Antrea's usual way, as the ConfigMap antrea-config is not there"
_SETTING = r"""^%s:[ \t]*["']?([\w.-]*)["']?[ \t]*(?:#.*)?$"""
"""A setting of the whole file in YAML; what is commented out is as usual."""


def is_used(cluster: Cluster) -> bool:
    """Say whether nodes of Antrea send to each other in tunnels."""
    is_there = cluster.has("AntreaAgentInfo") or _config(cluster) is not None
    return is_there and bool(cluster.nodes) and not why_not(cluster)


def why_not(cluster: Cluster) -> str:
    """Why Antrea has no tunnels, as far as it is there; empty: it has."""
    mode = _setting(_config(cluster), "trafficEncapMode") or "encap"
    return "" if mode in _WITH_TUNNELS else f"Antrea sends without tunnels (trafficEncapMode: {mode})"


def statements(cluster: Cluster) -> Iterator[Statement]:
    """What a map knows of Antrea."""
    tunnel = _tunnel(_config(cluster))
    agents = {part.text("nodeRef", "name"): part for _, part in cluster.objects("AntreaAgentInfo")}
    nodes = [node for node in cluster.nodes.values() if node.name in agents or not agents]
    guessed = _NO_CONFIG if _config(cluster) is None else ""
    for number, node in enumerate(nodes):
        if number == 0:
            yield NetworkStatement(node.part.origin, _ANY, "antrea", any_vnid=True, guessed=guessed)
        yield from overlay.tep(node.part.origin, node.name, _ips(node), tunnel)
        subnets = tuple(_subnets(agents.get(node.name))) or node.pod_cidrs
        if subnets:
            gateway = Device(b"", tuple(map(_gateway, subnets)), subnets)
            yield overlay.vtep(node.part.origin, node.name, tunnel, gateway)
    yield from overlay.pods(cluster, tunnel)


def _config(cluster: Cluster) -> Part | None:
    data = cluster.config(_AGENT)
    return None if data is None else data.at(_AGENT)


def _setting(config: Part | None, key: str) -> str:
    found = None if config is None else re.search(_SETTING % key, config.text(), re.MULTILINE | re.ASCII)
    return found[1] if found else ""


def _tunnel(config: Part | None) -> Tunnel:
    if config is None:
        return Tunnel(_ANY, _DEVICE, "geneve")
    kind = _setting(config, "tunnelType") or "geneve"
    if kind not in _ENCAPS:
        raise config.wrong(f"expected geneve, vxlan, gre or stt as tunnelType, found {kind!r}")
    text = _setting(config, "tunnelPort") or "0"
    port = whole(text, 0xFFFF)
    if port is None:
        raise config.wrong(f"expected a UDP port from 0 to 65535 as tunnelPort, found {text!r:.60}")
    return Tunnel(_ANY, _DEVICE, _ENCAPS[kind], port if kind in _OVER_UDP else None)


def _ips(node: Node) -> tuple[bytes, ...]:
    """A node's addresses in the underlay: those of its transport interface, where it has one of its own."""
    transport = node.annotation(_TRANSPORT)
    if not transport.text():
        return node.ips
    single = (transport.with_value(text.strip()) for text in transport.text().split(","))
    return tuple(dict.fromkeys(each.parsed(values.parse_ip, b"") for each in single))


def _subnets(agent: Part | None) -> Iterator[Prefix]:
    """The addresses of a node's pods, as its agent says; nothing of it is in a `spec`."""
    for each in agent.each("nodeSubnets") if agent else ():
        prefix = each.prefix()
        if prefix:
            yield prefix


def _gateway(subnet: Prefix) -> bytes:
    return (int.from_bytes(subnet.address) + 1).to_bytes(len(subnet.address))
