"""What is kept of the objects that a cluster has most of, and whose JSON is large: pods, and Cilium's end points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from dovetool.map_sources.kubernetes.parts import Part

_ENDED = frozenset({"Succeeded", "Failed"})


class Pod(NamedTuple):
    """A pod, as far as it matters.

    Attributes:
        name: NAMESPACE/NAME.
        node: name of its node; empty: none yet.
        ips: its addresses; none where it has ended, is not there yet, or uses its node's.
    """

    name: str
    node: str
    ips: tuple[bytes, ...]


class Endpoint(NamedTuple):
    """What Cilium says of a pod.

    Attributes:
        name: NAMESPACE/NAME.
        node: an address of its node; empty: not told.
        ips: its addresses.
        identity: number of its security identity; 0: none yet.
        labels: what makes this identity.
    """

    name: str
    node: bytes
    ips: tuple[bytes, ...]
    identity: int
    labels: tuple[str, ...]


def name_of(part: Part) -> str:
    """The name of an object, NAMESPACE/NAME where it is in one."""
    metadata = part.at("metadata")
    name, namespace = metadata.text("name"), metadata.text("namespace")
    if not name:
        raise metadata.at("name").wrong("expected the object's name, found none")
    return f"{namespace}/{name}" if namespace else name


def read_pod(part: Part) -> Pod:
    """Say of a pod what matters."""
    if isinstance(part.value, Pod):
        return part.value
    status = part.at("status")
    ips: list[bytes] = []
    if not part.flag("spec", "hostNetwork") and status.text("phase") not in _ENDED:
        ips = [each.ip("ip") for each in status.each("podIPs")] or [status.ip("podIP")]
    return Pod(name_of(part), intern(part.text("spec", "nodeName")), tuple(dict.fromkeys(ip for ip in ips if ip)))


def read_endpoint(part: Part) -> Endpoint:
    """Say of an end point what matters."""
    if isinstance(part.value, Endpoint):
        return part.value
    identity, networking = part.at("status", "identity"), part.at("status", "networking")
    return Endpoint(
        name_of(part),
        networking.ip("node"),
        ips_of(networking),
        identity.number("id") or 0,
        _once(tuple(each.text() for each in identity.each("labels"))),
    )


def ips_of(networking: Part) -> tuple[bytes, ...]:
    """The addresses of an end point."""
    pairs = [(each.ip("ipv4"), each.ip("ipv6")) for each in networking.each("addressing")]
    return tuple(dict.fromkeys(ip for pair in pairs for ip in pair if ip))


@lru_cache(maxsize=1 << 16)
def _once(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels that many have in common, in memory once."""
    return labels


READERS: Mapping[str, Callable[[Part], Pod | Endpoint]] = {"Pod": read_pod, "CiliumEndpoint": read_endpoint}
"""Kind -> how to make the little that is kept."""
_KINDS: Mapping[type, str] = {Pod: "Pod", Endpoint: "CiliumEndpoint"}


def kind_of(data: object) -> str:
    """The kind of an object of Kubernetes, or of what is kept of one; empty: it is none."""
    if not isinstance(data, dict):
        return _KINDS.get(type(data), "")
    kind, version = data.get("kind"), data.get("apiVersion")
    return kind if isinstance(kind, str) and isinstance(version, str) else ""
