"""Cilium: a network whose VNIDs are identities, and who these are."""

from __future__ import annotations

import pytest
from clusters import NODES, Object, config, ip, listed, made, network, node, objects, pod, said, teps, vms

from dovetool.errors import MapSourceError
from dovetool.map_sources.statements import Place, Prefix

TRUE_IPS = {name: f"172.20.0.{11 + number}" for number, name in enumerate(NODES)}
CONFIG = config("cilium-config", {"routing-mode": "tunnel", "tunnel-protocol": "vxlan"})


def member(name: str = "n1", address: str = "172.20.0.11", /, **spec: object) -> Object:
    addresses = [{"type": "CiliumInternalIP", "ip": "10.0.0.245"}, {"type": "InternalIP", "ip": address}]
    return made("CiliumNode", name, spec={"addresses": addresses} | spec)


def endpoint(name: str, number: object, *labels: str, address: str = "10.0.0.5", on: str = "172.20.0.11") -> Object:
    namespace, _, own = name.partition("/")
    identity = {"id": number, "labels": [f"k8s:io.kubernetes.pod.namespace={namespace}", *labels]}
    networking = {"addressing": [{"ipv4": address}], "node": on}
    return made("CiliumEndpoint", own, namespace, status={"identity": identity, "networking": networking})


def test_the_true_map() -> None:
    documents = objects("cilium").values()
    told = network(*documents)
    assert (told.name, told.any_vnid, told.guessed) == ("cilium", True, "")
    pods = {number: name for number, name in told.identities.items() if number > 255}
    assert pods == {20481: "shop/web", 30722: "shop/api", 30729: "bank/api", 40963: "shop/db", 40970: "bank/db"}
    assert {number: told.identities[number] for number in (1, 2, 4, 6)} == {
        1: "reserved:host",
        2: "reserved:world",
        4: "reserved:health",
        6: "reserved:remote-node",
    }
    for name, each in teps(*documents).items():
        assert each.ips == (ip(TRUE_IPS[name]),)  # whatever the order of the node's addresses
        assert (each.encaps, each.ports, each.guessed) == (("vxlan",), {"vxlan": 8472}, "")
    found = vms(*documents)
    assert len(found) == 3 * len(NODES) - 3 + 6
    assert {each.mac for each in found.values()} == {b""}
    for number, name in enumerate(NODES):
        vtep = found[f"vtep-{name}"]
        assert (vtep.ips, vtep.prefixes) == ((ip(f"10.0.{number}.245"),), (Prefix(ip(f"10.0.{number}.0"), 24),))
        assert found[f"health-{name}"].ips == (ip(f"10.0.{number}.78"),)
    assert found["bank/db-2"].ips == (ip("10.0.2.103"),)


@pytest.mark.parametrize(
    ("settings", "encap", "ports"),
    [
        ({"tunnel-protocol": "vxlan"}, "vxlan", {"vxlan": 8472}),
        ({"tunnel-protocol": "geneve"}, "geneve", {}),
        ({"tunnel": "geneve"}, "geneve", {}),
        ({"tunnel-protocol": "geneve", "tunnel-port": "0"}, "geneve", {}),
        ({"tunnel-protocol": "geneve", "tunnel-port": "6082"}, "geneve", {"geneve": 6082}),
        ({"tunnel-port": "4789"}, "vxlan", {}),
        ({}, "vxlan", {"vxlan": 8472}),
    ],
)
def test_how_it_sends(settings: dict[str, str], encap: str, ports: dict[str, int]) -> None:
    tep = teps(member(), config("cilium-config", settings))["n1"]
    assert (tep.encaps, tep.ports, tep.guessed) == ((encap,), ports, "")


def test_without_its_configmap_it_is_a_guess() -> None:
    documents = member(), config("other", {"tunnel-protocol": "geneve"})
    tep = teps(*documents)["n1"]
    assert (tep.encaps, tep.ports, tep.guessed) == (("vxlan",), {"vxlan": 8472}, "")
    assert "cilium-config" in network(*documents).guessed


def test_nodes_alone_do_where_there_is_no_cilium_node() -> None:
    assert teps(node("n1", "172.20.0.11"), CONFIG)["n1"].ips == (ip("172.20.0.11"),)


def test_addresses_of_a_node() -> None:
    spec: dict[str, object] = {
        "ingress": {"ipv4": "10.0.0.7", "ipv6": "fd00::7"},
        "health": {"ipv4": "10.0.0.8", "ipv6": "fd00::8"},
        "ipam": {"podCIDRs": ["10.0.0.0/24"], "pools": {"allocated": [{"pool": "x", "cidrs": ["10.5.0.0/27"]}]}},
    }
    found = vms(member(**spec), CONFIG)
    assert found["vtep-n1"].ips == (ip("10.0.0.245"), ip("10.0.0.7"), ip("fd00::7"))
    assert found["vtep-n1"].prefixes == (Prefix(ip("10.0.0.0"), 24), Prefix(ip("10.5.0.0"), 27))
    assert found["health-n1"].ips == (ip("10.0.0.8"), ip("fd00::8"))


def test_pods_of_end_points_alone() -> None:
    found = vms(member(), CONFIG, endpoint("a/b", 300), endpoint("a/lost", 300, on="172.20.0.99"))
    assert (found["a/b"].ips, found["a/b"].place) == ((ip("10.0.0.5"),), Place("n1", port="cilium_vxlan"))
    assert "a/lost" not in found


def test_pods_of_slices() -> None:
    networking = {"addressing": [{"ipv4": "10.0.0.5", "ipv6": "fd00::5"}], "node": "172.20.0.11"}
    slices = made("CiliumEndpointSlice", "ces-x")
    slices |= {"namespace": "a", "endpoints": [{"name": "b", "id": 300, "networking": networking}]}
    assert vms(member(), CONFIG, slices)["a/b"].ips == (ip("10.0.0.5"), ip("fd00::5"))


@pytest.mark.parametrize(("phase", "ips"), [("Running", ("10.0.0.5",)), ("Failed", ())])
def test_what_the_cluster_says_of_a_pod_counts(phase: str, ips: tuple[str, ...]) -> None:
    of_cluster = pod("a/b", "n1", "10.0.0.5", phase=phase)
    found = vms(member(), CONFIG, of_cluster, endpoint("a/b", 300, address="10.0.0.6"))
    assert [each.ips for name, each in found.items() if name == "a/b"] == [(ip(each),) for each in ips]


def names(*documents: Object) -> dict[int, str]:
    return {number: name for number, name in network(member(), CONFIG, *documents).identities.items() if number > 10}


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (["k8s:app=web"], "a/web"),
        (["k8s:k8s-app=dns", "k8s:app=web"], "a/dns"),
        (["k8s:app.kubernetes.io/name=shop", "k8s:app=web"], "a/shop"),
        (["k8s:tier=x", "k8s:io.cilium.k8s.policy.cluster=default", "any:color=red"], "a/color=red,tier=x"),
        (["k8s:app="], "a/app="),
        ([], "a/"),
    ],
)
def test_names_of_identities(labels: list[str], name: str) -> None:
    assert names(endpoint("a/b", 300, *labels)) == {300: name}


def test_identities_that_would_be_called_alike_have_all_labels() -> None:
    documents = [endpoint(f"a/{each}", 300 + each, "k8s:app=web", f"k8s:n={each}") for each in (1, 2)]
    assert names(*documents, endpoint("a/3", 303, "k8s:app=db")) == {
        301: "a/app=web,n=1",
        302: "a/app=web,n=2",
        303: "a/db",
    }


def test_identities_as_objects() -> None:
    identity = made("CiliumIdentity", "300")
    identity["security-labels"] = {"k8s:app": "web", "k8s:io.kubernetes.pod.namespace": "a"}
    assert names(identity, endpoint("a/b", 300, "k8s:app=web")) == {300: "a/web"}


@pytest.mark.parametrize("number", [0, 4, 1 << 24, None])
def test_identities_that_no_frame_or_no_pod_has(number: object) -> None:
    assert names(endpoint("a/b", number)) == {}
    assert network(member(), CONFIG, endpoint("a/b", number, "k8s:app=x")).identities[4] == "reserved:health"


@pytest.mark.parametrize(
    ("document", "where", "what"),
    [
        (
            config("cilium-config", {"tunnel-protocol": "gre"}),
            'data["tunnel-protocol"]',
            "expected vxlan or geneve, found 'gre'",
        ),
        (
            config("cilium-config", {"tunnel-port": "99999999999"}),
            'data["tunnel-port"]',
            "expected a UDP port from 0 to 65535, found '99999999999'",
        ),
        (made("CiliumIdentity", "x1"), "metadata.name", "expected the number of an identity, found 'x1'"),
        (
            made("CiliumIdentity", "9" * 5000),
            "metadata.name",
            f"expected the number of an identity, found '{'9' * 59}",
        ),
        (endpoint("a/b", "300"), "status.identity.id", "expected a whole number, found '300'"),
    ],
)
def test_bad_objects(document: Object, where: str, what: str) -> None:
    with pytest.raises(MapSourceError) as caught:
        said(member(), listed(document))
    where = f"items[0].{where}"
    assert (caught.value.file, caught.value.where, caught.value.what) == ("1.json", where, what)
