"""iproute2: what hosts of real labs say, held against what was built. The outputs are as the kernel gave them."""

from __future__ import annotations

import json

import pytest
from fabrics import (
    DATA,
    gateways,
    heard_vms,
    ip,
    of_folder,
    of_rows,
    only,
    own_vms,
    ports,
    tep_macs,
    tep_names,
    true_vms,
)

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document
from dovetool.map_sources.gathering import gather
from dovetool.map_sources.sources import chosen, source
from dovetool.map_sources.statements import (
    HostStatement,
    NetworkStatement,
    Origin,
    PortStatement,
    Prefix,
    TepStatement,
    VmStatement,
)

EVPN, LINUX = DATA / "frr" / "evpn", DATA / "linux"
RED, BLUE, MOVED, R1 = 10100, 10200, "02:00:00:aa:00:0a", "02:00:00:aa:00:01"


@pytest.mark.parametrize("when", ["before", "after"])
def test_every_vm_is_where_it_was_put(when: str) -> None:
    said = of_folder("iproute2", EVPN / when)
    truth = true_vms(EVPN / "truth.json", after=when == "after")
    assert own_vms(said) == truth
    assert heard_vms(said) == {key: {vm.at[0]} for key, vm in truth.items()}


@pytest.mark.parametrize("when", ["before", "after"])
def test_tunnel_end_points_have_the_addresses_of_the_underlay(when: str) -> None:
    said = of_folder("iproute2", EVPN / when)
    assert tep_names(said) == {ip(f"192.0.2.{number}"): f"v{number}" for number in (1, 2, 3)}
    assert tep_macs(said) == {f"192.0.2.{number}": {f"02:00:00:00:01:0{number}"} for number in (1, 2, 3)}
    assert {each.encaps for each in only(said, TepStatement) if not each.macs} == {("vxlan",)}


def test_what_all_hosts_answer_for_is_the_gateway() -> None:
    assert gateways(of_folder("iproute2", EVPN / "before")) == {
        (vnid, "00:00:5e:00:01:fe", ("10.1.0.254", "fe80::fe")) for vnid in (RED, BLUE)
    }


def test_ports_are_in_networks_with_and_without_vms() -> None:
    assert ports(of_folder("iproute2", EVPN / "before")) == {
        ("v1", "p-r1", None, RED), ("v1", "p-rm", None, RED), ("v1", "p-b1", None, BLUE),
        ("v2", "p-r2", None, RED), ("v2", "p-rm2", None, RED), ("v2", "p-b2", None, BLUE),
        ("v3", "p-r3", None, RED), ("v3", "p-b3", None, BLUE), ("v3", "p-bm", None, BLUE),
    }  # fmt: skip


def test_a_left_over_entry_does_not_bring_a_vm_back() -> None:
    """After the move the VXLAN device of v2 still has the old place, and its bridge the new one."""
    said = of_folder("iproute2", EVPN / "after")
    assert (RED, MOVED) in own_vms(said)
    assert heard_vms(said)[RED, MOVED] == {"v2"}


def test_networks_flood_and_have_no_name_of_numbers() -> None:
    networks = [each for each in only(of_folder("iproute2", EVPN / "before"), NetworkStatement) if not each.gateway_mac]
    assert {(each.vnid, each.name, each.floods) for each in networks} == {(RED, "", True), (BLUE, "", True)}


def test_ipv6_and_an_address_on_the_loopback() -> None:
    said = of_folder("iproute2", DATA / "frr" / "ipv6" / "static")
    assert tep_macs(said) == {f"2001:db8:ffff::{each}": {f"02:00:00:00:06:0{each}"} for each in (1, 2)}
    truth = true_vms(DATA / "frr" / "ipv6" / "truth.json", after=False)
    assert own_vms(said) == truth
    assert heard_vms(said) == {key: {vm.at[0]} for key, vm in truth.items()}


@pytest.mark.parametrize(("when", "port", "tep"), [("before", "tapA100", "v1"), ("after", "tapA100", "v2")])
def test_a_bridge_that_learns_by_flooding(when: str, port: str, tep: str) -> None:
    """Only VXLAN devices are in this `ip link`; ports are known by `ip addr` and by the forwarding table."""
    said = of_folder("iproute2", LINUX / "migrate" / when)
    vms = {key: vm.at for key, vm in own_vms(said).items()}
    assert vms[100, "02:cc:00:00:00:0a"] == (tep, port)
    assert vms[200, "02:cc:00:00:00:0a"] == ("v1", "tapA200")
    assert vms[100, "02:cc:00:00:00:0b"] == ("v3", "tapB100")
    assert all(teps == {vms[key][0]} for key, teps in heard_vms(said).items())


def test_a_multicast_group_in_the_place_of_copies() -> None:
    said = of_folder("iproute2", LINUX / "mcast")
    assert {(each.vnid, each.group) for each in only(said, NetworkStatement)} == {(100, ip_group("239.1.1.100"))}
    assert not [each for each in only(said, PortStatement) if not each.place.port]


def ip_group(text: str) -> bytes:
    return bytes(map(int, text.split(".")))


def test_a_device_without_a_bridge_is_a_vm_with_networks_behind_it() -> None:
    """flannel: the nodes' VXLAN devices speak for their pods."""
    said = of_folder("iproute2", LINUX / "flannel")
    assert {(each.vnid, each.name) for each in only(said, NetworkStatement)} == {(1, "flannel")}
    assert {(each.name, each.ips) for each in only(said, VmStatement) if each.is_local} == {
        (f"node-{node}-flannel.1", (ip(f"10.244.{number}.0"),)) for number, node in enumerate("abc")
    }
    assert {(each.place.tep, each.prefixes) for each in only(said, VmStatement) if not each.is_local} == {
        (ip(f"172.20.0.1{number + 1}"), (Prefix(ip(f"10.244.{number}.0"), 24),)) for number in range(3)
    }
    assert {tuple(each.ports.items()) for each in only(said, TepStatement) if each.encaps} == {(("vxlan", 8472),)}
    assert tep_macs(said) == {f"172.20.0.1{each}": {f"02:42:ac:14:00:0{'abcd'[each]}"} for each in (1, 2, 3)}


def test_a_device_of_another_namespace_sends_from_the_host() -> None:
    said = of_folder("iproute2", LINUX / "namespaces")
    assert tep_names(said) == {ip(f"2001:db8:0:1::{each}"): f"h{each}" for each in (1, 2)}
    places = {(each.vnid, each.place) for each in only(said, VmStatement) if each.is_local}
    assert places == {(vnid, (ip("2001:db8:0:1::1"), f"t{vnid}a", "vx", None)) for vnid in (100, 200)}
    hosts = {(each.name, each.teps, each.switches) for each in only(said, HostStatement)}
    assert hosts == {("h1", ("h1",), (f"t{vnid}a",)) for vnid in (100, 200)}
    heard = [each for each in only(said, VmStatement) if not each.is_local]
    assert {(each.vnid, each.ips) for each in heard} == {
        (vnid, (ip("10.0.0.2"), ip("fd00:10::2"))) for vnid in (100, 200)
    }


def test_all_kinds_of_devices_and_entries() -> None:
    said = of_folder("iproute2", LINUX / "kinds")
    networks = {each.vnid: each for each in only(said, NetworkStatement)}
    assert set(networks) == {1, 100, 200, 300, *range(1000, 1011), 2000, 0xFFFFFF}
    assert (networks[200].group, networks[2000].group) == (ip_group("239.1.1.200"), ip_group("239.1.1.1"))
    vms = {(each.vnid, each.mac.hex(":"), each.place.tep) for each in only(said, VmStatement) if not each.is_local}
    assert vms == {
        (100, "02:cc:00:00:00:0a", ip("192.0.2.2")),
        (100, "02:cc:00:00:00:0b", ip("192.0.2.3")),
        (999, "02:cc:00:00:00:0c", ip("192.0.2.4")),  # `vni 999`
        (300, "02:cc:00:00:00:0a", ip("2001:db8:0:1::2")),
        (1, "02:cc:00:00:00:0a", ip("192.0.2.7")),
        (1000, "02:cc:00:00:00:0e", ip("192.0.2.5")),  # `src_vni 1000`
        (100, "02:cc:00:00:00:0f", ip("192.0.2.2")),  # `nhid 10`, a group of two
        (100, "02:cc:00:00:00:0f", ip("192.0.2.3")),
    }
    assert {each.elsewhere for each in only(said, VmStatement) if each.mac[-1] == 0x0F} == {True}
    assert {each.ports["vxlan"] for each in only(said, TepStatement) if each.ports} == {8472, 4791, 4799}
    assert all("UDP ports 4789, 4791, 4799, 8472" in each.guessed for each in only(said, TepStatement) if each.guessed)


def test_the_commands_of_a_host() -> None:
    commands = list(source("iproute2").live_commands())
    assert ("ip", "-j", "-d", "link") in commands
    assert ("bridge", "-j", "vlan", "tunnelshow") in commands


def test_outputs_one_after_the_other_in_a_file() -> None:
    folder = EVPN / "before" / "v1"
    outputs = [json.loads((folder / f"{name}.json").read_text()) for name in ("ip-link", "ip-addr", "bridge-fdb")]
    together = Document(Origin("all", host="v1"), outputs, is_named=True, values=3)
    said = gather(chosen("iproute2"), [together]).statements
    assert {key for key, vm in own_vms(said).items() if vm.at[0] == "v1"} == {(RED, MOVED), (RED, R1), (BLUE, R1)}


def test_a_forwarding_table_alone_has_no_vnids() -> None:
    rows = [{"mac": R1, "ifname": "vx1", "dst": "192.0.2.2", "flags": ["self"], "state": ""}]
    with pytest.raises(MapSourceError, match=r"^h1/0: \[0\]\.ifname: nothing tells the VNI of vx1; expected `ip -j -d"):
        of_rows("iproute2", h1=[rows])
