"""The source `ovn` on the tables of labs that ran: what it says is what was set up, before, during and after a move."""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

import pytest
from ovn_lab import LABS, documents, mac, networks, said, teps, vms, vrfs

from dovetool.map_sources.gathering import gather
from dovetool.map_sources.ovn.source import Ovn
from dovetool.map_sources.statements import PortStatement

TRUTH: dict[str, Any] = json.loads((LABS / "geneve" / "truth.json").read_text())
BEGAN_NS = 1_795_916_270_421_000_000
"""When the chassis c3 had set up the interface of the VM that moved: a moment before OVN said that all was done."""


def where(host: str, snapshot: str) -> list[tuple[str, str]]:
    """The TEP and port of a VM in a snapshot; the one that moves is at both places during that."""
    places = [(place["tep"], place["port"]) for place in TRUTH["hosts"][host]["at"]]
    return places if snapshot == "during" else places[:1] if snapshot == "before" else places[-1:]


@pytest.mark.parametrize("snapshot", ["before", "during", "after"])
def test_vms_are_what_was_set_up(snapshot: str) -> None:
    found = vms(said(f"geneve/{snapshot}"))
    assert set(found) == set(TRUTH["hosts"])
    for name, true in TRUTH["hosts"].items():
        ips = {ip_address(text).packed for text in true["ip"] if not text.startswith("fe80")}  # no table has those
        assert {(each.vnid, each.mac, frozenset(each.ips)) for each in found[name]} == {
            (true["vnid"], mac(true["mac"]), frozenset(ips))
        }
        assert [(each.place.tep, each.place.port) for each in found[name]] == where(name, snapshot)
        assert all(each.is_local and each.elsewhere == (len(found[name]) > 1) for each in found[name])


@pytest.mark.parametrize("snapshot", ["before", "during", "after"])
def test_teps_have_the_mac_of_the_interface_that_tunnels_leave_by(snapshot: str) -> None:
    found = teps(said(f"geneve/{snapshot}"))
    true = TRUTH["teps"].items()
    assert found == {name: ((ip_address(tep["ip"]).packed,), (mac(tep["mac"]),), ("geneve",)) for name, tep in true}


def test_networks_have_names_vnids_and_gateways() -> None:
    found = networks(said("geneve/before"))
    assert {each.name: each.vnid for each in found} == TRUTH["networks"]
    assert all(each.mask is None for each in found)
    assert {each.name for each in found if each.floods} == {"ls-db"}  # where a port has the addresses `unknown`
    legs = TRUTH["router"]["ports"].values()
    assert {(each.name, each.gateway_mac, each.gateway_ips) for each in found if each.gateway_mac} == {
        (leg["network"], mac(leg["mac"]), (ip_address(leg["ip"].partition("/")[0]).packed,)) for leg in legs
    }


def test_a_router_is_a_vrf_without_a_vnid_of_its_own() -> None:
    found = vrfs(said("geneve/before"))
    assert {name: (vrf.l3vni, vrf.vnids) for name, vrf in found.items()} == {"lr0": (None, (3, 4))}


def test_the_second_place_of_a_migration_has_the_time_it_was_ready() -> None:
    first, second = vms(said("geneve/during"))["redm"]
    assert (first.from_ns, second.from_ns) == (None, BEGAN_NS)


def test_vxlan_packs_the_port_above_the_network() -> None:
    before = said("vxlan/before")
    assert {each.name: (each.vnid, each.mask) for each in networks(before) if not each.gateway_mac} == {
        name: (vnid, 0xFFF) for name, vnid in TRUTH["networks"].items()
    }
    assert {encaps for _, _, encaps in teps(before).values()} == {("vxlan",)}
    assert {name: [each.place.tep for each in found] for name, found in vms(before).items()} == {
        name: [where(name, "before")[0][0]] for name in TRUTH["hosts"]
    }


def test_where_both_are_known_all_tunnels_are_geneve() -> None:
    source = Ovn()
    both = [each for each in documents("geneve/before") if "Encap" not in each.origin.file]
    chassis, encap = (
        next(each for each in documents("both") if name in each.origin.file) for name in ("Chassis", "Encap")
    )
    kept = [each for each in both if "Chassis" not in each.origin.file and source.recognise(each)]
    ports = [each for each in kept if "Port_Binding" not in each.origin.file]
    found = list(source.statements([(str(source.recognise(each)), each) for each in (*ports, chassis, encap)]))
    assert {encaps for _, _, encaps in teps(found).values()} == {("geneve", "vxlan")}
    assert {each.mask for each in networks(found)} == {None}


def test_a_dump_says_what_lists_say() -> None:
    """One file of `ovsdb-client dump` for each database and switch, against one of `list` for each table."""
    kinds = gather([Ovn()], documents("vxlan/before")).kinds
    assert kinds == {("ovn", "OVN_Southbound"): 1, ("ovn", "OVN_Northbound"): 1, ("ovn", "Open_vSwitch"): 3}
    dumped, listed = said("vxlan/before"), said("geneve/before")
    assert [name for name in teps(dumped) if teps(dumped)[name][:2] != teps(listed)[name][:2]] == []
    assert {
        name: [each._replace(origin=each.origin) for each in found] for name, found in vms(dumped).items()
    }.keys() == (vms(listed).keys())
    for name, found in vms(listed).items():
        assert [(each[1:6], set(each.ips)) for each in vms(dumped)[name]] == [
            (each[1:6], set(each.ips)) for each in found
        ]


def test_gateways_of_all_kinds() -> None:
    """A router with a gateway chassis, one that is on one chassis, and a network between them."""
    found = said("gateways")
    named = {each.vnid: each.name for each in networks(found)}
    assert named == {1: "ls-red", 2: "ls-blue", 3: "ls-web", 4: "ls-db", 5: "lr0", 6: "ls-pub", 7: "ls-join"} | {
        9: "ls-ext",
        10: "ls-phys",
    }
    gateways = sorted((each.vnid, each.gateway_mac[-1]) for each in networks(found) if each.gateway_mac)
    assert gateways == [(3, 2), (4, 3), (5, 4), (6, 4), (7, 5)]
    assert {name: vrf.vnids for name, vrf in vrfs(found).items()} == {"lr0": (3, 4, 5, 6, 7)}


def test_ports_that_are_no_vms_are_left_out() -> None:
    found = said("gateways")
    others = {"meta", "phys-ln", "vip", "unbound1", "cr-lr0-pub", "lr0-web", "web-lr0"}
    assert not others & set(vms(found))


def test_gateways_bring_their_chassis_into_networks() -> None:
    ports = [each for each in said("gateways") if isinstance(each, PortStatement)]
    assert {(each.place.tep, each.place.port, each.vnid) for each in ports} == {("c3", "cr-lr0-pub", 5)}


def test_a_router_on_one_chassis_is_there_with_what_is_behind_it() -> None:
    found = vms(said("gateways"))
    for name, port, vnid, ip, behind in (
        ("gr1-join", "join-gr1", 7, "100.64.0.2", "10.5.0.0/24"),
        ("gr1-ext", "ext-gr1", 9, "10.5.0.1", "100.64.0.0/24 10.2.0.0/24 10.3.0.0/24 10.4.0.0/24"),
    ):
        (leg,) = found[name]
        prefixes = {f"{ip_address(each.address)}/{each.length}" for each in leg.prefixes}
        assert (leg.place.tep, leg.place.port, leg.vnid) == ("c2", port, vnid)
        assert (leg.ips, prefixes) == ((ip_address(ip).packed,), set(behind.split()))


def test_a_port_within_a_port_is_in_its_vlan() -> None:
    found = vms(said("gateways"))
    assert [(each.place.port, each.place.vlan) for each in found["cont1"]] == [("red1", 42)]
    assert [(each.place.port, each.place.vlan) for each in found["red1"]] == [("red1", 0)]
    assert [(each.place.port, each.place.vlan) for each in found["red2"]] == [("red2", None)]


def test_port_security_lets_a_vm_use_more_addresses() -> None:
    (found,) = vms(said("gateways"))["red2"]
    own = {ip_address(text).packed for text in ("10.1.0.2", "fd00:1::2", "10.1.0.200")}
    assert (set(found.ips), [(ip_address(each.address), each.length) for each in found.prefixes]) == (
        own,
        [(ip_address("10.250.0.0"), 16)],
    )
