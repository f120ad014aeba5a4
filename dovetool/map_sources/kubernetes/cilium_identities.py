"""Whose the security identities of Cilium are: the VNIDs of its frames.

A pod's identity is made of the labels that it has in common with all that are like it. It is named after its namespace
and what its labels call the application, and with all labels where that is not enough to tell it from others.

Source: Cilium, pkg/identity/numericidentity.go (reserved identities; identities of a single node, which never leave
it, have bits above the 24th), Documentation/gettingstarted/terminology.rst.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from dovetool.map_sources.fields import whole
from dovetool.map_sources.kubernetes.cluster import Cluster

_RESERVED = (
    *("host", "world", "unmanaged", "health", "init", "remote-node", "kube-apiserver", "ingress"),
    *("world-ipv4", "world-ipv6"),
)
_NAMESPACE = "io.kubernetes.pod.namespace"
_NOT_ITS_OWN = ("io.cilium.", "io.kubernetes.pod.namespace")
_CALLED = ("app.kubernetes.io/name", "k8s-app", "app", "name")
_LARGEST = 0xFFFFFF
_LAST_IDENTITY = 0xFFFF_FFFF


def identities(cluster: Cluster) -> dict[int, str]:
    """VNID -> whose it is: reserved identities, and those of the cluster's pods."""
    labels = {number: each for number, each in _labels(cluster) if len(_RESERVED) < number <= _LARGEST}
    short = {number: _short_name(each) for number, each in labels.items()}
    uses = Counter(short.values())
    names = {number: name if uses[name] == 1 else _long_name(labels[number]) for number, name in short.items()}
    reserved = {number: f"reserved:{name}" for number, name in enumerate(_RESERVED, 1)}
    return reserved | dict(sorted(names.items()))


def _labels(cluster: Cluster) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Identities with their labels, without the sources of these."""
    for name, part in cluster.objects("CiliumIdentity"):
        number = whole(name, _LAST_IDENTITY)
        if number is None:
            raise part.at("metadata", "name").wrong(f"expected the number of an identity, found {name!r:.60}")
        labels = part.at("security-labels")
        yield number, {_without_source(key): labels.text(key) for key in labels.mapping()}
    told: set[int] = set()
    for endpoint, _ in cluster.endpoints.values():
        if endpoint.identity not in told:
            told.add(endpoint.identity)
            yield endpoint.identity, dict(map(_label, endpoint.labels))


def _label(text: str) -> tuple[str, str]:
    key, _, value = _without_source(text).partition("=")
    return key, value


def _without_source(label: str) -> str:
    """A label without what is in front of it: `k8s:app=web`."""
    source, colon, rest = label.partition(":")
    return rest if colon and "=" not in source and "/" not in source else label


def _short_name(labels: Mapping[str, str]) -> str:
    called = next((labels[key] for key in _CALLED if labels.get(key)), "")
    return f"{labels.get(_NAMESPACE, '')}/{called}" if called else _long_name(labels)


def _long_name(labels: Mapping[str, str]) -> str:
    own = (f"{key}={value}" for key, value in sorted(labels.items()) if not key.startswith(_NOT_ITS_OWN))
    return f"{labels.get(_NAMESPACE, '')}/{','.join(own)}"
