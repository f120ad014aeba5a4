"""flannel and k3s: what nodes tell by annotations, and what is usual where they do not."""

from __future__ import annotations

import json

import pytest
from clusters import DATA, NODES, Object, config, ip, mac, network, node, objects, pod, said, teps, those, vms

from dovetool.errors import MapSourceError
from dovetool.map_sources.statements import NetworkStatement, Prefix, VmStatement

TRUTH = json.loads((DATA / "flannel" / "truth.json").read_text())
DATA_4 = '{"VNI":1,"VtepMAC":"02:00:00:00:00:0a"}'
CFG = "kube-flannel-cfg"


def member(name: str = "n1", os: str = "linux", **annotations: str) -> Object:
    told = {"f_backend-type": "vxlan", "f_public-ip": "172.20.0.11", "f_backend-data": DATA_4} | annotations
    return node(name, "172.20.0.11", cidrs=["10.244.0.0/24", "fd00:244::/64"], os=os, **told)


def conf(**backend: object) -> Object:
    return config(CFG, {"net-conf.json": json.dumps({"Network": "10.244.0.0/16", "Backend": backend})})


@pytest.mark.parametrize("cluster", ["flannel", "k3s"])
def test_the_true_map(cluster: str) -> None:
    documents = objects(cluster).values()
    found = vms(*documents)
    (told,) = those(NetworkStatement, said(*documents))
    assert (told.vnid, told.name, told.guessed) == (TRUTH["vnid"], "flannel", "")
    for name, each in teps(*documents).items():
        assert each.ips == (ip(TRUTH["nodes"][name]["ip"]),)
        assert (each.encaps, each.ports, each.macs, each.guessed) == (("vxlan",), {"vxlan": 8472}, (), "")
    for name, true in TRUTH["nodes"].items():
        vtep = found[f"vtep-{name}"]
        assert (vtep.mac, vtep.ips) == (mac(true["vtep_mac"]), (ip(true["vtep_ip"]),))
        assert vtep.prefixes == (Prefix(ip(true["vtep_ip"]), 24),)
        for pod_name, address in true["pods"].items():
            assert (found[pod_name].ips, found[pod_name].place.tep) == ((ip(address),), name)
    assert len(found) == len(NODES) + 6


def test_without_a_configmap_the_port_is_usual() -> None:
    """A cluster of k3s has none; there it is certain."""
    without = {
        cluster: [each for name, each in objects(cluster).items() if "configmap" not in name]
        for cluster in ("flannel", "k3s")
    }
    assert {teps(*each)["node-a"].ports["vxlan"] for each in without.values()} == {8472}
    assert "kube-flannel-cfg" in network(*without["flannel"]).guessed
    assert not network(*without["k3s"]).guessed


@pytest.mark.parametrize(
    ("backend", "os", "ports"),
    [
        ({"Type": "vxlan"}, "linux", {"vxlan": 8472}),
        ({"Port": 0}, "linux", {"vxlan": 8472}),
        ({"Port": 4789}, "linux", {}),
        ({"Port": 5000}, "linux", {"vxlan": 5000}),
        ({"Type": "vxlan"}, "windows", {}),
        ({"Port": 5000}, "windows", {"vxlan": 5000}),
    ],
)
def test_the_port(backend: Object, os: str, ports: dict[str, int]) -> None:
    assert teps(member(os=os), conf(**backend))["n1"].ports == ports


@pytest.mark.parametrize(
    ("data", "backend", "os", "vnid"),
    [
        (DATA_4, {"VNI": 9}, "linux", 1),
        ('{"VtepMAC":"02:00:00:00:00:0a"}', {}, "linux", 1),
        ('{"VtepMAC":"02:00:00:00:00:0a"}', {"VNI": 9}, "linux", 9),
        ('{"VtepMAC":"02:00:00:00:00:0a"}', {}, "windows", 4096),
        ('{"VNI":4097,"VtepMAC":"02:00:00:00:00:0a"}', {}, "windows", 4097),
    ],
)
def test_the_vni(data: str, backend: Object, os: str, vnid: int) -> None:
    documents = member(os=os, **{"f_backend-data": data}), conf(**backend)
    assert network(*documents).vnid == vnid
    assert {each.vnid for each in vms(*documents, pod("a/b", "n1", "10.244.0.2")).values()} == {vnid}


def test_two_stacks_are_two_cards_of_one_vm() -> None:
    """The devices flannel.1 and flannel-v6.1, in one network, have MAC addresses of their own."""
    six = {"f_public-ipv6": "2001:db8::11", "f_backend-v6-data": '{"VNI":1,"VtepMAC":"02:00:00:00:00:0b"}'}
    documents = member(**six), conf()
    assert teps(*documents)["n1"].ips == (ip("172.20.0.11"), ip("2001:db8::11"))
    four, other = those(VmStatement, said(*documents))
    assert four.name == other.name == "vtep-n1"
    assert (four.mac[5], four.ips, four.prefixes) == (10, (ip("10.244.0.0"),), (Prefix(ip("10.244.0.0"), 24),))
    assert (other.mac[5], other.ips, other.prefixes) == (11, (ip("fd00:244::"),), (Prefix(ip("fd00:244::"), 64),))


def test_ipv6_alone() -> None:
    """Without IPv4, `backend-data` is `null`."""
    six = {"f_public-ipv6": "2001:db8::11", "f_backend-v6-data": DATA_4, "f_public-ip": "", "f_backend-data": "null"}
    documents = member(**six), conf()
    assert teps(*documents)["n1"].ips == (ip("2001:db8::11"),)
    (vtep,) = those(VmStatement, said(*documents))
    assert vtep.ips == (ip("fd00:244::"),)


def test_windows_with_another_vni_is_another_network() -> None:
    windows = member("w", "windows", **{"f_public-ip": "172.20.0.12", "f_backend-data": DATA_4.replace("1", "4096", 1)})
    statements = said(member(), windows, conf())
    assert [(each.vnid, each.name) for each in those(NetworkStatement, statements)] == [
        (4096, "flannel-4096"),
        (1, "flannel-1"),
    ]


def test_nodes_of_another_backend_are_no_teps() -> None:
    documents = member(), member("n2", **{"f_backend-type": "host-gw", "f_public-ip": "172.20.0.12"}), conf()
    assert [*teps(*documents)] == ["n1"]


@pytest.mark.parametrize(
    ("annotation", "text", "what"),
    [
        ("backend-data", "{", "expected JSON in a string, found '{'"),
        ("backend-data", "[" * 100_000, "expected JSON in a string, found"),
        ("backend-data", "[]", "expected an object, found a list"),
        ("public-ip", "172.20.0", "expected an IPv4 or IPv6 address, found '172.20.0'"),
    ],
)
def test_bad_annotations(annotation: str, text: str, what: str) -> None:
    with pytest.raises(MapSourceError) as caught:
        said(member(**{f"f_{annotation}": text}))
    assert caught.value.what.startswith(what)
    assert caught.value.where == f'metadata.annotations["flannel.alpha.coreos.com/{annotation}"]'


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        ('{"VNI":16777216}', "VNI", "expected a VNID from 1 to 16777215, found 16777216"),
        ('{"VNI":0}', "VNI", "expected a VNID from 1 to 16777215, found 0"),
        ('{"VNI":true}', "VNI", "expected a whole number, found True"),
        ('{"VtepMAC":"02:00"}', "VtepMAC", "expected a MAC address such as 02:00:00:00:00:0a, found '02:00'"),
        ('{"VtepMAC":"01:00:00:00:00:00"}', "VtepMAC", "expected a unicast MAC address, found '01:00:00:00:00:00'"),
    ],
)
def test_bad_backend_data(data: str, where: str, what: str) -> None:
    with pytest.raises(MapSourceError) as caught:
        said(member(**{"f_backend-data": data}))
    assert caught.value.where == f'metadata.annotations["flannel.alpha.coreos.com/backend-data"].{where}'
    assert caught.value.what == what


def test_a_bad_port() -> None:
    with pytest.raises(MapSourceError, match="expected a UDP port from 0 to 65535, found 65536") as caught:
        said(member(), conf(Port=65536))
    assert caught.value.where == 'data["net-conf.json"].Backend.Port'
