"""From statements to a map: what is one, what contradicts, what is guessed, and what time says of moves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.map_sources.assembly.assemble import assemble
from dovetool.map_sources.assembly.told import Told
from dovetool.map_sources.statements import (
    HostStatement,
    NameStatement,
    NetworkStatement,
    Origin,
    Place,
    PolicyStatement,
    PortStatement,
    Prefix,
    Statement,
    TepStatement,
    VmStatement,
    VrfStatement,
)
from dovetool.vnid_map.file.draft import settled
from dovetool.vnid_map.file.load import parse
from dovetool.vnid_map.file.writing import entry_data, text_of

T1, T2, T3 = (second * 1_000_000_000 for second in (1, 2, 3))
TIMES = {T1: "1970-01-01T00:00:01Z", T2: "1970-01-01T00:00:02Z", T3: "1970-01-01T00:00:03Z"}
HERE, THERE = Origin("a.json", "rows.1", "v1"), Origin("b.json", "rows.7", "v2")
RED, BLUE = 10100, 10200


def ip(last: int) -> bytes:
    return bytes([10, 0, 0, last])


def mac(last: int) -> bytes:
    return bytes([2, 0, 0, 0, 0, last])


def underlay(last: int) -> bytes:
    return bytes([192, 0, 2, last])


def tep(number: int, *, shared: bool = False) -> TepStatement:
    origin = Origin("teps", host=f"v{number}")
    return TepStatement(origin, f"v{number}", (underlay(number),), encaps=("vxlan",), shared=shared)


TEPS = [tep(1), tep(2), tep(3)]
NETWORKS = [NetworkStatement(HERE, RED, "red"), NetworkStatement(HERE, BLUE, "blue")]


def vm(name: str, place: Place, *, vnid: int = RED, origin: Origin = HERE, **more: Any) -> VmStatement:  # noqa: ANN401
    return VmStatement(origin, vnid, place, name, mac(1), is_local=True)._replace(**more)


def made(*statements: Statement, teps: bool = True) -> tuple[Told, dict[str, dict[str, Any]]]:
    """What came of statements: what is said beside the map, and its sections. It loads, without anything left out."""
    told = assemble([*(TEPS if teps else []), *NETWORKS, *statements])
    result = settled(told.draft)
    assert result.left_out == []
    assert parse(text_of(result.model, result.notes).encode(), "map") == result.model
    sections = ("networks", "teps", "switches", "vms", "vrfs", "hosts")
    return told, {
        key: {name: entry_data(entry) for name, entry in getattr(result.model, key).items()} for key in sections
    }


def test_teps_are_joined_by_name_and_by_address() -> None:
    told, found = made(
        TepStatement(HERE, "x", (underlay(9),), (mac(9),), encaps=("geneve",)),
        TepStatement(THERE, "", (underlay(9), underlay(10)), router_macs=(mac(8),), guessed="heard"),
        TepStatement(THERE, "x", encaps=("vxlan", "geneve"), ports={"vxlan": 8472}),
        teps=False,
    )
    assert found["teps"] == {
        "x": {
            "ip": ["192.0.2.9", "192.0.2.10"], "mac": "02:00:00:00:00:09", "router_mac": "02:00:00:00:00:08",
            "encap": ["geneve", "vxlan"], "ports": {"vxlan": 8472},
        }
    }  # fmt: skip
    assert told.guesses == []


def test_a_tep_that_is_an_address_alone_is_made_and_guessed() -> None:
    told, found = made(vm("r1", Place(underlay(9)), is_local=False))
    assert found["teps"]["tep-192.0.2.9"] == {"ip": "192.0.2.9", "encap": ["vxlan"]}
    assert found["vms"]["r1"]["at"] == "tep-192.0.2.9/red"
    assert list(map(str, told.guesses)) == [
        "switches tep-192.0.2.9 ports red: the source names no port",
        "teps tep-192.0.2.9: known by its address alone",
    ]
    assert told.draft.notes["teps", "tep-192.0.2.9"] == ["guessed: known by its address alone"]


def test_teps_with_one_address_share_it() -> None:
    both = tep(2)._replace(ips=(underlay(1),), shared=True)
    told, found = made(tep(1, shared=True), both, vm("r1", Place(underlay(1)), is_local=False), teps=False)
    assert {name: entry["shared"] for name, entry in found["teps"].items()} == {"v1": True, "v2": True}
    assert found["vms"]["r1"]["at"] == ["v1/red", "v2/red"]
    assert (told.contradictions, len(told.guesses)) == ([], 2)
    told, found = made(tep(1), both._replace(shared=False), teps=False)
    assert list(map(str, told.guesses)) == ["teps v1: v2 has 192.0.2.1 too", "teps v2: v1 has 192.0.2.1 too"]
    assert all(entry["shared"] for entry in found["teps"].values())


@pytest.mark.parametrize(
    ("one", "other"),
    [({"macs": (mac(1),)}, {"macs": (mac(1),), "name": "other"}), ({}, {"name": "v1.example"})],
)
def test_two_names_of_one_tep_are_one(one: dict[str, Any], other: dict[str, Any]) -> None:
    statements = tep(1)._replace(**one), tep(1)._replace(**other)
    _, found = made(*statements, vm("r1", Place(str(other["name"]), port="p")), teps=False)
    assert list(found["teps"]) == ["v1"]
    assert found["vms"]["r1"]["at"] == "v1/p"


def test_a_name_is_that_of_a_mac_address_in_its_network() -> None:
    """It comes before what else the VM is called, and says nothing of a place."""
    place = Place("v1", port="p")
    names = [NameStatement(THERE, RED, mac(1), "web"), NameStatement(THERE, RED, mac(9), "nobody")]
    told, found = made(*names, vm("", place), vm("other", place, vnid=BLUE), vm("pod", Place("v2"), mac=mac(2)))
    assert {name: entry["at"] for name, entry in found["vms"].items()} == {
        "web": "v1/p", "other": "v1/p-blue", "pod": "v2/red",
    }  # fmt: skip
    assert told.left_out == ["b.json, rows.7: VM nobody: nobody says where 02:00:00:00:00:09 is"]
    _, found = made(NameStatement(THERE, RED, mac(1), "web"), vm("tap1", place))
    assert list(found["vms"]) == ["web"]


def test_vms_of_a_tep_without_an_address_are_left_out_and_told() -> None:
    told, found = made(vm("r1", Place("v9", port="p")), vm("r2", Place("v9", port="q"), mac=mac(2)))
    assert "v9" not in found["teps"]
    assert not found["vms"]
    assert told.left_out == [
        "a.json, rows.1: r1 and 1 more VMs of TEP 'v9' are left out: no address of the TEP is told"
    ]


def test_one_name_or_one_mac_in_a_network_is_one_vm() -> None:
    _, found = made(
        vm("r1", Place("v1", port="p"), ips=(ip(1),)),
        vm("", Place("v1"), ips=(ip(2),), is_local=False),
        vm("r1", Place("v1", port="p"), mac=b"", ips=(b"\xfd" + bytes(15),), prefixes=(Prefix(ip(0), 24),)),
        VmStatement(HERE, RED, Place("v1"), ips=(ip(2), ip(3))),
        vm("b1", Place("v1", port="q"), vnid=BLUE, ips=(ip(1),)),
    )
    assert found["vms"] == {
        "r1": {
            "mac": "02:00:00:00:00:01", "ip": ["10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::", "10.0.0.0/24"],
            "at": "v1/p",
        },
        "b1": {"mac": "02:00:00:00:00:01", "ip": ["10.0.0.1"], "at": "v1/q"},
    }  # fmt: skip


def test_two_names_that_turn_out_to_be_one() -> None:
    told, found = made(
        vm("r1", Place("v1", port="p"), mac=b"", ips=(ip(1),)),
        vm("x", Place("v1", port="p"), ips=(ip(2),)),
        vm("r1", Place("v1", port="p")),
    )
    assert found["vms"] == {"r1": {"mac": "02:00:00:00:00:01", "ip": ["10.0.0.1", "10.0.0.2"], "at": "v1/p"}}
    assert told.draft.notes["vms", "r1"] == ["also called x"]


def test_several_cards() -> None:
    _, found = made(
        vm("r1", Place("v1", port="p"), ips=(ip(1),)),
        vm("r1", Place("v1", port="q"), mac=mac(2), ips=(ip(2),)),
        vm("r2", Place("v1", port="x"), mac=mac(3)),
        vm("r2", Place("v1", port="x"), mac=mac(4)),
    )
    assert found["vms"] == {
        "r1": {
            "nics": [
                {"mac": "02:00:00:00:00:01", "ip": ["10.0.0.1"], "at": "v1/p"},
                {"mac": "02:00:00:00:00:02", "ip": ["10.0.0.2"], "at": "v1/q"},
            ]
        },
        "r2": {"mac": ["02:00:00:00:00:03", "02:00:00:00:00:04"], "at": "v1/x"},
    }


def test_names_are_made_stable_and_unique() -> None:
    told, found = made(
        vm("", Place("v1", port="p")),
        vm("", Place("v1", port="q"), vnid=BLUE),
        vm("", Place("v1", port="p"), mac=b"", ips=(ip(9),)),
        vm("same", Place("v1", port="p"), mac=mac(2)),
        vm("same", Place("v1", port="q"), vnid=BLUE, mac=mac(2)),
        vm("", Place("v2", port="p"), vnid=7, mac=mac(3)),
        NetworkStatement(HERE, 8, "red"),
        NetworkStatement(HERE, RED, "also"),
    )
    assert list(found["vms"]) == [
        "vm-02-00-00-00-00-03", "vm-02-00-00-00-00-01", "same", "vm-10.0.0.9", "vm-02-00-00-00-00-01-blue",
        "same-blue",
    ]  # fmt: skip
    assert list(found["networks"]) == ["vnid-7", "red", "red-10100", "blue"]
    assert told.draft.notes["networks", "red-10100"] == ["also called red, also"]


def test_local_beats_remote_and_a_later_move_an_earlier_one() -> None:
    stale = vm("", Place("v1", port="p"), sequence=0)
    _, found = made(stale, vm("r1", Place("v2"), is_local=False, sequence=9))
    assert found["vms"]["r1"]["at"] == "v1/p"
    told, found = made(stale, vm("r1", Place("v2", port="q"), sequence=1))
    assert found["vms"]["r1"]["at"] == "v2/q"
    assert told.contradictions == []


def test_a_vm_at_two_places_is_a_contradiction_with_both_origins() -> None:
    told, found = made(vm("r1", Place("v1", port="p")), vm("r1", Place("v2", port="q"), origin=THERE))
    assert told.contradictions == ["VM r1 is at TEP v1 port p and at TEP v2 port q (a.json, rows.1; b.json, rows.7)"]
    assert found["vms"]["r1"]["at"] == ["v1/p", "v2/q"]
    assert told.draft.notes["vms", "r1"] == ["contradiction: several places at once are told"]


@pytest.mark.parametrize("more", [{"elsewhere": True}, {"shared": True}, {"from_ns": T1}])
def test_several_places_at_once_that_are_none(more: dict[str, Any]) -> None:
    told, found = made(vm("r1", Place("v1", port="p"), **more), vm("r1", Place("v2", port="q"), **more))
    assert told.contradictions == []
    assert [str(place).count("/") for place in found["vms"]["r1"]["at"]] == [1, 1]


def test_an_address_of_two_vms_is_a_contradiction() -> None:
    told, found = made(
        vm("r1", Place("v1", port="p"), ips=(ip(1),)),
        vm("r2", Place("v2"), mac=mac(2), ips=(ip(1), ip(2)), origin=THERE, is_local=False),
    )
    assert told.contradictions == ["10.0.0.1 is that of VM r1, and of VM r2 (a.json, rows.1; b.json, rows.7)"]
    assert (found["vms"]["r1"]["ip"], found["vms"]["r2"]["ip"]) == (["10.0.0.1"], ["10.0.0.2"])


def test_an_address_that_is_shared_is_none() -> None:
    told, found = made(
        vm("r1", Place("v1", port="p"), ips=(ip(1),), shared=True),
        vm("r2", Place("v2", port="p"), ips=(ip(1),), shared=True),
    )
    assert told.contradictions == []
    assert all(each["shared"] and each["ip"] == ["10.0.0.1"] for each in found["vms"].values())
    assert len(found["vms"]) == 2


def at(moment: int | None, statement: VmStatement) -> VmStatement:
    return statement._replace(origin=statement.origin._replace(taken_ns=moment))


def test_who_is_elsewhere_in_a_later_snapshot_has_moved_between() -> None:
    told, found = made(at(T1, vm("r1", Place("v1", port="p"))), at(T2, vm("r1", Place("v2", port="q"), origin=THERE)))
    assert found["vms"]["r1"]["at"] == [{"port": "v1/p", "until": TIMES[T2]}, {"port": "v2/q", "from": TIMES[T1]}]
    assert told.draft.notes["vms", "r1"] == [f"moved between {TIMES[T1]} and {TIMES[T2]}"]
    assert told.contradictions == []


def test_what_the_source_knows_of_the_time_is_taken() -> None:
    told, found = made(
        at(T1, vm("r1", Place("v1", port="p"))),
        at(T3, vm("r1", Place("v2", port="q"), from_ns=T2)),
    )
    assert found["vms"]["r1"]["at"] == [{"port": "v1/p", "until": TIMES[T3]}, {"port": "v2/q", "from": TIMES[T2]}]
    assert ("vms", "r1") not in told.draft.notes


def test_there_and_back() -> None:
    first, second = Place("v1", port="p"), Place("v2", port="q")
    _, found = made(at(T1, vm("r1", first)), at(T2, vm("r1", second)), at(T3, vm("r1", first)))
    assert found["vms"]["r1"]["at"] == [
        {"port": "v1/p", "until": TIMES[T2]},
        {"port": "v2/q", "from": TIMES[T1], "until": TIMES[T3]},
        {"port": "v1/p", "from": TIMES[T2]},
    ]


def test_who_appears_or_vanishes_between_snapshots() -> None:
    place, other = Place("v1", port="p"), vm("r3", Place("v1", port="x"), mac=mac(3))
    told, found = made(
        at(T1, vm("r1", place)), at(T2, vm("r2", place, mac=mac(2))), at(T1, other), at(T2, other), at(T3, other)
    )
    assert found["vms"]["r1"]["at"] == {"port": "v1/p", "until": TIMES[T2]}
    assert found["vms"]["r2"]["at"] == {"port": "v1/p", "from": TIMES[T1], "until": TIMES[T3]}
    assert found["vms"]["r3"]["at"] == "v1/x"
    assert told.draft.notes["vms", "r1"] == [f"vanished between {TIMES[T1]} and {TIMES[T2]}"]


def test_silence_of_a_host_that_was_not_asked_says_nothing() -> None:
    """Two hosts whose files were taken one after the other are not two states of the network."""
    _, found = made(
        at(T1, vm("r1", Place("v1", port="p"))),
        at(T2, vm("r2", Place("v2", port="q"), mac=mac(2), origin=THERE)),
        at(T2, vm("r1", Place("v1"), origin=THERE, is_local=False)),
    )
    assert {name: each["at"] for name, each in found["vms"].items()} == {"r1": "v1/p", "r2": "v2/q"}


def test_what_has_no_time_holds_always() -> None:
    always = vm("r1", Place("v1", port="p"), sequence=1)
    _, found = made(always, at(T1, vm("r1", Place("v1"), is_local=False)), at(T2, vm("r1", Place("v2", port="q"))))
    assert found["vms"]["r1"]["at"] == "v1/p"


def test_an_address_that_goes_from_one_to_another_is_both_their() -> None:
    told, found = made(
        at(T1, vm("r1", Place("v1", port="p"), ips=(ip(1),))),
        at(T2, vm("r2", Place("v1", port="p"), mac=mac(2), ips=(ip(1),))),
    )
    assert [each["shared"] for each in found["vms"].values()] == [True, True]
    assert told.contradictions == []
    assert list(map(str, told.guesses)) == [
        "vms r1: 10.0.0.1 is also that of r2 at another time", "vms r2: 10.0.0.1 is also that of r1 at another time",
    ]  # fmt: skip


def test_ports_are_access_ports_or_trunks() -> None:
    told, found = made(
        vm("a", Place("v1", port="eth1", vlan=10)),
        vm("b", Place("v1", port="eth1", vlan=20), vnid=BLUE),
        vm("c", Place("v1", port="eth1"), mac=mac(3)),
        vm("d", Place("v1", port="eth1", vlan=0), vnid=BLUE, mac=mac(4)),
        PortStatement(HERE, Place("v1", "br0", "eth1", 30), RED),
        PortStatement(HERE, Place("v2", "br0", "p"), BLUE),
        PortStatement(HERE, Place("v3", "Ethernet/1", "1/1"), BLUE),
    )
    assert found["switches"] == {
        "Ethernet-1": {"tep": "v3", "ports": {"1-1": "blue"}},
        "v1-br0": {"tep": "v1", "ports": {"eth1": {10: "red", 20: "blue", 30: "red", "untagged": "blue"}}},
        "v2-br0": {"tep": "v2", "ports": {"p": "blue"}},
    } | {"v1-br0": found["switches"]["v1-br0"]}
    assert {name: each["at"] for name, each in found["vms"].items() if name != "c"} == {
        "a": "v1-br0/eth1.10", "b": "v1-br0/eth1.20", "d": "v1-br0/eth1",
    }  # fmt: skip
    assert told.contradictions == []


def test_a_port_that_is_called_like_a_vlan_of_a_trunk() -> None:
    _, found = made(
        vm("a", Place("v1", port="eth1", vlan=10)), vm("b", Place("v1", port="eth1.10"), vnid=BLUE),
        vm("c", Place("v1", port="eth1.10-port"), mac=mac(3)),
    )  # fmt: skip
    assert {name: each["at"] for name, each in found["vms"].items()} == {
        "a": "v1/eth1.10", "b": "v1/eth1.10-port-2", "c": "v1/eth1.10-port",
    }  # fmt: skip
    assert found["switches"]["v1"]["ports"] == {"eth1": {10: "red"}, "eth1.10-port": "red", "eth1.10-port-2": "blue"}


def test_a_port_in_two_networks_is_a_contradiction() -> None:
    told, found = made(
        vm("a", Place("v1", port="p")), vm("b", Place("v1", port="p"), vnid=BLUE, mac=mac(2), origin=THERE)
    )
    assert told.contradictions == ["port v1/p is in network red, and in blue (a.json, rows.1; b.json, rows.7)"]
    assert found["switches"]["v1"]["ports"] == {"p": "red", "p-blue": "blue"}


def test_what_no_map_has_is_left_out_and_told() -> None:
    told, found = made(
        vm("", Place("v1", port="p"), vnid=0),
        vm("r1\n", Place("v1", port="a\x1b/b"), mac=bytes.fromhex("01005e000001"), ips=(ip(1), bytes(4), b"x")),
        NetworkStatement(HERE, 1 << 24, "beyond"),
        TepStatement(HERE, "v1", macs=(bytes(6),), encaps=("vxlan",)),
    )
    assert found["vms"] == {"r1": {"ip": ["10.0.0.1"], "at": "v1/a_-b"}}
    assert [line.partition(": ")[2].partition(" is")[0] for line in told.left_out] == [
        "MAC address 00:00:00:00:00:00", "VNID 16777216", "VNID 0", "MAC address 01:00:5e:00:00:01",
        "IP address 00:00:00:00", "IP address 78",
    ]  # fmt: skip


def test_networks_of_all_kinds() -> None:
    told, found = made(
        NetworkStatement(HERE, 0, "pods", any_vnid=True, identities={7: "shop/web", 8: ""}, guessed="usual"),
        NetworkStatement(HERE, 1, "ovn", mask=0xFFF, floods=True),
        NetworkStatement(HERE, RED, "", gateway_mac=mac(9), gateway_ips=(ip(254),), group=bytes([239, 0, 0, 1])),
        NetworkStatement(THERE, RED, "", gateway_mac=mac(8), group=bytes([239, 0, 0, 2])),
        vm("web", Place("v1", port="p"), vnid=0),
    )
    assert found["networks"] == {
        "pods": {"vnid": "any", "identities": {7: "shop/web"}},
        "ovn": {"vnid": {"value": 1, "mask": 0xFFF}, "unknown_unicast": "flood"},
        "red": {
            "vnid": RED, "group": "239.0.0.1",
            "gateway": {"mac": ["02:00:00:00:00:09", "02:00:00:00:00:08"], "ip": ["10.0.0.254"]},
        },
        "blue": {"vnid": BLUE},
    }  # fmt: skip
    assert told.contradictions == ["VNID 10100 has the group 239.0.0.1, and 239.0.0.2 (a.json, rows.1; b.json, rows.7)"]
    assert list(map(str, told.guesses)) == ["networks pods: usual"]


def test_vrfs_policies_and_hosts() -> None:
    told, found = made(
        VrfStatement(HERE, "red", 4001, (RED,)),
        VrfStatement(THERE, "red", 4002, (BLUE, 4001)),
        VrfStatement(HERE, "late", None, (RED, 999)),
        VrfStatement(HERE, "bare", 77),
        vm("router", Place("v1"), vnid=4001, mac=mac(9)),
        PortStatement(HERE, Place("v1", "br0", "p"), BLUE),
        PolicyStatement(HERE, RED, BLUE, guessed="open"),
        PolicyStatement(HERE, RED, BLUE),
        PolicyStatement(HERE, RED, RED),
        PolicyStatement(HERE, RED, 5),
        HostStatement(HERE, "h1", ("v1", "v9"), ("br0",)),
        HostStatement(HERE, "h2", ("v1", "v2"), ("none",)),
    )
    assert found["vrfs"] == {
        "red-vrf": {"l3vni": 4001, "networks": ["red", "blue"]}, "late": {"networks": ["vnid-999"]},
    }  # fmt: skip
    assert found["vms"] == {}
    assert told.draft.data["policies"] == [{"from": "red", "to": "blue"}]
    assert found["hosts"] == {"h1": {"teps": ["v1"], "switches": ["br0"]}, "h2": {"teps": ["v2"]}}
    assert told.contradictions == ["VRF red has the L3 VNI 4001, and 4002 (a.json, rows.1; b.json, rows.7)"]


ORIGINS = st.builds(
    Origin,
    st.sampled_from("ab"),
    st.just(""),
    st.sampled_from(["", "v1", "v2"]),
    st.sampled_from([None, T1, T2, T3]),
)
TEXTS = st.sampled_from(["", "v1", "v2", "red", "a/b", "x\n", "7"])
VNIDS = st.sampled_from([0, 1, RED, BLUE, 1 << 24, -1])
MACS = st.sampled_from([b"", mac(1), mac(2), bytes(6), b"\xff" * 6, b"x"])
IPS = st.sampled_from([ip(1), ip(2), underlay(1), underlay(2), bytes(4), b"\xff" * 16, b"", b"\xfe\x80" + bytes(14)])
PLACES = st.builds(Place, TEXTS | IPS, TEXTS, TEXTS, st.none() | st.integers(-1, 4095))
GUESSES = st.sampled_from(["", "why"])
NS = st.none() | st.sampled_from([T1, T2, T3])
SEVERAL_IPS = st.lists(IPS, max_size=2).map(tuple)
PREFIXES = st.lists(st.builds(Prefix, IPS, st.integers(-1, 130)), max_size=1).map(tuple)
SEVERAL_TEXTS = st.lists(TEXTS, max_size=2).map(tuple)
SEVERAL_MACS = st.lists(MACS, max_size=2).map(tuple)
ENCAPS = st.lists(st.sampled_from(["vxlan", "geneve", "what"]), max_size=2).map(tuple)
PORTS = st.dictionaries(st.sampled_from(["vxlan", "geneve", "nvgre"]), st.integers(0, 70000), max_size=1)
STATEMENTS = st.one_of(
    st.builds(
        TepStatement, ORIGINS, TEXTS, SEVERAL_IPS, SEVERAL_MACS, SEVERAL_MACS, ENCAPS, PORTS, st.booleans(), GUESSES,
    ),
    st.builds(
        NetworkStatement, ORIGINS, VNIDS, TEXTS, st.none() | st.integers(0, 1 << 24), st.booleans(), MACS, SEVERAL_IPS,
        IPS, st.none() | st.booleans(), st.dictionaries(VNIDS, TEXTS, max_size=2), GUESSES,
    ),
    st.builds(VrfStatement, ORIGINS, TEXTS, st.none() | VNIDS, st.lists(VNIDS, max_size=2).map(tuple), GUESSES),
    st.builds(PortStatement, ORIGINS, PLACES, VNIDS, GUESSES),
    st.builds(
        VmStatement, ORIGINS, VNIDS, PLACES, TEXTS, MACS, SEVERAL_IPS, PREFIXES, st.booleans(), st.integers(0, 2), NS,
        NS, st.booleans(), st.booleans(), GUESSES,
    ),
    st.builds(PolicyStatement, ORIGINS, VNIDS, VNIDS, GUESSES),
    st.builds(HostStatement, ORIGINS, TEXTS, SEVERAL_TEXTS, SEVERAL_TEXTS),
)  # fmt: skip


@given(statements=st.lists(STATEMENTS, max_size=8))
def test_any_statements_are_a_map(statements: list[Statement]) -> None:
    told = assemble(statements)
    result = settled(told.draft)
    text = text_of(result.model, result.notes)
    assert parse(text.encode(), "map") == result.model
    again = assemble(statements)
    assert text_of(settled(again.draft).model, again.draft.notes) == text_of(result.model, told.draft.notes)
