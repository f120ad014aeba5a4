"""Calico: the MAC address that no object tells, blocks, pools, and what is usual."""

from __future__ import annotations

import json

import pytest
from clusters import DATA, NODES, Object, ip, listed, mac, made, network, node, objects, pod, said, teps, those, vms

from dovetool.errors import MapSourceError
from dovetool.map_sources.kubernetes.calico import vtep_mac
from dovetool.map_sources.statements import Prefix, VmStatement

TRUTH = json.loads((DATA / "calico" / "truth.json").read_text())
BLOCKS = {"node-a": "192.168.10.0", "node-b": "192.168.20.64", "node-c": "192.168.30.128"}
TUNNEL = {"c_IPv4Address": "172.20.0.11/24", "c_IPv4VXLANTunnelAddr": "10.9.0.0"}


def member(name: str = "n1", **annotations: str) -> Object:
    return node(name, "172.20.0.99", "2001:db8::99", cidrs=["10.244.0.0/24"], **(TUNNEL | annotations))


def felix(**spec: object) -> Object:
    return made("FelixConfiguration", "default", spec=spec)


def block(cidr: str, affinity: str, **spec: object) -> Object:
    return made("IPAMBlock", cidr.replace("/", "-"), spec={"cidr": cidr, "affinity": affinity} | spec)


def affinity(cidr: str, on: str, state: str = "confirmed", **spec: object) -> Object:
    return made("BlockAffinity", f"{on}-{cidr}", spec={"cidr": cidr, "node": on, "state": state} | spec)


def pool(cidr: str, mode: str) -> Object:
    return made("IPPool", cidr.replace("/", "-"), spec={"cidr": cidr, "vxlanMode": mode, "ipipMode": "Never"})


def test_the_true_map() -> None:
    documents = objects("calico").values()
    found = vms(*documents)
    told = network(*documents)
    assert (told.vnid, told.name, told.guessed) == (TRUTH["vnid"], "calico", "")
    assert {name: each.ips for name, each in teps(*documents).items()} == {
        name: (ip(true["ip"]),) for name, true in TRUTH["nodes"].items()
    }
    assert all(each.encaps == ("vxlan",) and not each.ports and not each.guessed for each in teps(*documents).values())
    for name, true in TRUTH["nodes"].items():
        vtep = found[f"vtep-{name}"]
        assert (vtep.mac, vtep.ips) == (mac(true["vtep_mac"]), (ip(true["vtep_ip"]),))
        assert vtep.prefixes == (Prefix(ip(BLOCKS[name]), 26),)  # and not spec.podCIDR, which is there
        for pod_name, address in true["pods"].items():
            assert (found[pod_name].ips, found[pod_name].place.tep) == ((ip(address),), name)
    assert len(found) == len(NODES) + 6


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("node-a", "66:07:02:c1:cc:60"),
        ("node-b", "66:89:3a:22:7a:ac"),
        ("node-a-v6", "66:d4:d5:51:3d:42"),
    ],
)
def test_mac_address_by_the_name(name: str, address: str) -> None:
    assert vtep_mac(name) == mac(address)


def test_two_stacks_are_two_cards_of_one_vm() -> None:
    six = {"c_IPv6Address": "2001:db8::11/64", "c_IPv6VXLANTunnelAddr": "fd00:9::1"}
    documents = member("node-a", **six), felix(), affinity("fd00:9::/122", "node-a"), affinity("10.9.0.0/26", "node-a")
    assert teps(*documents)["node-a"].ips == (ip("172.20.0.11"), ip("2001:db8::11"))
    four, other = those(VmStatement, said(*documents))
    assert four.name == other.name == "vtep-node-a"
    assert (four.mac, four.ips, four.prefixes) == (vtep_mac("node-a"), (ip("10.9.0.0"),), (Prefix(ip("10.9.0.0"), 26),))
    assert (other.mac, other.ips) == (vtep_mac("node-a-v6"), (ip("fd00:9::1"),))
    assert other.prefixes == (Prefix(ip("fd00:9::"), 122),)


def test_annotations_tell_other_mac_addresses() -> None:
    six = {"c_IPv6VXLANTunnelAddr": "fd00:9::1", "c_VXLANTunnelMACAddrV6": "02:00:00:00:00:06"}
    four, other = those(VmStatement, said(member(**six, c_VXLANTunnelMACAddr="02:00:00:00:00:04")))
    assert (four.mac[5], other.mac[5]) == (4, 6)


def test_a_node_that_tells_no_address_of_its_own_has_that_of_the_cluster() -> None:
    six = {"c_IPv6VXLANTunnelAddr": "fd00:9::1", "c_IPv4Address": ""}
    assert teps(member(**six))["n1"].ips == (ip("172.20.0.99"), ip("2001:db8::99"))


def test_a_node_without_a_tunnel_address_is_left_out() -> None:
    """The others have no way to it. Of its pods it is said where they are, and that is no TEP."""
    documents = member(), member("n2", c_IPv4VXLANTunnelAddr=""), pod("a/b", "n2", "10.9.1.2")
    assert [*teps(*documents)] == ["n1"]
    assert [*vms(*documents)] == ["vtep-n1", "a/b"]


def test_vni_and_port() -> None:
    assert network(member(), felix(vxlanVNI=77, vxlanPort=8472)).vnid == 77
    assert teps(member(), felix(vxlanVNI=77, vxlanPort=8472))["n1"].ports == {"vxlan": 8472}
    of_one_node = made("FelixConfiguration", "node.n1", spec={"vxlanVNI": 5})
    assert network(member(), of_one_node).vnid == 4096


def test_what_is_usual_is_guessed_where_no_configuration_is_given() -> None:
    assert (network(member()).vnid, teps(member())["n1"].ports) == (4096, {})
    assert "FelixConfiguration" in network(member()).guessed


def prefixes(*documents: Object) -> tuple[Prefix, ...]:
    return vms(member(), felix(), *documents)["vtep-n1"].prefixes


@pytest.mark.parametrize(
    "other",
    [
        affinity("10.9.0.64/26", "n1", "pending"),
        affinity("10.9.0.64/26", "n1", "pendingDeletion"),
        affinity("10.9.0.64/26", "n1", deleted="true"),
        affinity("10.9.0.64/26", "n1", deleted=True),
        affinity("10.9.0.64/26", "n1", type="virtual"),
        affinity("10.9.0.64/26", "n2"),
    ],
)
def test_blocks_by_their_affinities(other: Object) -> None:
    mine = affinity("10.9.0.0/26", "n1", deleted="false", type="host")
    assert prefixes(listed(other, mine)) == (Prefix(ip("10.9.0.0"), 26),)


@pytest.mark.parametrize(
    "other",
    [
        block("10.9.0.64/26", "host:n2"),
        block("10.9.0.64/26", "virtual:n1"),
        block("10.9.0.64/26", "host:n1", deleted=True),
        made("IPAMBlock", "x", spec={"cidr": "10.9.0.64/26"}),
    ],
)
def test_blocks_say_it_themselves(other: Object) -> None:
    """Their affinities are claims only, which may be older."""
    mine = block("10.9.0.0/26", "host:n1", deleted=False, allocations=[0, None], attributes=[])
    assert prefixes(listed(other, mine), affinity("10.9.0.64/26", "n1")) == (Prefix(ip("10.9.0.0"), 26),)


@pytest.mark.parametrize(
    ("address", "is_there"), [("10.9.0.2", True), ("10.9.128.2", False), ("10.10.0.2", False), ("fd00:9::2", False)]
)
def test_pods_of_pools_without_vxlan_are_none_of_it(address: str, is_there: bool) -> None:
    pools = listed(pool("10.9.0.0/16", "CrossSubnet"), pool("10.9.128.0/17", "Never"))
    assert ("a/b" in vms(member(), felix(), pools, pod("a/b", "n1", address))) == is_there


def test_a_borrowed_address_is_where_its_pod_is() -> None:
    blocks = listed(block("10.9.0.0/26", "host:n1"), block("10.9.0.64/26", "host:n2"))
    two = member("n2", c_IPv4Address="172.20.0.12", c_IPv4VXLANTunnelAddr="10.9.0.64")
    found = vms(member(), two, felix(), blocks, pod("a/b", "n2", "10.9.0.5"))
    assert (found["a/b"].place.tep, found["vtep-n1"].prefixes) == ("n2", (Prefix(ip("10.9.0.0"), 26),))


def test_flannel_with_calicos_policies_is_flannel() -> None:
    """Canal: Calico's objects are there, and its tunnels are not."""
    flannel = objects("flannel").values()
    assert network(*flannel, felix(), pool("10.244.0.0/16", "Never")).name == "flannel"


def test_what_flannel_has_left_behind() -> None:
    old = {"f_backend-type": "vxlan", "f_public-ip": "172.20.0.11", "f_backend-data": '{"VNI":1}'}
    assert network(member(**old), felix()).name == "calico"


@pytest.mark.parametrize(
    ("document", "where", "what"),
    [
        (felix(vxlanVNI=0), "spec.vxlanVNI", "expected a VNID from 1 to 16777215, found 0"),
        (felix(vxlanPort="4789"), "spec.vxlanPort", "expected a whole number, found '4789'"),
        (pool("10.9.0.0", "Always"), "spec.cidr", "expected an IP network such as 10.0.0.0/24, found '10.9.0.0'"),
    ],
)
def test_bad_objects(document: Object, where: str, what: str) -> None:
    with pytest.raises(MapSourceError) as caught:
        said(member(), document)
    assert (caught.value.file, caught.value.where, caught.value.what) == ("1.json", where, what)
