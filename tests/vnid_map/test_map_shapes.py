"""What a map can say of switches, VMs, TEPs, networks and what joins them, and what it is when it is compiled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dovetool.errors import MapError
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.load import parse
from dovetool.vnid_map.prefixes import Prefix
from dovetool.vnid_map.vnid_bits import VnidBits

BLUE, RED = 10, 20
M1, M2, M3 = (bytes([2, 0, 0, 0, 0, number]) for number in (1, 2, 3))


def data_of(**sections: object) -> dict[str, Any]:
    return {
        "version": 1,
        "networks": {"blue": {"vnid": BLUE}, "red": {"vnid": RED}},
        "teps": {
            "t1": {"ip": "192.0.2.1", "mac": "02:00:00:00:01:01", "encap": "vxlan"},
            "t2": {"ip": "192.0.2.2", "mac": "02:00:00:00:01:02", "encap": "vxlan"},
        },
        "switches": {"s1": {"tep": "t1", "ports": {"p": "blue", "q": "red"}}, "s2": {"tep": "t2", "network": "blue"}},
        **sections,
    }


def map_of(**sections: object) -> VnidMap:
    return VnidMap.compiled(parse(json.dumps(data_of(**sections)).encode(), "map"))


def problems_of(**sections: object) -> list[str]:
    with pytest.raises(MapError) as caught:
        map_of(**sections)
    return [line.partition(": ")[2] for line in caught.value.problems]


def ip(last: int) -> bytes:
    return bytes([10, 0, 0, last])


def test_trunks_have_a_port_for_each_vlan() -> None:
    trunk = {"10": "blue", "20": "red", "untagged": "red", "trusted": True}
    vnid_map = map_of(switches={"s1": {"tep": "t1", "ports": {"eth1": trunk}}})
    found = vnid_map.trunk_at("s1/eth1 blue")
    assert found is not None
    assert {vlan: (port.name, port.vnid, port.trusted) for vlan, port in found.ports.items()} == {
        10: ("s1/eth1.10", BLUE, True),
        20: ("s1/eth1.20", RED, True),
        0: ("s1/eth1", RED, True),
    }
    assert {port.line for port in found.ports.values()} == {"s1/eth1"}
    assert vnid_map.trunk_at("s1/p") is None


def test_the_native_vlan_of_a_trunk_is_that_of_its_untagged_frames() -> None:
    trunk = {"untagged": "red", "native": 30, "10": "blue"}
    vnid_map = map_of(switches={"s1": {"tep": "t1", "ports": {"eth1": trunk}}})
    found = vnid_map.trunk_at("s1/eth1")
    assert found is not None
    assert found.ports[30] is found.ports[0]
    assert {port.name: port.native for port in vnid_map.ports} == {"s1/eth1": 30, "s1/eth1.10": None}


@pytest.mark.parametrize(
    ("port", "problem"),
    [
        ({"10": "blue", "native": 10}, "found a native VLAN of a port without 'untagged'; expected none"),
        ({"network": "blue", "native": 10}, "found a native VLAN of a port without 'untagged'; expected none"),
        ({"10": "blue", "untagged": "red", "native": 10}, "found the VLAN 10, which has a network; expected one"),
        ({"untagged": "red", "native": 4095}, "found the number 4095; expected"),
        ({"untagged": "red", "native": "10"}, "found '10'; expected"),
    ],
)
def test_mistakes_in_a_native_vlan(port: dict[str, object], problem: str) -> None:
    (found,) = problems_of(switches={"s1": {"tep": "t1", "ports": {"eth1": port}}})
    assert found.startswith(problem)


@pytest.mark.parametrize("place", ["s1/eth1.10", {"port": "s1/eth1", "vlan": 10}, [{"port": "s1/eth1", "vlan": 10}]])
def test_a_vm_is_at_a_vlan_of_a_trunk(place: object) -> None:
    switches = {"s1": {"tep": "t1", "ports": {"eth1": {"10": "blue"}}}}
    vnid_map = map_of(switches=switches, vms={"a": {"mac": M1.hex(":"), "at": place}})
    station = vnid_map.station_by_mac(BLUE, M1, 0)
    assert station is not None
    assert station.port.name == "s1/eth1.10"


def test_a_port_may_look_like_a_vlan() -> None:
    switches = {"s1": {"tep": "t1", "ports": {"eth1.10": "red", "eth2": {"10": "blue"}}}}
    vnid_map = map_of(switches=switches, vms={"a": {"mac": M1.hex(":"), "at": "s1/eth1.10"}})
    assert vnid_map.station_by_mac(RED, M1, 0) is not None
    both = {"s1": {"tep": "t1", "ports": {"eth1.10": "red", "eth1": {"10": "blue"}}}}
    assert problems_of(switches=both)[0].startswith("found 's1/eth1.10' as a port, and as a VLAN of a trunk")


def test_a_switch_may_be_in_one_network_as_a_whole() -> None:
    vnid_map = map_of(vms={"a": {"mac": M1.hex(":"), "at": "s2"}, "b": {"mac": M2.hex(":"), "at": "s2/x"}})
    names = {mac: vnid_map.stations_with_mac(mac, 0)[0].port.name for mac in (M1, M2)}
    assert names == {M1: "s2", M2: "s2/x"}
    at = {name: vnid_map.port_at(name) for name in ("s2", "s2/x", "s2/unheard", "s1/unheard")}
    assert {name: port and port.name for name, port in at.items()} == {
        "s2": "s2",
        "s2/x": "s2/x",
        "s2/unheard": "s2",
        "s1/unheard": None,
    }


def test_several_macs_cards_places_and_prefixes() -> None:
    vnid_map = map_of(
        vms={
            "two-macs": {"mac": [M1.hex(":"), M2.hex(":")], "ip": "10.0.0.1", "at": ["s1/p", "s2"]},
            "cards": {
                "nics": [{"mac": M3.hex(":"), "ip": "10.0.0.9", "at": "s1/p"}, {"mac": M3.hex(":"), "at": "s1/q"}]
            },
            "router": {"ip": ["10.9.0.0/16", "10.9.1.0/24", "10.0.0.7"], "at": "s1/p"},
            "narrow": {"ip": "10.9.1.128/25", "at": "s1/p"},
        }
    )
    assert [each.port.name for each in vnid_map.stations_by_mac(BLUE, M2, 0)] == ["s1/p", "s2"]
    assert [each.macs for each in vnid_map.stations_by_ip(BLUE, ip(1), 0)] == [(M1, M2)] * 2
    assert [each.vnid for each in vnid_map.stations_with_mac(M3, 0)] == [BLUE, RED]
    owners = {last: vnid_map.station_by_ip(BLUE, bytes([10, *last]), 0) for last in ((9, 1, 200), (9, 1, 2), (8, 0, 1))}
    assert [owner and owner.vm for owner in owners.values()] == ["narrow", "router", None]
    assert vnid_map.stations_with_ip(bytes([10, 9, 1, 200]), 0)[0].vm == "narrow"
    assert vnid_map.ips_of("router") == (ip(7),)
    assert vnid_map.prefixes_of("narrow") == (Prefix(bytes([10, 9, 1, 128]), 25),)


def test_an_address_is_several_vms_where_all_say_so() -> None:
    vrrp = {"mac": "00:00:5e:00:01:0a", "ip": "10.0.0.254", "shared": True}
    vnid_map = map_of(vms={"r1": {**vrrp, "at": "s1/p"}, "r2": {**vrrp, "at": "s2"}})
    assert [each.vm for each in vnid_map.stations_by_ip(BLUE, ip(254), 0)] == ["r1", "r2"]
    (mac, address) = problems_of(vms={"r1": {**vrrp, "at": "s1/p"}, "r2": {**vrrp, "at": "s2", "shared": False}})[:2]
    assert "which VM 'r1' has" in mac + address


def test_teps_that_share_an_address_are_one() -> None:
    pair = {"encap": "vxlan", "shared": True}
    vnid_map = map_of(
        teps={
            "t1": {**pair, "ip": ["192.0.2.1", "192.0.2.100"], "mac": "02:00:00:00:01:01", "router_mac": M1.hex(":")},
            "t2": {**pair, "ip": ["192.0.2.2", "192.0.2.100"], "mac": "02:00:00:00:01:02", "router_mac": M2.hex(":")},
            "t3": {"ip": ["192.0.2.3", "2001:db8::3"], "encap": "vxlan"},
        }
    )
    tep = vnid_map.tep("t2")
    assert tep is not None
    assert tep is vnid_map.tep("t1") is vnid_map.tep("t1+t2") is vnid_map.tep_by_ip(bytes([192, 0, 2, 1]))
    assert (tep.name, tep.ip[3], len(tep.ips), len(tep.macs)) == ("t1+t2", 100, 3, 2)
    assert vnid_map.teps_by_router_mac(M2) == (tep,)
    assert [each.name for each in vnid_map.teps] == ["t1+t2", "t3"]


def test_teps_that_share_an_address_and_do_not_say_so_or_differ() -> None:
    one = {"ip": "192.0.2.1", "encap": "vxlan"}
    assert problems_of(teps={"t1": {**one, "shared": True}, "t2": one}) == [
        "found 192.0.2.1, which TEP 't1' has; expected an address of its own (or both have shared: true)"
    ]
    assert problems_of(teps={"t1": {**one, "shared": True}, "t2": {**one, "shared": True, "mtu": 1500}}) == [
        "found another mtu than that of TEP 't1'; expected the same, as the two share an address"
    ]


def test_an_address_may_be_in_two_vrfs_of_the_underlay() -> None:
    one = {"ip": "192.0.2.1", "encap": "vxlan"}
    vnid_map = map_of(teps={"t1": {**one, "vrf": "east"}, "t2": {**one, "vrf": "west"}})
    assert [tep.name for tep in vnid_map.teps_by_ip(bytes([192, 0, 2, 1]))] == ["t1", "t2"]
    assert vnid_map.encap_between(vnid_map.teps[0], vnid_map.teps[1]) is None


def test_vnids_that_are_no_plain_number() -> None:
    networks = {
        "ovn": {"vnid": {"value": 1, "mask": 0xFFF}},
        "plain": {"vnid": 0x2001 + 1},
        "pods": {"vnid": "any", "identities": {"12345": "shop/web"}},
    }
    vnid_map = map_of(networks=networks, switches={})
    found = {vnid: vnid_map.network(vnid) for vnid in (1, 0x2001, 0x2002, 0x2003, 12345)}
    assert {vnid: network and network.name for vnid, network in found.items()} == {
        1: "ovn",
        0x2001: "ovn",
        0x2002: "plain",
        0x2003: "pods",
        12345: "pods",
    }
    assert found[12345] is not None
    assert found[12345].identities == {12345: "shop/web"}
    assert [network.bits for network in vnid_map.networks] == [VnidBits(1, 0xFFF), VnidBits(0x2002), VnidBits(0, 0)]


@pytest.mark.parametrize(
    ("vnid", "told"),
    [
        ({"value": 0x1001, "mask": 0xFFF}, "bits outside its mask"),
        ({"value": 1}, "the keys 'value' and 'mask'"),
        ({"value": 1, "mask": 0}, "1 or more as mask"),
        ("all", "a whole number"),
        ({"value": 2, "mask": 0xFF}, "may have the same VNIDs"),
    ],
)
def test_vnids_that_are_refused(vnid: object, told: str) -> None:
    networks = {"blue": {"vnid": {"value": 0x102, "mask": 0xFFF}}, "red": {"vnid": vnid}}
    (line,) = problems_of(networks=networks, switches={})
    assert told in line


def test_gateways_vrfs_hosts_and_policies() -> None:
    gateway = {"mac": "00:00:5e:00:01:01", "ip": "10.0.0.254"}
    vnid_map = map_of(
        networks={"blue": {"vnid": BLUE, "gateway": gateway}, "red": {"vnid": RED}},
        vrfs={"tenant": {"l3vni": 50000, "networks": ["blue", "red"]}},
        hosts={"h1": {"teps": ["t1"], "switches": ["s1"]}},
        policies=[{"from": "blue", "to": "red", "both_ways": True, "encap": "vxlan", "pcp": 3}],
    )
    blue, l3vni = vnid_map.network(BLUE), vnid_map.network(50000)
    assert blue is not None
    assert l3vni is not None
    assert (blue.gateway_ips, blue.gateway_macs[0][-1]) == ((ip(254),), 1)
    assert blue.vrf is l3vni.vrf is vnid_map.vrfs[0]
    assert (l3vni.name, l3vni.is_l3, [tep.name for tep in l3vni.teps]) == ("tenant", True, ["t1", "t2"])
    assert (blue.reaches, blue.reached_from) == ((RED,), (RED,))
    (host,) = vnid_map.hosts_of(0)
    assert (host.name, vnid_map.hosts_of(1)) == ("h1", ())
    back = vnid_map.policy(RED, BLUE)
    assert back is not None
    assert (back.encap, back.pcp, back.via) == ("vxlan", 3, None)


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({"vrfs": {"v": {"l3vni": 10, "networks": ["blue"]}}}, "VNID 10, which network 'blue' has"),
        ({"vrfs": {"blue": {"l3vni": 11, "networks": ["blue"]}}}, "'blue', which is the name of a network"),
        ({"vrfs": {"v": {"networks": ["bleu"]}}}, "did you mean 'blue'?"),
        ({"vrfs": {"v": {"networks": ["blue"]}, "w": {"networks": ["blue"]}}}, "'blue', which VRF 'v' has"),
        ({"hosts": {"h": {"teps": ["t9"]}}}, "'t9'; expected the name of a TEP"),
        ({"hosts": {"h": {"switches": ["s1"]}, "i": {"switches": ["s1"]}}}, "'s1', which host 'h' has"),
        ({"policies": [{"from": "blue", "to": "red", "via": "t1"}]}, "a gateway has gateway: true"),
        ({"switches": {"s1": {"tep": "t1"}}}, "a switch without the key 'ports'"),
        ({"switches": {"s1": {"tep": "t1", "ports": {"p": {"10": "blue", "4095": "red"}}}}}, "a VLAN from 1 to 4094"),
        ({"switches": {"s1": {"tep": "t1", "ports": {"p": {}}}}}, "a port without the key 'network'"),
        ({"vms": {"a": {"at": "s1/p"}}}, "a VM without the key 'mac'"),
        ({"vms": {"a": {"mac": "02:00:00:00:00:01"}}}, "a VM without the key 'at'"),
        ({"vms": {"a": {"nics": [{"mac": "02:00:00:00:00:01"}]}}}, "a network card without the key 'at'"),
        ({"vms": {"a": {"mac": "02:00:00:00:00:01", "at": "s1"}}}, "a port of switch 's1'"),
        ({"vms": {"a": {"mac": "02:00:00:00:00:01", "at": "s1/p.10"}}}, "no VLAN, as the port is no trunk"),
    ],
)
def test_mistakes(sections: dict[str, Any], told: str) -> None:
    assert any(told in line for line in problems_of(**sections)), problems_of(**sections)
