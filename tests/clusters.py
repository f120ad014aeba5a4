"""Clusters of Kubernetes for tests: objects as `kubectl get -o json` prints them, and what the source makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, TypeVar

from dovetool.map_sources.documents import Document
from dovetool.map_sources.kubernetes.source import Kubernetes
from dovetool.map_sources.statements import NetworkStatement, Origin, Statement, TepStatement, VmStatement

DATA = Path(__file__).parent / "map_sources" / "data" / "kubernetes"
NETWORKS = ("flannel", "k3s", "calico", "cilium", "antrea")
NODES = ("node-a", "node-b", "node-c")
Kind = TypeVar("Kind", bound=Statement)
Object = dict[str, Any]


def ip(text: str) -> bytes:
    return inet_pton(AF_INET6 if ":" in text else AF_INET, text)


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def listed(*objects: Object) -> Object:
    """What `kubectl get` prints of several objects."""
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": list(objects)}


def made(kind: str, name: str, namespace: str = "", **parts: object) -> Object:
    """An object."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata} | parts


def node(name: str, *ips: str, cidrs: Iterable[str] = (), os: str = "linux", **annotations: str) -> Object:
    """A node; annotations begin with the letter of their prefix in `PREFIXES`, and `_`."""
    addresses = [{"type": "Hostname", "address": name}, *({"type": "InternalIP", "address": each} for each in ips)]
    found = made("Node", name, spec={"podCIDRs": list(cidrs)}, status={"addresses": addresses})
    found["metadata"]["labels"] = {"kubernetes.io/os": os}
    found["metadata"]["annotations"] = {PREFIXES[key[0]] + key[2:]: value for key, value in annotations.items()}
    return found


PREFIXES: Mapping[str, str] = {"f": "flannel.alpha.coreos.com/", "c": "projectcalico.org/", "a": "node.antrea.io/"}


def pod(name: str, on: str, *ips: str, phase: str = "Running", **spec: object) -> Object:
    """A pod; `name` is NAMESPACE/NAME."""
    namespace, _, own = name.partition("/")
    status = {"phase": phase, "podIP": ips[0] if ips else "", "podIPs": [{"ip": each} for each in ips]}
    return made("Pod", own, namespace, spec={"nodeName": on, **spec}, status=status)


POD = pod("a/b", "n1", "10.244.0.2")
FLANNEL = node(
    "n1",
    "172.20.0.11",
    cidrs=["10.244.0.0/24"],
    **{
        "f_backend-type": "vxlan",
        "f_public-ip": "172.20.0.11",
        "f_backend-data": '{"VNI":1,"VtepMAC":"02:00:00:00:00:0a"}',
    },
)


def config(name: str, data: Mapping[str, str]) -> Object:
    """A ConfigMap."""
    return made("ConfigMap", name, "kube-system", data=dict(data))


def objects(network: str) -> dict[str, Any]:
    """The documents of one of the clusters in `DATA`, by file name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((DATA / network).glob("*s.json"))} | {
        path.stem: json.loads(path.read_text()) for path in sorted((DATA / network).glob("configmap-*.json"))
    }


def bad(part: Object, *path: str | int, value: object) -> Object:
    """A copy of an object with another value at a place."""
    copy: Any = json.loads(json.dumps(part))
    inside = copy
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    found: Object = copy
    return found


def said(*documents: object) -> list[Statement]:
    """What the source says of documents, in files 0.json, 1.json and so on."""
    source = Kubernetes()
    read = [Document(Origin(f"{number}.json"), data) for number, data in enumerate(documents)]
    known = [(kind, each) for each in read if (kind := source.recognise(each)) is not None]
    assert len(known) == len(read)
    return list(source.statements(known))


def those(kind: type[Kind], statements: Iterable[Statement]) -> list[Kind]:
    return [each for each in statements if isinstance(each, kind)]


def teps(*documents: object) -> dict[str, TepStatement]:
    return {each.name: each for each in those(TepStatement, said(*documents))}


def vms(*documents: object) -> dict[str, VmStatement]:
    return {each.name: each for each in those(VmStatement, said(*documents))}


def network(*documents: object) -> NetworkStatement:
    (found,) = those(NetworkStatement, said(*documents))
    return found
