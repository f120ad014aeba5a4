"""Places, names and addresses of logical ports, where the labs have no such case: their rows, with a change."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest
from ovn_lab import Cells, changed, documents, mac, networks, teps, vms, vrfs

from dovetool.map_sources.documents import Document
from dovetool.map_sources.ovn.source import Ovn
from dovetool.map_sources.statements import Origin, PortStatement, Statement, TepStatement

UUID = "0f7c3d1e-5a0b-4d0e-9a59-0242ac120002"


def ips(*texts: str) -> tuple[bytes, ...]:
    return tuple(ip_address(text).packed for text in texts)


def with_cells(table: str, column: str, name: str, /, **cells: object) -> list[Statement]:
    """What is said when one row of a table, found by a name in a column, has other values."""
    return changed("geneve/before", table, lambda rows: [row | cells if row[column] == name else row for row in rows])


def port(name: str, /, **cells: object) -> list[Statement]:
    return with_cells("Port_Binding", "logical_port", name, **cells)


def without(table: str) -> list[Statement]:
    """What is said without a table."""
    source = Ovn()
    kept = [
        (source.recognise(each), each) for each in documents("geneve/before") if f"-{table}." not in each.origin.file
    ]
    return list(source.statements([(kind, each) for kind, each in kept if kind is not None]))


def test_a_port_that_nobody_has_is_nowhere() -> None:
    assert "red1" not in vms(port("red1", chassis=["set", []]))


def test_a_dynamic_address_is_in_the_northbound_alone() -> None:
    assert [each.ips for each in vms(without("Logical_Switch_Port"))["web2"]] == [()]
    found = vms(
        with_cells("Logical_Switch_Port", "name", "web2", dynamic_addresses="02:00:00:bb:00:12 10.2.0.9 fd00::9")
    )
    assert [each.ips for each in found["web2"]] == [ips("10.2.0.9", "fd00::9")]
    only = vms(port("web2", mac="dynamic"))
    assert [(each.mac, each.ips) for each in only["web2"]] == [(mac("02:00:00:bb:00:12"), ips("10.2.0.2"))]


def test_an_unknown_port_has_what_was_learnt_there() -> None:
    (found,) = vms(without("MAC_Binding"))["dbu"]
    assert (found.mac, found.ips) == (mac("02:00:00:cc:00:99"), ())
    for each in without("FDB"):
        if isinstance(each, PortStatement):
            assert (each.place.tep, each.place.port, each.vnid) == ("c1", "p-dbu", 4)
            break
    else:
        pytest.fail("nothing is said of a port whose VM nobody knows")


def test_an_unknown_port_may_have_an_address_too_and_more_than_one_mac() -> None:
    def two(rows: list[Cells]) -> list[Cells]:
        return [*rows, rows[0] | {"_uuid": ["uuid", UUID], "mac": "02:00:00:cc:00:98"}]

    assert sorted(each.mac[-1] for each in vms(changed("geneve/before", "FDB", two))["dbu"]) == [0x98, 0x99]
    both = vms(port("dbu", mac=["set", ["02:00:00:cc:00:97 10.3.0.97", "unknown"]]))["dbu"]
    assert {each.mac[-1]: each.ips for each in both} == {0x97: ips("10.3.0.97"), 0x99: ips("10.3.0.99")}


def test_macs_of_no_station_are_left_out() -> None:
    for strange in ("00:00:00:00:00:00", "01:00:5e:00:00:01"):
        assert "red1" not in vms(port("red1", mac=f"{strange} 10.1.0.1", port_security=["set", []]))


def test_addresses_of_no_host_are_left_out() -> None:
    allowed = "02:00:00:aa:00:01 10.1.0.1 0.0.0.0/0 ::/0 255.255.255.255 224.0.0.18 10.9.0.0/16 10.8.0.1/16"
    (found,) = vms(port("red1", port_security=["set", [allowed, "VRRPv3 02:00:00:aa:00:01", "02:00:00:aa:00:55"]]))[
        "red1"
    ]
    assert found.ips == ips("10.1.0.1", "fd00:1::1", "10.8.0.1")
    assert [str(ip_address(each.address)) for each in found.prefixes] == ["10.9.0.0"]


def test_a_virtual_address_is_its_present_owners() -> None:
    """OVN lets an address of the type `virtual` move between ports (VRRP)."""

    def claimed(rows: list[Cells]) -> list[Cells]:
        chassis = next(row["chassis"] for row in rows if row["logical_port"] == "red2")
        own = {"chassis": chassis, "virtual_parent": "red2"}
        return [row | own if row["logical_port"] == "vip" else row for row in rows]

    found = vms(changed("gateways", "Port_Binding", claimed))
    assert "vip" not in found
    assert ip_address("10.1.0.77").packed in found["red2"][0].ips
    assert ip_address("10.1.0.77").packed not in found["red1"][0].ips


def test_names_of_neutron_are_taken_where_they_are_unique() -> None:
    named = ["map", [["neutron:port_name", "shop"]]]
    assert "shop" in vms(port("red1", external_ids=named))
    assert "shop" not in vms(
        changed("geneve/before", "Port_Binding", lambda rows: [row | {"external_ids": named} for row in rows])
    )
    friendly = ["map", [["logical-switch", UUID], ["name", f"neutron-{UUID}"], ["name2", "red"]]]
    found = networks(
        changed("geneve/before", "Datapath_Binding", lambda rows: [rows[0] | {"external_ids": friendly}, *rows[1:]])
    )
    assert next(each.name for each in found) == "red"


def test_a_network_without_a_name_has_that_of_the_northbound() -> None:
    """The columns `type` and `nb_uuid` are those of later versions."""

    def nameless(rows: list[Cells]) -> list[Cells]:
        return [row | {"external_ids": ["map", row["external_ids"][1][:1]]} for row in rows]

    assert {each.name for each in networks(changed("geneve/before", "Datapath_Binding", nameless))} == {
        "ls-red",
        "ls-blue",
        "ls-web",
        "ls-db",
    }


def test_a_chassis_whose_id_is_a_uuid_goes_by_its_host_name() -> None:
    found = with_cells("Chassis", "name", "c1", name=UUID)
    assert {"c1.example", "c2", "c3"} == set(teps(found))
    assert vms(found)["red1"][0].place.tep == "c1.example"
    assert UUID in teps(with_cells("Chassis", "name", "c1", name=UUID, hostname=""))


def test_the_switch_of_a_chassis_is_found_without_its_id() -> None:
    """By the name of its folder; else by the ports that it has."""
    expected = mac("02:00:00:00:02:01")
    assert teps(without("Open_vSwitch"))["c1"][1] == (expected,)
    source = Ovn()
    kept = [
        each for each in documents("geneve/before") if source.recognise(each) and "Open_vSwitch" not in each.origin.file
    ]
    moved = [each._replace(origin=each.origin._replace(host=f"x-{each.origin.host}")) for each in kept]
    assert teps(source.statements([(str(source.recognise(each)), each) for each in moved]))["c1"][1] == (expected,)


def test_only_interfaces_at_the_bridge_of_ovn_are_its_ports() -> None:
    own = ["map", [["system-id", "c1"], ["ovn-bridge", "br-phy"]]]
    found = vms(changed("geneve/before", "Open_vSwitch", lambda rows: [row | {"external_ids": own} for row in rows]))
    assert found["red1"][0].place.port == "red1"


def test_a_tunnel_that_leaves_by_no_port_of_the_switch_tells_no_mac() -> None:
    away = ["map", [["tunnel_egress_iface", "bond0"]]]
    found = changed("geneve/before", "Interface", lambda rows: [row | {"status": away} for row in rows])
    assert {macs for _, macs, _ in teps(found).values()} == {()}


def test_a_tunnel_may_leave_by_a_link_of_the_kernel() -> None:
    """Its MAC address is in `ip -j link` of the host; links of other hosts have the same name."""
    source = Ovn()
    kept: list[tuple[str, Document]] = []
    for each in documents("geneve/before"):
        data = each.data
        if Path(each.origin.file).name == "ovs-Interface.json":
            names, status = data["headings"].index("name"), data["headings"].index("status")
            for row in data["data"]:
                if row[status] != ["set", []] and "tunnel_egress_iface" in str(row[status]):
                    row[status] = ["map", [["tunnel_egress_iface", "bond0"]]]
            assert "br-phy" in {row[names] for row in data["data"]}
        kept.append((str(source.recognise(each)), each))
    for host, last in (("c1", 1), ("c2", 2)):
        links = [{}, {"ifname": "bond0", "link_type": "ether", "address": f"02:00:00:00:0b:0{last}"}]
        document = Document(Origin(f"{host}/link", host=host), links)
        kept.append((str(source.recognise(document)), document))
    found = teps(source.statements([(kind, each) for kind, each in kept if kind != "None"]))
    expected = {"c1": (mac("02:00:00:00:0b:01"),), "c2": (mac("02:00:00:00:0b:02"),), "c3": ()}
    assert {name: macs for name, (_, macs, _) in found.items()} == expected


def test_tunnels_to_others_than_chassis_tell_no_mac() -> None:
    other = ["map", [["remote_ip", "203.0.113.1"]]]
    found = changed("geneve/before", "Interface", lambda rows: [row | {"options": other} for row in rows])
    assert {macs for _, macs, _ in teps(found).values()} == {()}


def test_addresses_and_ports_of_encapsulations() -> None:
    def more(rows: list[Cells]) -> list[Cells]:
        first = rows[0] | {"ip": "192.0.2.100", "options": ["map", [["is_default", "true"], ["dst_port", "6082"]]]}
        return [first, *rows[1:]]

    found = changed("geneve/before", "Encap", more)
    assert ips("192.0.2.100") in {addresses for addresses, _, _ in teps(found).values()}
    assert {"geneve": 6082} in [dict(each.ports) for each in found if isinstance(each, TepStatement)]


def test_a_gateway_of_another_make_packs_no_ports() -> None:
    own = ["map", [["is-vtep", "true"]]]
    found = changed("vxlan/before", "Chassis", lambda rows: [row | {"other_config": own} for row in rows])
    assert {each.mask for each in networks(found)} == {None}


def test_a_key_beyond_twelve_bits_is_whole() -> None:
    found = changed(
        "vxlan/before",
        "Datapath_Binding",
        lambda rows: [row | {"tunnel_key": row["tunnel_key"] + 4096} for row in rows],
    )
    assert {each.mask for each in networks(found)} == {None}


def test_what_is_switched_off_does_not_route() -> None:
    found = with_cells("Logical_Router", "name", "lr0", enabled=False)
    assert (vrfs(found), [each for each in networks(found) if each.gateway_mac]) == ({}, [])
    found = with_cells("Logical_Router_Port", "name", "lr0-db", enabled=False)
    assert (vrfs(found), [each.name for each in networks(found) if each.gateway_mac]) == ({}, ["ls-web"])


def test_a_router_with_ipv6_has_its_link_local_address() -> None:
    found = networks(port("lr0-db", mac="02:00:00:00:ff:03 10.3.0.1/24 fd00:3::1/64"))
    assert [each.gateway_ips for each in found if each.gateway_mac and each.name == "ls-db"] == [
        ips("10.3.0.1", "fd00:3::1", "fe80::ff:fe00:ff03")
    ]


def test_routers_that_meet_are_one_vrf_but_where_the_network_leads_outside() -> None:
    """Two tenants, each with a router at the provider's network, have no way between them inside the overlay."""

    def everywhere(rows: list[Cells]) -> list[Cells]:
        return [row | ({"type": "patch"} if row["type"] == "l3gateway" else {}) for row in rows]

    def at_the_provider(rows: list[Cells]) -> list[Cells]:
        join = next(row["datapath"] for row in rows if row["logical_port"] == "join-lr0")
        return [row | ({"datapath": join} if row["logical_port"] == "phys-ln" else {}) for row in everywhere(rows)]

    together = vrfs(changed("gateways", "Port_Binding", everywhere))
    assert {name: vrf.vnids for name, vrf in together.items()} == {"lr0": (3, 4, 5, 6, 7, 9)}
    apart = vrfs(changed("gateways", "Port_Binding", at_the_provider))
    assert {name: vrf.vnids for name, vrf in apart.items()} == {"lr0": (3, 4, 5, 6)}
