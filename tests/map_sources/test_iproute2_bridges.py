"""iproute2: bridges with and without VLANs, their devices, old shapes of the outputs, and what is left over in them."""

from __future__ import annotations

import pytest
from fabrics import (
    Row,
    addressed,
    bridge,
    entry,
    gateways,
    heard_vms,
    ip,
    link,
    mac,
    of_rows,
    only,
    own_vms,
    ports,
    remote,
    tep_macs,
    tep_names,
    vrfs,
    vxlan,
)

from dovetool.errors import MapSourceError
from dovetool.map_sources.statements import NetworkStatement, PortStatement, TepStatement, VmStatement

A, B, C = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:0c"
UNDERLAY = addressed("eth0", "02:00:00:00:01:01", "192.0.2.1")
UNTAGGED, TAGGED = ["PVID", "Egress Untagged"], list[str]()
FILTERING = [
    bridge("br0", aware=True),
    vxlan("vx10", 10010, master="br0"),
    vxlan("vx20", 10020, master="br0"),
    link("acc", "veth", master="br0"),
    link("trunk", "veth", master="br0"),
    link("both", "veth", master="br0"),
]
VLANS: list[Row] = [
    {"ifname": "vx10", "vlans": [{"vlan": 10, "flags": UNTAGGED}]},
    {"ifname": "vx20", "vlans": [{"vlan": 20, "flags": UNTAGGED}]},
    {"ifname": "acc", "vlans": [{"vlan": 10, "flags": UNTAGGED}]},
    {"ifname": "trunk", "vlans": [{"vlan": 1, "flags": UNTAGGED}, {"vlan": 2, "vlanEnd": 100, "flags": TAGGED}]},
    {"ifname": "both", "vlans": [{"vlan": 20, "flags": UNTAGGED}, {"vlan": 10}]},
]
PLACES = {
    ("h1", "acc", None, 10010),
    ("h1", "trunk", 10, 10010),
    ("h1", "trunk", 20, 10020),
    ("h1", "both", 0, 10020),
    ("h1", "both", 10, 10010),
}
LEARNT = [
    entry(A, "acc", master="br0", vlan=10),
    entry(A, "trunk", master="br0", vlan=20),
    entry(B, "both", master="br0", vlan=20),
    entry(C, "both", master="br0", vlan=10),
    entry("02:00:00:00:00:01", "trunk", master="br0", state="permanent"),
]


def test_a_device_for_each_vlan() -> None:
    said = of_rows("iproute2", h1=[FILTERING, VLANS, LEARNT])
    assert ports(said) == PLACES
    vms = {(each.vnid, each.mac): (each.place.port, each.place.vlan) for each in only(said, VmStatement)}
    assert vms == {
        (10010, mac(A)): ("acc", None),
        (10020, mac(A)): ("trunk", 20),
        (10020, mac(B)): ("both", 0),
        (10010, mac(C)): ("both", 10),
    }


def test_one_device_for_all_vlans() -> None:
    links = [*FILTERING[:1], vxlan("vx", 0, master="br0", data={"external": True, "vnifilter": True}), *FILTERING[3:]]
    tunnels = [{"ifname": "vx", "tunnels": [{"vlan": 10, "tunid": 10010}, {"vlan": 20, "tunid": 10020}]}]
    told = [
        remote(B, "vx", "192.0.2.2", src_vni=10020),
        entry(B, "vx", master="br0", vlan=20),
        remote(A, "vx", "192.0.2.3", src_vni=10010),  # left over: A is at acc
        remote("00:00:00:00:00:00", "vx", "192.0.2.2", src_vni=10010),
    ]
    said = of_rows("iproute2", h1=[links, VLANS[2:], tunnels, [*told, *LEARNT[:2]], [UNDERLAY]])
    assert ports(said) == PLACES
    assert heard_vms(said) == {(10020, B): {"192.0.2.2"}}
    assert {each.vnid for each in only(said, NetworkStatement)} == {10010, 10020}


def test_ranges_of_vlans_and_vnis() -> None:
    links = [bridge("br0", aware=True), vxlan("vx", 0, master="br0", data={"external": True}), *FILTERING[3:4]]
    tunnels = [{"ifname": "vx", "tunnels": [{"vlan": 10, "vlanEnd": 12, "tunid": 10010, "tunidEnd": 10012}]}]
    vlans = [{"ifname": "acc", "vlans": [{"vlan": 9, "vlanEnd": 4094}]}]
    said = of_rows("iproute2", h1=[links, tunnels, vlans])
    assert ports(said) == {("h1", "acc", vlan, 10000 + vlan) for vlan in (10, 11, 12)}


def test_a_filter_that_lets_every_vni_in_is_no_list_of_networks() -> None:
    links = [vxlan("vx", 0, data={"external": True, "vnifilter": True})]
    vnis = [{"ifname": "vx", "vnis": [{"vni": 1, "vniEnd": 0xFFFFFF}]}]
    said = of_rows("iproute2", h1=[links, vnis, [remote(A, "vx", "192.0.2.2", src_vni=77)]])
    assert [each.vnid for each in only(said, NetworkStatement)] == [77]


def test_a_range_of_vlans_without_vnis_for_all_is_refused() -> None:
    tunnels = [{"ifname": "vx", "tunnels": [{"vlan": 10, "vlanEnd": 12, "tunid": 0xFFFFFF}]}]
    with pytest.raises(
        MapSourceError, match=r"^h1/0: \[0\]\.tunnels\[0\]\.tunid: VLANs 10 to 12 would have VNIs above"
    ):
        of_rows("iproute2", h1=[tunnels])


def test_vlans_as_old_versions_print_them() -> None:
    old = {each["ifname"]: each["vlans"] for each in VLANS}
    assert ports(of_rows("iproute2", h1=[FILTERING, old])) == PLACES


def test_a_vlan_that_only_goes_out_untagged_takes_nothing_in() -> None:
    vlans = [
        *VLANS[:2],
        {"ifname": "acc", "vlans": [{"vlan": 10, "flags": UNTAGGED}, {"vlan": 20, "flags": ["Egress Untagged"]}]},
    ]
    assert ports(of_rows("iproute2", h1=[FILTERING[:4], vlans])) == {("h1", "acc", None, 10010)}


def test_vlan_devices_as_ports_are_a_trunk() -> None:
    links = [
        bridge("br-blue"),
        bridge("br-red"),
        vxlan("vx10", 10010, master="br-blue"),
        vxlan("vx20", 10020, master="br-red"),
        link("eth1.10", "vlan", master="br-blue", link="eth1", data={"id": 10}),
        link("eth1", master="br-red"),
    ]
    learnt = [entry(A, "eth1.10", master="br-blue"), entry(B, "eth1", master="br-red")]
    said = of_rows("iproute2", h1=[links, learnt])
    assert ports(said) == {("h1", "eth1", 10, 10010), ("h1", "eth1", 0, 10020)}
    assert {key: vm.at for key, vm in own_vms(said).items()} == {(10010, A): ("h1", "eth1"), (10020, B): ("h1", "eth1")}
    assert {each.name for each in only(said, NetworkStatement)} == {"br-blue", "br-red"}


def test_old_names_of_fields_and_rows_of_nothing() -> None:
    links = [{}, bridge("br0"), {}, vxlan("vx10", 10, master="br0"), link("p1", "veth", master="br0")]
    rows = [{}, {"mac": A, "dev": "p1", "flags": [], "master": "br0", "state": ""},
            {"mac": B, "dev": "vx10", "dst": "192.0.2.2", "flags": ["self"], "state": ""}]  # fmt: skip
    said = of_rows("iproute2", h1=[links, rows])
    assert own_vms(said)[10, A].at == ("h1", "p1")
    assert heard_vms(said) == {(10, B): {"192.0.2.2"}}


def test_a_device_with_its_own_address_on_the_bridge_is_a_vm() -> None:
    links = [
        bridge("br0", address="02:00:00:00:00:01"),
        vxlan("vx10", 10, master="br0"),
        link("p1", "veth", master="br0"),
    ]
    addresses = [UNDERLAY, addressed("br0", "02:00:00:00:00:01", "10.0.0.1")]
    learnt = [
        entry("02:00:00:00:00:01", "br0", master="br0", state="permanent"),
        remote("02:00:00:00:00:01", "vx10", "192.0.2.9"),  # nobody else is the bridge
    ]
    neighbours = [{"dst": "10.0.0.7", "dev": "br0", "lladdr": A, "state": ["STALE"]},
                  {"dst": "10.0.0.8", "dev": "br0", "state": ["FAILED"]}]  # fmt: skip
    said = of_rows("iproute2", h1=[links, addresses, [*learnt, entry(A, "p1", master="br0")], neighbours])
    vms = {each.name: each for each in only(said, VmStatement)}
    assert set(vms) == {"h1-br0", ""}
    assert (vms["h1-br0"].place.port, vms["h1-br0"].ips) == ("br0", (ip("10.0.0.1"),))
    assert vms[""].ips == (ip("10.0.0.7"),)
    assert not gateways(said)


def test_a_gateway_by_its_ip_address_or_by_its_kind_of_mac_address() -> None:
    def host(number: int, address: str) -> list[object]:
        links = [bridge("br0"), vxlan("vx10", 10, f"192.0.2.{number}", master="br0")]
        return [
            links,
            [
                addressed("br0", address, "10.0.0.254"),
                addressed("eth0", f"02:00:00:00:01:0{number}", f"192.0.2.{number}"),
            ],
        ]

    said = of_rows("iproute2", h1=host(1, "02:00:00:00:00:01"), h2=host(2, "02:00:00:00:00:02"))
    assert gateways(said) == {(10, f"02:00:00:00:00:0{number}", ("10.0.0.254",)) for number in (1, 2)}
    assert gateways(of_rows("iproute2", h1=host(1, "00:00:5e:00:01:0a"))) == {
        (10, "00:00:5e:00:01:0a", ("10.0.0.254",))
    }
    assert not gateways(of_rows("iproute2", h1=host(1, "02:00:00:00:00:01")))


def test_an_anycast_device_on_a_vlan_device() -> None:
    """As Cumulus Linux has it: vlan10 has an address of its own, vlan10-v0 that of the gateway."""

    def host(number: int) -> list[object]:
        links = [
            *FILTERING,
            link("vlan10", "vlan", link="br0", data={"id": 10}),
            link("vlan10-v0", "macvlan", link="vlan10"),
        ]
        own = addressed("vlan10", f"02:00:00:00:02:0{number}", f"10.0.0.{number}")
        return [links, VLANS, [own, addressed("vlan10-v0", "44:38:39:ff:00:10", "10.0.0.254")]]

    assert gateways(of_rows("iproute2", h1=host(1))) == {(10010, "44:38:39:ff:00:10", ("10.0.0.254",))}
    said = of_rows("iproute2", h1=host(1), h2=host(2))
    assert gateways(said) == {(10010, "44:38:39:ff:00:10", ("10.0.0.254",))}
    assert {(each.vnid, each.name) for each in only(said, VmStatement)} == {(10010, "h1-vlan10"), (10010, "h2-vlan10")}


def test_vrfs_and_the_vnid_of_what_they_route() -> None:
    links = [
        link("tenant", "vrf"),
        *[bridge(f"br{vni}", master="tenant", address=f"02:00:00:00:00:{vni}") for vni in (10, 20, 99)],
        *[vxlan(f"vx{vni}", vni, master=f"br{vni}") for vni in (10, 20, 99)],
        *[link(f"p{vni}", "veth", master=f"br{vni}") for vni in (10, 20)],
    ]
    addresses = [addressed(f"br{vni}", f"02:00:00:00:00:{vni}", f"10.0.{vni}.1") for vni in (10, 20)]
    learnt = [remote("02:00:00:00:00:98", "vx99", "192.0.2.2"), entry(A, "p10", master="br10")]
    said = of_rows("iproute2", h1=[links, addresses, learnt])
    assert vrfs(said) == {("tenant", 99, (10, 20))}
    routers = {(each.name, each.ips): each for each in only(said, TepStatement) if each.router_macs}
    assert routers["h1", ()].router_macs == (mac("02:00:00:00:00:99"),)
    assert routers["", (ip("192.0.2.2"),)].router_macs == (mac("02:00:00:00:00:98"),)
    assert all(each.guessed for each in routers.values())
    assert {each.vnid for each in only(said, NetworkStatement)} == {10, 20}
    assert {each.vnid for each in only(said, VmStatement)} == {10}
    assert gateways(said) == {(vni, f"02:00:00:00:00:{vni}", (f"10.0.{vni}.1",)) for vni in (10, 20)}


def test_two_devices_in_one_bridge_are_said_to_be() -> None:
    links = [
        bridge("br0"),
        vxlan("vx1", 1, master="br0"),
        vxlan("vx2", 2, master="br0"),
        link("p1", "veth", master="br0"),
    ]
    said = of_rows("iproute2", h1=[links])
    assert ports(said) == {("h1", "p1", None, 1)}
    assert {each.vnid: bool(each.guessed) for each in only(said, NetworkStatement)} == {1: False, 2: True}


def test_an_address_that_two_hosts_have_is_shared() -> None:
    hosts = {
        f"h{number}": [
            [vxlan("vx1", 1, "192.0.2.100")],
            [
                addressed("lo", "", "192.0.2.100") | {"link_type": "loopback"},
                addressed("eth0", f"02:00:00:00:01:0{number}", f"192.0.2.{number}"),
            ],
        ]
        for number in (1, 2)
    }
    said = of_rows("iproute2", **hosts)
    assert {(each.name, each.shared) for each in only(said, TepStatement)} == {("h1", True), ("h2", True)}
    assert tep_macs(said)["192.0.2.100"] == {"02:00:00:00:01:01", "02:00:00:00:01:02"}


def test_a_device_without_an_address_sends_from_the_one_under_it() -> None:
    links = [vxlan("vx1", 1, "", data={"group": "239.1.1.1", "link": "eth0", "local": None})]
    said = of_rows("iproute2", h1=[links, [UNDERLAY]])
    assert tep_names(said) == {ip("192.0.2.1"): "h1"}


def test_who_takes_part_is_told_once() -> None:
    """h1 has a port in network 10, and none in 20; of h2 only the address is known, and of h3 a VM without its port."""
    links = [vxlan(f"vx{vni}", vni, master=f"br{vni}") for vni in (10, 20)]
    lists = [remote("00:00:00:00:00:00", f"vx{vni}", f"192.0.2.{host}") for vni in (10, 20) for host in (1, 2, 3)]
    own = [bridge("br10"), bridge("br20"), *links, link("p1", "veth", master="br10")]
    said = of_rows("iproute2", h1=[own, [*lists, remote(A, "vx10", "192.0.2.3")]])
    unnamed = {(each.place.tep, each.vnid) for each in only(said, PortStatement) if not each.place.port}
    assert unnamed == {("h1", 20), *((ip(f"192.0.2.{host}"), vni) for host in (2, 3) for vni in (10, 20))}


def test_without_a_name_the_host_is_its_address() -> None:
    links = [bridge("br0"), vxlan("vx1", 1, master="br0"), link("p1", "veth", master="br0")]
    said = of_rows("iproute2", **{"": [links, [entry(A, "p1", master="br0")]]})
    assert [each.place for each in only(said, VmStatement)] == [(ip("192.0.2.1"), "", "p1", None)]


def test_many_uplinks_are_a_guess() -> None:
    loopback = addressed("lo", "", "192.0.2.1") | {"link_type": "loopback"}
    uplinks = [addressed(f"eth{number}", f"02:00:00:00:01:0{number}", f"198.51.100.{number}") for number in (1, 2)]
    said = of_rows("iproute2", h1=[[vxlan("vx1", 1)], [loopback, *uplinks]])
    found = [each for each in only(said, TepStatement) if each.macs]
    assert [(len(each.macs), "lo" in each.guessed) for each in found] == [(2, True)]
