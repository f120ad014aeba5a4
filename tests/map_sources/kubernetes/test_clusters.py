"""The source `kubernetes`, whatever the overlay: which documents it takes, and which pods are VMs."""

from __future__ import annotations

from itertools import chain

import pytest
from clusters import (
    FLANNEL,
    NETWORKS,
    NODES,
    POD,
    Object,
    bad,
    config,
    ip,
    listed,
    made,
    node,
    objects,
    pod,
    said,
    those,
    vms,
)

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document
from dovetool.map_sources.kubernetes.compact import Endpoint, Pod
from dovetool.map_sources.kubernetes.source import Kubernetes
from dovetool.map_sources.statements import (
    HostStatement,
    Origin,
    Place,
    PortStatement,
    Statement,
)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (listed(FLANNEL, pod("a/b", "n1", "10.244.0.2")), "Node, Pod"),
        (listed(FLANNEL, made("Deployment", "x", "y")), "Node"),
        (FLANNEL, "Node"),
        (listed(), "List"),
        ({"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {}}]}, "Pod"),
        (listed(made("Deployment", "x", "y")), None),
        (made("Deployment", "x", "y"), None),
        ({"kind": "Node"}, None),
        ({"apiVersion": 1, "kind": "Node"}, None),
        ([FLANNEL], None),
        ({"10100": {"macs": {}}}, None),
        (None, None),
    ],
)
def test_what_it_takes(data: object, kind: str | None) -> None:
    assert Kubernetes().recognise(Document(Origin("a"), data)) == kind


def without_origin(statements: list[Statement]) -> set[str]:
    return {repr(each._replace(origin=Origin(""))) for each in statements}


@pytest.mark.parametrize("network", NETWORKS)
def test_how_objects_are_spread_over_files_is_the_same(network: str) -> None:
    documents = [*objects(network).values()]
    singles = list(chain.from_iterable(each.get("items", [each]) for each in documents))
    expected = without_origin(said(*documents))
    assert without_origin(said(listed(*singles))) == expected
    assert without_origin(said(*singles)) == expected
    assert without_origin(said(*reversed(documents), *documents)) == expected


def test_items_of_a_typed_list_need_no_kind() -> None:
    """As `kubectl get --raw` prints them."""
    pods = [{key: value for key, value in pod("a/b", "n1", "10.244.0.2").items() if key != "kind"}]
    assert "a/b" in vms(FLANNEL, {"apiVersion": "v1", "kind": "PodList", "items": pods})


@pytest.mark.parametrize("network", NETWORKS)
def test_pods_that_ended_or_have_their_nodes_address_are_no_vms(network: str) -> None:
    documents = objects(network)
    in_file = {f"{each['metadata']['namespace']}/{each['metadata']['name']}" for each in documents["pods"]["items"]}
    assert len(in_file) == 10
    pods = {"shop/web-1", "shop/web-2", "shop/api-1", "bank/api-2", "shop/db-1", "bank/db-2"}
    assert {name for name in vms(*documents.values()) if "/" in name} == pods


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_ended_leaves_its_address_to_others(phase: str) -> None:
    old, new = (pod(f"a/{name}", "n1", "10.244.0.2", phase=each) for name, each in (("old", phase), ("new", "Running")))
    assert [*vms(FLANNEL, listed(old, new))] == ["vtep-n1", "a/new"]


def test_pods_without_a_place_or_an_address() -> None:
    unscheduled = pod("a/x", "", phase="Pending")
    starting = pod("a/y", "n1", phase="Pending")
    del unscheduled["spec"]["nodeName"], starting["status"]["podIPs"], starting["status"]["podIP"]
    assert [*vms(FLANNEL, listed(unscheduled, starting))] == ["vtep-n1"]


def test_pods_of_nodes_that_are_not_told_may_be_somebody_elses() -> None:
    found = vms(FLANNEL, pod("a/z", "other", "10.244.9.2"))["a/z"]
    assert (found.vnid, found.place) == (1, Place("other", port="flannel.1"))


def test_addresses_of_a_pod() -> None:
    both = pod("a/both", "n1", "10.244.0.2", "fd00::2")
    old = pod("a/old", "n1", "10.244.0.3")
    del old["status"]["podIPs"]
    found = vms(FLANNEL, both, old)
    assert found["a/both"].ips == (ip("10.244.0.2"), ip("fd00::2"))
    assert found["a/old"].ips == (ip("10.244.0.3"),)
    assert (found["a/both"].mac, found["a/both"].is_local) == (b"", True)


@pytest.mark.parametrize(
    ("network", "device"),
    [*zip(NETWORKS, ("flannel.1", "flannel.1", "vxlan.calico", "cilium_vxlan", "antrea-tun0"), strict=True)],
)
def test_a_node_is_a_tep_a_host_and_a_port_called_after_its_device(network: str, device: str) -> None:
    statements = said(*objects(network).values())
    places = [Place(name, port=device) for name in NODES]
    assert [each.place for each in those(PortStatement, statements)] == places
    assert [(each.name, each.teps) for each in those(HostStatement, statements)] == [(name, (name,)) for name in NODES]
    assert {each.place for each in vms(*objects(network).values()).values()} == set(places)


@pytest.mark.parametrize(
    ("documents", "what"),
    [
        ([pod("a/b", "n1", "10.0.0.1")], "0.json: there are no nodes in the files: give the output of `kubectl get"),
        ([listed()], "0.json: there are no nodes in the files"),
        ([node("n1", "172.20.0.11")], "0.json: nodes and pods alone do not tell the overlay here: give flannel's"),
        (
            [node("n1", "172.20.0.11", **{"f_backend-type": "host-gw"})],
            "0.json: flannel sends without VXLAN (its backend is 'host-gw')",
        ),
        (
            [node("n1", "172.20.0.11"), config("antrea-config", {"antrea-agent.conf": "trafficEncapMode: noEncap"})],
            "0.json: Antrea sends without tunnels (trafficEncapMode: noEncap)",
        ),
        (
            [node("n1", "172.20.0.11"), config("cilium-config", {"routing-mode": "native"})],
            "0.json: Cilium routes without tunnels (routing-mode: native)",
        ),
        (
            [node("n1", "172.20.0.11"), made("IPPool", "p", spec={"cidr": "10.0.0.0/8"})],
            "0.json: Calico sends without VXLAN (no node has the annotation projectcalico.org/IPv4VXLANTunnelAddr)",
        ),
    ],
)
def test_no_overlay(documents: list[Object], what: str) -> None:
    with pytest.raises(MapSourceError) as caught:
        said(*documents)
    assert str(caught.value).startswith(what)


def test_of_what_there_is_most_of_little_is_kept_while_a_file_is_read() -> None:
    kept = Kubernetes().reduced(bad(POD, "spec", "containers", value=[{"name": "c"}] * 9))
    assert kept == Pod("a/b", "n1", (ip("10.244.0.2"),))
    endpoint = objects("cilium")["ciliumendpoints"]["items"][0]
    labels = ("k8s:app=web", "k8s:io.kubernetes.pod.namespace=shop")
    told = Endpoint("shop/web-1", ip("172.20.0.11"), (ip("10.0.0.102"),), 20481, labels)
    assert Kubernetes().reduced(endpoint) == told
    for other in (FLANNEL, bad(POD, "apiVersion", value=None), bad(POD, "spec", value=[])):
        assert Kubernetes().reduced(other) is other


def test_commands_of_a_live_import() -> None:
    commands = list(Kubernetes().live_commands())
    assert commands[0] == ("kubectl", "get", "nodes,pods", "-A", "-o", "json")
    assert all(command[:2] == ("kubectl", "get") and "json" in command for command in commands)
    asked = " ".join(chain.from_iterable(commands))
    for kind in ("ipamblocks", "felixconfigurations", "ciliumnodes", "antreaagentinfos", "kube-flannel-cfg"):
        assert kind in asked
