"""The source `kubernetes`, whatever the overlay: which documents it takes, which pods are VMs, and bad objects."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import chain
from typing import Any

import pytest
from clusters import NODES, Object, config, ip, listed, made, node, objects, pod, said, those, vms
from hypothesis import given
from hypothesis import strategies as st

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document
from dovetool.map_sources.kubernetes.source import Kubernetes
from dovetool.map_sources.statements import (
    HostStatement,
    Origin,
    Place,
    PortStatement,
    Statement,
    TepStatement,
    VmStatement,
)

NETWORKS = ("flannel", "k3s", "calico", "cilium", "antrea")
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
    elsewhere = pod("a/z", "other", "10.244.9.2")
    del unscheduled["spec"]["nodeName"], starting["status"]["podIPs"], starting["status"]["podIP"]
    assert [*vms(FLANNEL, listed(unscheduled, starting, elsewhere))] == ["vtep-n1"]


def test_addresses_of_a_pod() -> None:
    both = pod("a/both", "n1", "10.244.0.2", "fd00::2")
    old = pod("a/old", "n1", "10.244.0.3")
    del old["status"]["podIPs"]
    found = vms(FLANNEL, both, old)
    assert found["a/both"].ips == (ip("10.244.0.2"), ip("fd00::2"))
    assert found["a/old"].ips == (ip("10.244.0.3"),)
    assert (found["a/both"].mac, found["a/both"].is_local) == (b"", True)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_node_is_a_tep_a_switch_with_one_port_and_a_host(network: str) -> None:
    statements = said(*objects(network).values())
    places = [Place(name, name, "vtep") for name in NODES]
    assert [each.place for each in those(PortStatement, statements)] == places
    assert [(each.name, each.teps, each.switches) for each in those(HostStatement, statements)] == [
        (name, (name,), (name,)) for name in NODES
    ]
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


def bad(part: Object, *path: str | int, value: object) -> Object:
    """A copy of an object with another value at a place."""
    copy: Any = json.loads(json.dumps(part))
    inside = copy
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    found: Object = copy
    return found


POD = pod("a/b", "n1", "10.244.0.2")


@pytest.mark.parametrize(
    ("document", "where", "what"),
    [
        (bad(listed(), "items", value=5), "items", "expected a list, found 5"),
        (listed(bad(POD, "spec", value=[])), "items[0].spec", "expected an object, found a list"),
        (
            listed(POD, bad(POD, "metadata", value={})),
            "items[1].metadata.name",
            "expected the object's name, found none",
        ),
        (bad(POD, "metadata", "name", value=7), "metadata.name", "expected a string, found 7"),
        (bad(POD, "spec", "hostNetwork", value="true"), "spec.hostNetwork", "expected true or false, found 'true'"),
        (
            bad(POD, "status", "podIPs", value=[{"ip": "10.0.0.256"}]),
            "status.podIPs[0].ip",
            "expected an IPv4 or IPv6 address, found '10.0.0.256'",
        ),
        (
            bad(POD, "status", "podIPs", value=[{"ip": "224.0.0.1"}]),
            "status.podIPs[0].ip",
            "expected the IP address of one host, not a multicast, broadcast or unspecified one, found '224.0.0.1'",
        ),
        (bad(POD, "status", "podIPs", value=["10.0.0.1"]), "status.podIPs[0]", "expected an object, found '10.0.0.1'"),
        (
            bad(FLANNEL, "spec", "podCIDRs", value=["10.244.0.0"]),
            "spec.podCIDRs[0]",
            "expected an IP network such as 10.0.0.0/24, found '10.244.0.0'",
        ),
        (
            bad(FLANNEL, "metadata", "annotations", "flannel.alpha.coreos.com/public-ip", value=1),
            'metadata.annotations["flannel.alpha.coreos.com/public-ip"]',
            "expected a string, found 1",
        ),
    ],
)
def test_bad_objects(document: Object, where: str, what: str) -> None:
    with pytest.raises(MapSourceError) as caught:
        said(FLANNEL, document)
    assert (caught.value.file, caught.value.where, caught.value.what) == ("1.json", where, what)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 1 << 25) | st.text(max_size=8) | st.sampled_from(["10.0.0.1", "vxlan"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


def places_in(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *chain.from_iterable(places_in(each, (*path, key)) for key, each in items)]


@given(data=st.data(), network=st.sampled_from(NETWORKS), junk=JSON)
def test_junk_anywhere_is_an_error_of_ours(data: st.DataObject, network: str, junk: object) -> None:
    """Whatever stands at any place of any object: statements, or an error with a place."""
    documents = objects(network)
    name = data.draw(st.sampled_from(sorted(documents)))
    path = data.draw(st.sampled_from([path for path in places_in(documents[name]) if len(path) > 1]))
    documents[name] = bad(documents[name], *path, value=junk)
    source = Kubernetes()
    read = [Document(Origin(name), each) for name, each in documents.items()]
    found: list[Statement] = []
    with suppress(MapSourceError):
        found += source.statements([(kind, each) for each in read if (kind := source.recognise(each))])
    addresses = [address for each in found if isinstance(each, VmStatement | TepStatement) for address in each.ips]
    assert {len(address) for address in addresses} <= {4, 16}


def test_commands_of_a_live_import() -> None:
    commands = list(Kubernetes().live_commands())
    assert commands[0] == ("kubectl", "get", "nodes,pods", "-A", "-o", "json")
    assert all(command[:2] == ("kubectl", "get") and "json" in command for command in commands)
    asked = " ".join(chain.from_iterable(commands))
    for kind in ("ipamblocks", "felixconfigurations", "ciliumnodes", "antreaagentinfos", "kube-flannel-cfg"):
        assert kind in asked
