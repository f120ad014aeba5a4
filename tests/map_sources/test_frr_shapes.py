"""FRR: shapes of versions other than those of the labs, segments, route targets that are not plain, VLANs, gateways."""

from __future__ import annotations

import pytest
from fabrics import (
    Row,
    addressed,
    bridge,
    gateways,
    heard_vms,
    ip,
    link,
    mac,
    of_rows,
    only,
    ports,
    tep_macs,
    tep_names,
    vrfs,
    vxlan,
)

from dovetool.map_sources.documents import Document
from dovetool.map_sources.sources import source
from dovetool.map_sources.statements import NetworkStatement, Origin, PortStatement, TepStatement, VmStatement

A, B, GATEWAY = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "00:00:5e:00:01:01"


def l2(vni: int, **fields: object) -> Row:
    return {"vni": vni, "type": "L2", "vrf": "default", "vtepIp": "192.0.2.1", **fields}


def path(kind: int, targets: str, hop: str = "192.0.2.2", **fields: object) -> Row:
    community = {"string": targets}
    hops = [{"ip": hop, "afi": "ipv4", "used": True}]
    return {"valid": True, "routeType": kind, "extendedCommunity": community, "nexthops": hops, "peerId": hop, **fields}


def table(*paths: Row) -> Row:
    prefixes = {f"[{number}]": {"prefix": "", "paths": [each]} for number, each in enumerate(paths)}
    return {"bgpTableVersion": 1, "192.0.2.2:2": {"rd": "192.0.2.2:2", **prefixes}, "numPrefix": len(paths)}


@pytest.mark.parametrize(
    "peers",
    [
        {"numRemoteVteps": ["192.0.2.2"]},
        {"numRemoteVteps": 1, "remoteVteps": ["192.0.2.2"]},
        {
            "numRemoteVteps": 2,
            "remoteVteps": [{"ip": "192.0.2.2", "flood": "HER"}, {"ip": "192.0.2.3", "flood": "disabled"}],
        },
    ],
)
def test_peers_as_each_version_has_them(peers: Row) -> None:
    said = of_rows("frr", h1=[[l2(10, **peers)]])
    assert [(each.place.tep, each.vnid) for each in only(said, PortStatement)] == [("h1", 10), (ip("192.0.2.2"), 10)]
    assert tep_names(said) == {ip("192.0.2.1"): "h1"}


def test_a_type_that_is_no_text_is_that_of_no_command() -> None:
    for data in ({"vni": 10100, "type": ["L2"]}, [{"vni": 10100, "type": {}}]):
        assert source("frr").recognise(Document(Origin("v1.json"), data)) is None


def test_one_vni_and_the_list_by_vni() -> None:
    for shape in (l2(10), {"10": l2(10)}, [l2(10)]):
        assert [each.vnid for each in only(of_rows("frr", h1=[shape]), NetworkStatement)] == [10]


def test_tunnel_end_points_of_ipv6_and_none() -> None:
    assert tep_names(of_rows("frr", h1=[[l2(10, vtepIp="2001:db8::1")]])) == {ip("2001:db8::1"): "h1"}
    assert not only(of_rows("frr", h1=[[l2(10, vtepIp="0.0.0.0")]]), TepStatement)


def test_an_l3_vni_names_its_fields_in_another_way() -> None:
    l3 = {"vni": 99, "type": "L3", "localVtepIp": "192.0.2.1", "tenantVrf": "red", "routerMac": A, "l2Vnis": [10, 20]}
    said = of_rows("frr", h1=[[l2(10, vrf="red"), l2(20, tenantVrf="red", vrf=None), l3]])
    assert vrfs(said) == {("red", 99, (10, 20))}
    assert [(each.name, each.router_macs) for each in only(said, TepStatement) if each.router_macs] == [
        ("h1", (mac(A),))
    ]
    assert {each.vnid for each in only(said, NetworkStatement)} == {10, 20}


def test_an_l3_vni_in_short_and_down() -> None:
    short = {
        "99": {"vni": 99, "type": "L3", "tenantVrf": "red", "numRemoteVteps": "n/a"},
        "10": l2(10, tenantVrf="red", vrf=None),
    }
    assert vrfs(of_rows("frr", h1=[short])) == {("red", 99, (10,))}
    down = {
        "vni": 99,
        "type": "L3",
        "tenantVrf": "red",
        "localVtepIp": "0.0.0.0",
        "routerMac": "None",
        "sviIntf": "None",
    }
    said = of_rows("frr", h1=[[l2(10, vrf="red"), down]])
    assert vrfs(said) == {("red", 99, (10,))}
    assert not [each for each in only(said, TepStatement) if each.router_macs]


def test_a_vrf_without_an_l3_vni_routes_at_each_host() -> None:
    said = of_rows("frr", h1=[[l2(10, vrf="red"), l2(20, vrf="red"), l2(30)]])
    assert vrfs(said) == {("red", None, (10, 20))}


def test_a_vrf_with_one_network_names_it() -> None:
    said = of_rows("frr", h1=[[l2(10, vrf="shop"), l2(20, vrf="vrf20"), l2(30)]])
    assert {each.vnid: each.name for each in only(said, NetworkStatement)} == {10: "shop", 20: "", 30: ""}


def test_where_a_vrf_routes_one_leaf_tells_the_gateway() -> None:
    l3 = {"vni": 99, "type": "L3", "tenantVrf": "red", "l2Vnis": [10]}
    devices = [[bridge("br10"), vxlan("vx10", 10, master="br10")], [addressed("br10", A, "10.0.0.254")]]
    assert gateways(of_rows("frr", h1=[[l2(10, vrf="red"), l3], *devices])) == {(10, A, ("10.0.0.254",))}
    assert not gateways(of_rows("frr", h1=[[l2(10)], *devices]))


def test_router_macs_of_next_hops() -> None:
    rmac = {"99": {"numRmacs": 1, A: {"routerMac": A, "vtepIp": "192.0.2.2"}}}
    hops = {"0": {"numNextHops": 1, "::ffff:c000:203": {"nexthopIp": "::ffff:c000:203", "routerMac": B}}}
    said = of_rows("frr", h1=[rmac, hops])
    assert {(each.ips, each.router_macs) for each in only(said, TepStatement)} == {
        ((ip("192.0.2.2"),), (mac(A),)),
        ((ip("192.0.2.3"),), (mac(B),)),
    }


def test_an_ethernet_segment_is_at_several_tunnel_end_points() -> None:
    esi = "03:44:38:39:ff:ff:01:00:00:01"
    macs = {
        "10": {
            "numMacs": 2,
            "macs": {A: {"type": "remote", "remoteEs": esi}, B: {"type": "local", "intf": "bond1", "esi": esi}},
        }
    }
    segments = [{"esi": esi, "type": ["remote"], "vteps": [{"vtep": "192.0.2.2"}, {"vtep": "192.0.2.3"}]}]
    said = of_rows("frr", h1=[macs, segments])
    assert heard_vms(said) == {(10, A): {"192.0.2.2", "192.0.2.3"}}
    assert {each.elsewhere for each in only(said, VmStatement)} == {True}


def test_routes_on_an_ethernet_segment() -> None:
    esi, none = "03:44:38:39:ff:ff:01:00:00:01", "00:00:00:00:00:00:00:00:00:00"
    routes = [path(2, "RT:1:10 ET:8", f"192.0.2.{hop}", mac=A, esi=esi) for hop in (2, 3)]
    vms = only(of_rows("frr", h1=[table(*routes, path(2, "RT:1:10 ET:8", mac=B, esi=none))]), VmStatement)
    assert [(each.place.tep, each.mac, each.elsewhere) for each in vms] == [
        (ip("192.0.2.2"), mac(A), True), (ip("192.0.2.3"), mac(A), True), (ip("192.0.2.2"), mac(B), False),
    ]  # fmt: skip


def test_entries_that_are_no_vms() -> None:
    macs = {
        A: {"type": "local", "intf": "p1", "localInactive": True},
        B: {"type": "auto"},
        GATEWAY: {"type": "remote", "remoteVtep": "192.0.2.2", "defaultGateway": True},
    }
    neighbours = {"numArpNd": 1, "10.0.0.1": {"type": "local", "state": "inactive", "mac": A}}
    said = of_rows("frr", h1=[{"10": {"numMacs": 3, "macs": macs}}, {"10": neighbours}])
    assert not only(said, VmStatement)


def test_a_gateway_that_evpn_tells_of_is_no_vm() -> None:
    macs = {"10": {"numMacs": 1, "macs": {GATEWAY: {"type": "remote", "remoteVtep": "192.0.2.2"}}}}
    devices = [[bridge("br10"), vxlan("vx10", 10, master="br10")], [addressed("br10", GATEWAY, "10.0.0.254")]]
    said = of_rows("frr", h1=[macs, *devices, table(path(2, "RT:1:10 ET:8", mac=GATEWAY))])
    assert not only(said, VmStatement)
    assert gateways(said) == {(10, GATEWAY, ("10.0.0.254",))}


def test_neighbours_alone_place_vms_too() -> None:
    rows = {
        "numArpNd": 2,
        "10.0.0.1": {"type": "remote", "state": "active", "mac": A, "remoteVtep": "192.0.2.2", "remoteSequence": 3},
        "10.0.0.2": {"type": "local", "state": "active", "mac": B},
    }
    said = only(of_rows("frr", h1=[{"10": rows}]), VmStatement)
    assert [(each.place.tep, each.ips, each.sequence) for each in said] == [
        (ip("192.0.2.2"), (ip("10.0.0.1"),), 3),
        ("h1", (ip("10.0.0.2"),), 0),
    ]


def test_vms_of_a_host_without_a_name_and_an_address() -> None:
    macs = {"10": {"numMacs": 1, "macs": {A: {"type": "local", "intf": "p1"}}}}
    assert [each.place.tep for each in only(of_rows("frr", **{"": [macs]}), VmStatement)] == ["this host"]
    assert [each.place.tep for each in only(of_rows("frr", **{"": [macs, [l2(10)]]}), VmStatement)] == [ip("192.0.2.1")]


def test_vlans_of_a_port_make_a_trunk_of_it() -> None:
    macs = {
        "10": {"macs": {A: {"type": "local", "intf": "p1", "vlan": 10}}},
        "20": {"macs": {B: {"type": "local", "intf": "p1", "vlan": 20}}},
    }
    links = [
        bridge("br0", aware=True),
        vxlan("vx", 0, master="br0", data={"external": True}),
        link("p1", "veth", master="br0"),
    ]
    said = only(of_rows("frr", h1=[macs, links]), VmStatement)
    assert {(each.vnid, each.place.port, each.place.vlan) for each in said} == {(10, "p1", 10), (20, "p1", 20)}
    alone = only(of_rows("frr", h1=[{"10": macs["10"]}, links]), VmStatement)
    assert [(each.place.port, each.place.vlan) for each in alone] == [("p1", None)]


def test_one_device_for_all_vnis_as_show_interface_has_it() -> None:
    interfaces = {
        "bridge": {"interfaceType": "Bridge", "bridgeVlanAware": True, "hardwareAddress": A, "ipAddresses": []},
        "vxlan0": {"interfaceType": "Vxlan", "vtepIp": "192.0.2.1", "masterInterface": "bridge",
                   "vxlanId": {"101": {"accessVlanId": 1}, "100": {"accessVlanId": 100}}},
        "vlan100": {"interfaceType": "Vlan", "vlanId": 100, "parentInterface": "bridge", "hardwareAddress": GATEWAY,
                    "ipAddresses": [{"address": "10.0.0.254/24"}, {"address": "fe80::1/64"}]},
        "p1": {"interfaceType": "VETH", "masterInterface": "bridge", "ipAddresses": [], "hardwareAddress": B},
        "lo": {"interfaceType": "Other", "type": "Loopback", "ipAddresses": [{"address": "127.0.0.1/8"}]},
    }  # fmt: skip
    vlans = [{"ifname": "p1", "vlans": [{"vlan": 100, "flags": ["PVID", "Egress Untagged"]}]}]
    said = of_rows("frr", h1=[interfaces, vlans])
    assert ports(said) == {("h1", "p1", None, 100)}
    assert gateways(said) == {(100, GATEWAY, ("10.0.0.254", "fe80::1"))}
    assert tep_names(said) == {ip("192.0.2.1"): "h1"}


@pytest.mark.parametrize(
    ("targets", "network"),
    [
        ("RT:65000:10 ET:8", 10),
        ("ET:8 RT:65000:10 RT:65000:99 Rmac:02:00:00:00:00:01", 10),
        ("RT:65000:99 RT:65000:10 ET:8 Rmac:02:00:00:00:00:01", 10),
        ("RT:65000:268435466 ET:8", 10),  # RFC 8365: type 1 in the upper bits
        ("RT:192.0.2.9:20 ET:8 MM:7", 20),
        ("RT:777:888 ET:8", 30),  # told by `show bgp l2vpn evpn vni`
        ("RT:65000:4000000000 ET:8", None),
        ("ET:8", None),
        ("RT:65000:10 ET:10", None),  # MPLS
    ],
)
def test_the_network_of_a_route_is_in_its_targets(targets: str, network: int | None) -> None:
    routes = table(path(3, "RT:65000:10 ET:8"), path(5, "RT:65000:99 ET:8"), path(2, targets, mac=A, ip="10.0.0.1"))
    told = {
        "advertiseAllVnis": "Enabled",
        "30": {"vni": 30, "type": "L2", "importRTs": ["777:888"], "exportRTs": ["777:888"]},
    }
    vms = only(of_rows("frr", h1=[routes, told]), VmStatement)
    assert [(each.vnid, each.guessed, each.sequence) for each in vms] == (
        [] if network is None else [(network, "", 7 if "MM:7" in targets else 0)]
    )


def test_two_targets_of_which_nothing_tells_more_are_a_guess() -> None:
    vms = only(of_rows("frr", h1=[table(path(2, "RT:1:10 RT:1:20 ET:8", mac=A))]), VmStatement)
    assert [(each.vnid, "1:10, 1:20" in each.guessed) for each in vms] == [(10, True)]


def test_paths_that_are_not_valid_say_nothing() -> None:
    said = of_rows("frr", h1=[table(path(2, "RT:1:10", mac=A, valid=False), path(3, "RT:1:10", valid=None))])
    assert not said


def test_router_macs_and_encapsulations_of_routes() -> None:
    said = of_rows("frr", h1=[table(path(5, "RT:1:99 ET:19 Rmac:02:00:00:00:00:0a", ip="10.0.0.0", ipLen=24))])
    teps = only(said, TepStatement)
    assert [each.encaps for each in teps if each.encaps] == [("geneve",)]
    assert [each.router_macs for each in teps if each.router_macs] == [(mac(A),)]
    assert not tep_macs(said)["192.0.2.2"]
