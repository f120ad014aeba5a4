"""Antrea: a network without a VNID, by its ConfigMap and what its agents tell."""

from __future__ import annotations

import pytest
from clusters import NODES, Object, config, ip, listed, made, network, node, objects, pod, said, teps, vms

from dovetool.errors import MapSourceError
from dovetool.map_sources.statements import Prefix


def conf(text: str) -> Object:
    return config("antrea-config-x1", {"antrea-agent.conf": text})


def agent(name: str, *subnets: str) -> Object:
    return made("AntreaAgentInfo", name) | {"nodeRef": {"kind": "Node", "name": name}, "nodeSubnets": list(subnets)}


MEMBER = node("n1", "172.20.0.11", "2001:db8::11", cidrs=["10.244.0.0/24", "fd00::/64"])


def test_the_true_map() -> None:
    documents = objects("antrea").values()
    told = network(*documents)
    assert (told.name, told.any_vnid, dict(told.identities)) == ("antrea", True, {})
    for number, (name, each) in enumerate(teps(*documents).items()):
        assert (name, each.ips) == (NODES[number], (ip(f"172.20.0.{11 + number}"),))
        assert (each.encaps, each.ports, each.guessed) == (("geneve",), {}, "")
    found = vms(*documents)
    assert len(found) == len(NODES) + 6
    assert {each.mac for each in found.values()} == {b""}
    for number, name in enumerate(NODES):
        vtep = found[f"vtep-{name}"]
        assert (vtep.ips, vtep.prefixes) == ((ip(f"10.244.{number}.1"),), (Prefix(ip(f"10.244.{number}.0"), 24),))


@pytest.mark.parametrize(
    ("text", "encap", "ports"),
    [
        ("", "geneve", {}),
        ("#tunnelType: vxlan\n", "geneve", {}),
        ("a: b\ntunnelType: vxlan\n", "vxlan", {}),
        ('tunnelType: "vxlan"   # as before\ntunnelPort: 8472\n', "vxlan", {"vxlan": 8472}),
        ("tunnelPort: 0\n", "geneve", {}),
        ("nested:\n  tunnelType: vxlan\n", "geneve", {}),
        ("tunnelType: gre\ntunnelPort: 99\n", "gretap", {}),
        ("tunnelType: stt\n", "stt", {}),
        ("trafficEncapMode: hybrid\n", "geneve", {}),
    ],
)
def test_how_it_sends(text: str, encap: str, ports: dict[str, int]) -> None:
    tep = teps(MEMBER, conf(text))["n1"]
    assert (tep.encaps, tep.ports, tep.guessed) == ((encap,), ports, "")


def test_without_its_configmap_it_is_a_guess() -> None:
    documents = MEMBER, agent("n1", "10.244.0.0/24")
    assert teps(*documents)["n1"].encaps == ("geneve",)
    assert "antrea-config" in network(*documents).guessed


def test_addresses_of_the_transport_interface() -> None:
    other = node("n2", "172.20.0.12", **{"a_transport-addresses": "198.51.100.12, 2001:db8:1::12"})
    found = teps(MEMBER, other, conf(""))
    assert found["n1"].ips == (ip("172.20.0.11"), ip("2001:db8::11"))
    assert found["n2"].ips == (ip("198.51.100.12"), ip("2001:db8:1::12"))


def test_both_stacks_behind_one_gateway() -> None:
    vtep = vms(MEMBER, conf(""))["vtep-n1"]
    assert vtep.ips == (ip("10.244.0.1"), ip("fd00::1"))
    assert vtep.prefixes == (Prefix(ip("10.244.0.0"), 24), Prefix(ip("fd00::"), 64))


def test_agents_tell_who_takes_part() -> None:
    virtual = node("virtual", "172.20.0.99", cidrs=["10.244.9.0/24"])
    documents = MEMBER, virtual, agent("n1", "10.244.7.0/24"), conf("")
    assert [*teps(*documents)] == ["n1"]
    assert vms(*documents)["vtep-n1"].prefixes == (Prefix(ip("10.244.7.0"), 24),)
    assert "vtep-virtual" not in vms(*documents)


def test_a_node_without_addresses_for_pods_has_no_gateway() -> None:
    assert vms(node("n1", "172.20.0.11"), conf(""), pod("a/b", "n1", "10.3.0.2")).keys() == {"a/b"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("tunnelType: ipip\n", "expected geneve, vxlan, gre or stt as tunnelType, found 'ipip'"),
        ("tunnelPort: 70000\n", "expected a UDP port from 0 to 65535 as tunnelPort, found '70000'"),
        (f"tunnelPort: {'0' * 5000}\n", f"expected a UDP port from 0 to 65535 as tunnelPort, found '{'0' * 59}"),
        ("tunnelPort: x\n", "expected a UDP port from 0 to 65535 as tunnelPort, found 'x'"),
    ],
)
def test_bad_settings(text: str, what: str) -> None:
    with pytest.raises(MapSourceError) as caught:
        said(MEMBER, listed(conf(text)))
    assert (caught.value.where, caught.value.what) == ('items[0].data["antrea-agent.conf"]', what)


def test_bad_transport_addresses() -> None:
    with pytest.raises(MapSourceError, match="expected an IPv4 or IPv6 address, found '198'") as caught:
        said(node("n1", "172.20.0.11", **{"a_transport-addresses": "198.51.100.12,198"}), conf(""))
    assert caught.value.where == 'metadata.annotations["node.antrea.io/transport-addresses"]'
