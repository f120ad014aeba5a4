"""What is common to all clusters: nodes, pods, and the objects of the overlay networks, sorted by kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dovetool.map_sources.documents import Document
from dovetool.map_sources.kubernetes.compact import Endpoint, Pod, kind_of, name_of, read_endpoint, read_pod
from dovetool.map_sources.kubernetes.parts import Part
from dovetool.map_sources.statements import Origin, Prefix

KINDS = frozenset(
    {
        *("Node", "Pod", "ConfigMap"),
        *("IPPool", "FelixConfiguration", "BlockAffinity", "IPAMBlock"),
        *("CiliumNode", "CiliumEndpoint", "CiliumEndpointSlice", "CiliumIdentity"),
        "AntreaAgentInfo",
    }
)
"""The kinds of objects that say something of an overlay."""


class Node(NamedTuple):
    """A node.

    Attributes:
        name: its name.
        part: the object.
        ips: its internal addresses, in their order.
        pod_cidrs: what the cluster has set aside for its pods; not every overlay goes by it.
        is_windows: it runs Windows.
    """

    name: str
    part: Part
    ips: tuple[bytes, ...]
    pod_cidrs: tuple[Prefix, ...]
    is_windows: bool

    def annotation(self, key: str) -> Part:
        """An annotation, a string; None as its value where there is none."""
        return self.part.at("metadata", "annotations", key)


class Cluster:
    """The objects of a cluster, each once: of those with one name, the last."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = tuple(documents)
        self.pods: dict[str, tuple[Pod, Origin]] = {}
        self.endpoints: dict[str, tuple[Endpoint, Origin]] = {}
        self._objects: dict[str, dict[str, Part]] = {}
        for document in self.documents:
            for kind, part in objects_of(document):
                self._add(kind, part)
        self.nodes = {name: _node(name, part) for name, part in self._objects.get("Node", {}).items()}

    def objects(self, kind: str) -> Iterable[tuple[str, Part]]:
        """The objects of a kind, with their names (NAMESPACE/NAME where they are in one), in their order."""
        return self._objects.get(kind, {}).items()

    def has(self, *kinds: str) -> bool:
        """Say whether there is an object of one of these kinds."""
        return any(self._objects.get(kind) for kind in kinds)

    def config(self, key: str, name: str = "") -> Part | None:
        """The data of the ConfigMap with this key in it, and with this name if one is given; None: there is none."""
        for full_name, part in self.objects("ConfigMap"):
            data = part.at("data")
            if (not name or full_name.rpartition("/")[2] == name) and (not key or key in data.mapping()):
                return data
        return None

    def _add(self, kind: str, part: Part) -> None:
        if kind == "Pod":
            pod = read_pod(part)
            self.pods[pod.name] = (pod, part.origin)
        elif kind == "CiliumEndpoint":
            endpoint = read_endpoint(part)
            self.endpoints[endpoint.name] = (endpoint, part.origin)
        else:
            self._objects.setdefault(kind, {})[name_of(part)] = part


def objects_of(document: Document) -> Iterator[tuple[str, Part]]:
    """Yield the objects of a document that say something of an overlay, with their kinds.

    Raises:
        MapSourceError: a list has no items, or an object is none.
    """
    return _objects_in(Part(document.origin, document.data))


def _objects_in(part: Part, item_kind: str = "") -> Iterator[tuple[str, Part]]:
    """Yield an object, or those in a list of them; the items of a PodList need not say that each is a Pod."""
    kind = part.text("kind") or item_kind if isinstance(part.value, dict) else kind_of(part.value)
    if kind in KINDS:
        yield kind, part
    elif kind.endswith("List"):
        for item in part.each("items"):
            yield from _objects_in(item, kind.removesuffix("List"))


def _node(name: str, part: Part) -> Node:
    addresses = part.each("status", "addresses")
    ips = [each.ip("address") for each in addresses if each.text("type") == "InternalIP"]
    spec = part.at("spec")
    cidrs = [each.prefix() for each in spec.each("podCIDRs")] or [spec.prefix("podCIDR")]
    system = part.text("metadata", "labels", "kubernetes.io/os") or part.text("status", "nodeInfo", "operatingSystem")
    return Node(
        name,
        part,
        tuple(dict.fromkeys(ip for ip in ips if ip)),
        tuple(cidr for cidr in cidrs if cidr),
        system == "windows",
    )
