"""The source `kubernetes`: which documents are its own, and the overlay that a cluster uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Protocol

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document
from dovetool.map_sources.kubernetes import antrea, calico, cilium, flannel
from dovetool.map_sources.kubernetes.cluster import KINDS, Cluster
from dovetool.map_sources.kubernetes.compact import READERS, kind_of
from dovetool.map_sources.kubernetes.parts import Part
from dovetool.map_sources.statements import Origin, Statement

_CALICO = ",".join(
    f"{kind}.crd.projectcalico.org" for kind in ("ippools", "felixconfigurations", "blockaffinities", "ipamblocks")
)
_UNTOLD = Origin("")
_ALSO = (
    "nodes and pods alone do not tell the overlay here: give flannel's, Calico's, Cilium's or Antrea's objects too"
    " (docs/how-to/map-kubernetes.md has the commands)"
)


class Overlay(Protocol):
    """What the module of an overlay network has."""

    def is_used(self, cluster: Cluster) -> bool:
        """Say whether the cluster sends in its tunnels."""

    def why_not(self, cluster: Cluster) -> str:
        """Why not, where it is there and has no tunnels; empty: it is not there, or has."""

    def statements(self, cluster: Cluster) -> Iterator[Statement]:
        """What a map knows of it."""


_OVERLAYS: tuple[Overlay, ...] = (calico, cilium, antrea, flannel)
"""flannel comes last: what it has written stays on nodes that have moved on to another."""


class Kubernetes:
    """Clusters of Kubernetes, with flannel, Calico, Cilium or Antrea."""

    name = "kubernetes"
    summary = "kubectl get nodes,pods -A -o json, and the objects of flannel (k3s), Calico, Cilium or Antrea"

    def recognise(self, document: Document) -> str | None:
        """Say which kinds of objects a document has: those that say something of an overlay."""
        kind = kind_of(document.data)
        if not kind.endswith("List"):
            return kind if kind in KINDS else None
        items = document.data.get("items")
        if not isinstance(items, list) or not items:
            return kind
        item_kind = kind.removesuffix("List")
        kinds = {kind_of(item) or item_kind for item in items}
        return ", ".join(sorted(kinds & KINDS)) or None

    def statements(self, documents: Sequence[tuple[str, Document]]) -> Iterable[Statement]:
        """What the objects of a cluster say together.

        Raises:
            MapSourceError: an object does not have the shape that it should, or no overlay is found.
        """
        cluster = Cluster(document for _, document in documents)
        if not documents:
            return ()
        for overlay in _OVERLAYS:
            if overlay.is_used(cluster):
                return overlay.statements(cluster)
        raise MapSourceError(documents[0][1].origin.file, "", _why_none(cluster))

    def reduced(self, value: dict[str, Any]) -> object:
        """Of the objects that a cluster has most of, and that are large, only what matters; if they are right."""
        kind = value.get("kind")
        read = READERS.get(kind) if isinstance(kind, str) else None
        if read is not None and kind_of(value):
            with suppress(MapSourceError):  # told by `statements`, with its place
                return read(Part(_UNTOLD, value))
        return value

    def live_commands(self) -> Iterator[tuple[str, ...]]:
        """`kubectl` with all that tells something; what a cluster does not have gives an empty output."""
        wanted = ["nodes,pods", _CALICO, "ciliumnodes,ciliumendpoints,ciliumidentities", "antreaagentinfos"]
        for kinds in wanted:
            yield ("kubectl", "get", kinds, "-A", "-o", "json")
        for name in ("kube-flannel-cfg", "cilium-config", "antrea-config"):
            yield ("kubectl", "get", "configmaps", "-A", "-o", "json", "--field-selector", f"metadata.name={name}")


def _why_none(cluster: Cluster) -> str:
    reasons = [reason for overlay in _OVERLAYS if (reason := overlay.why_not(cluster))]
    if not cluster.nodes and not cluster.has("CiliumNode"):
        return "there are no nodes in the files: give the output of `kubectl get nodes,pods -A -o json` too"
    return "; ".join(reasons) or _ALSO
