"""FRR: what vtysh says in real labs, held against what was built: EVPN, a move, routing between networks, IPv6."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from fabrics import (
    DATA,
    gateways,
    heard_vms,
    ip,
    mac,
    of_folder,
    of_rows,
    only,
    own_vms,
    ports,
    tep_macs,
    tep_names,
    true_vms,
    vrfs,
)

from dovetool.map_sources.sources import source
from dovetool.map_sources.statements import NetworkStatement, PortStatement, TepStatement, VmStatement, VrfStatement

FRR = DATA / "frr"
EVPN, IRB, IPV6, OUTPUTS = FRR / "evpn", FRR / "irb", FRR / "ipv6", FRR / "outputs"
RED, BLUE, MOVED = 10100, 10200, "02:00:00:aa:00:0a"
TEPS = {ip(f"192.0.2.{number}"): f"v{number}" for number in (1, 2, 3)}


def output(name: str) -> object:
    """An output of v2 after the move."""
    return json.loads((OUTPUTS / f"{name}.json").read_text())


@pytest.mark.parametrize("when", ["before", "after"])
def test_every_vm_is_where_it_was_put(when: str) -> None:
    said = of_folder("frr", EVPN / when)
    truth = true_vms(EVPN / "truth.json", after=when == "after")
    assert own_vms(said) == truth
    assert heard_vms(said) == {key: {vm.at[0]} for key, vm in truth.items()}


@pytest.mark.parametrize("when", ["before", "after"])
def test_tunnel_end_points_networks_and_gateways(when: str) -> None:
    said = of_folder("frr", EVPN / when)
    assert tep_names(said) == TEPS
    assert tep_macs(said) == {f"192.0.2.{number}": {f"02:00:00:00:01:0{number}"} for number in (1, 2, 3)}
    assert {each.vnid for each in only(said, NetworkStatement)} == {RED, BLUE}
    assert {each.floods for each in only(said, NetworkStatement) if not each.gateway_mac} == {True}
    assert gateways(said) == {(vnid, "00:00:5e:00:01:fe", ("10.1.0.254", "fe80::fe")) for vnid in (RED, BLUE)}
    assert not only(said, VrfStatement)


def test_ports_without_vms_are_known_from_the_devices() -> None:
    assert ("v2", "p-rm2", None, RED) in ports(of_folder("frr", EVPN / "before"))


def test_a_move_is_counted() -> None:
    vms = only(of_folder("frr", EVPN / "after"), VmStatement)
    assert {each.sequence for each in vms if each.vnid == RED and each.mac == mac(MOVED)} == {1}
    assert {each.sequence for each in vms if each.mac != mac(MOVED)} == {0}


def test_one_host_tells_of_all_it_has_heard(tmp_path: Path) -> None:
    """A host that is left out is known by its address, and by what it has told the others."""
    for host in ("v1", "v2"):
        shutil.copytree(EVPN / "before" / host, tmp_path / host)
    said = of_folder("frr", tmp_path)
    assert tep_names(said) == {address: name for address, name in TEPS.items() if name != "v3"}
    assert heard_vms(said)[BLUE, MOVED] == {"192.0.2.3"}
    assert tep_macs(said)["192.0.2.3"] == {"02:00:00:00:01:03"}


def test_what_bgp_alone_says() -> None:
    said = of_rows("frr", v2=[output("bgp-evpn")])
    assert {(each.place.tep, each.vnid) for each in only(said, PortStatement)} == {
        (ip(f"192.0.2.{number}"), vnid) for number in (1, 3) for vnid in (RED, BLUE)
    }
    truth = true_vms(EVPN / "truth.json", after=True)
    elsewhere = {key: {f"192.0.2.{vm.at[0][1]}"} for key, vm in truth.items() if vm.at[0] != "v2"}
    assert heard_vms(said) == elsewhere
    own = [each for each in only(said, VmStatement) if each.is_local]
    assert {each.place.tep for each in own} == {"v2"}
    assert {each.sequence for each in own if each.mac == mac(MOVED)} == {1}
    assert {each.ips for each in own if each.mac == mac(MOVED)} == {(), (ip("10.1.0.10"),), (ip("fd00:1::10"),)}
    assert not tep_names(said)  # what a host says of its own may be a router ID


def test_the_same_routes_with_another_nesting() -> None:
    routes = [of_rows("frr", v2=[output(name)]) for name in ("bgp-evpn", "bgp-evpn-route")]
    plain = [[each._replace(origin=routes[0][0].origin) for each in said] for said in routes]
    assert plain[0] == plain[1]


def test_details_and_interfaces_say_the_same_as_what_has_less() -> None:
    """`show interface` in the place of `ip`; the MAC table with details, which has the neighbours too."""
    names = ("interface", "evpn-mac-detail", "evpn-vni", "bgp-evpn-vni")
    said = of_rows("frr", v2=[output(name) for name in names])
    truth = true_vms(EVPN / "truth.json", after=True)
    assert own_vms(said) == {key: vm for key, vm in truth.items() if vm.at[0] == "v2"}
    assert tep_names(said) == {ip("192.0.2.2"): "v2"}
    assert tep_macs(said)["192.0.2.2"] == {"02:00:00:00:01:02"}
    assert ("v2", "p-rm2", None, RED) in ports(said)
    assert gateways(said) == {(vnid, "00:00:5e:00:01:fe", ("10.1.0.254", "fe80::fe")) for vnid in (RED, BLUE)}


def test_router_ids_are_no_tunnel_end_points() -> None:
    """FRR 8.4 over IPv6 tells its peers router IDs for next hops, which zebra has no use for."""
    said = of_folder("frr", IPV6 / "frr-only")
    assert tep_names(said) == {ip(f"2001:db8:ffff::{number}"): f"v{number}" for number in (1, 2)}
    assert all(len(each) == 16 for tep in only(said, TepStatement) for each in tep.ips)
    truth = true_vms(IPV6 / "truth.json", after=False)
    assert own_vms(said) == truth
    assert not heard_vms(said)


def test_the_commands_of_a_host() -> None:
    commands = list(source("frr").live_commands())
    assert ("vtysh", "-c", "show evpn vni detail json") in commands
    assert ("ip", "-j", "-d", "link") in commands


@pytest.mark.parametrize("when", ["before", "after"])
def test_routing_through_an_l3_vni(when: str) -> None:
    """`show interface` in the place of `ip`, and L3 VNIs in every output."""
    said = of_folder("frr", IRB / when)
    truth = true_vms(IRB / "truth.json", after=when == "after")
    assert own_vms(said) == truth
    assert heard_vms(said) == {key: {vm.at[0]} for key, vm in truth.items()}
    assert vrfs(said) == {("default", 4001, (RED, BLUE))}
    assert {each.vnid for each in only(said, NetworkStatement)} == {RED, BLUE}
    assert gateways(said) == {
        (vnid, "00:00:5e:00:01:fe", (f"10.{number}.0.254", "fe80::fe")) for number, vnid in ((1, RED), (2, BLUE))
    }
    routers = [each for each in only(said, TepStatement) if each.router_macs]
    names = tep_names(said)
    assert {(each.name or names[each.ips[0]], each.router_macs) for each in routers} == {
        (f"v{number}", (mac(f"02:00:00:00:40:0{number}"),)) for number in (1, 2, 3)
    }
    assert tep_macs(said) == {f"192.0.2.{number}": {f"02:00:00:00:01:0{number}"} for number in (1, 2, 3)}
