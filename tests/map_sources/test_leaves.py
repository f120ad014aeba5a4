"""Tables of Arista's and Cisco's switches in the shapes that public tools have; written here, tried on no device."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool
from fabrics import ip, mac, of_rows, only
from hypothesis import given
from hypothesis import strategies as st

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document
from dovetool.map_sources.sources import source
from dovetool.map_sources.statements import (
    NetworkStatement,
    Origin,
    PortStatement,
    TepStatement,
    VmStatement,
    VrfStatement,
)
from dovetool.vnid_map.file.load import load

SCALARS = (
    st.none() | st.booleans() | st.integers(-5, 1 << 25) | st.sampled_from(["10", "n/a", "192.0.2.1", "0000.0000.0a01"])
)
KEYS = st.sampled_from(
    [
        "addresses",
        "interfaces",
        "Vxlan1",
        "vxlanIntfs",
        "vniBindings",
        "vteps",
        "vlanToVniMap",
        "unicastTable",
        "tableEntries",
        "ipV4Neighbors",
        "TABLE_nve_vni",
        "ROW_nve_vni",
        "TABLE_nve_peers",
        "ROW_nve_peers",
        "peer-ip",
        "vni",
        "type",
        "10",
        "TABLE_l2route_mac_all",
        "ROW_l2route_mac_all",
        "topo-id",
        "mac-addr",
        "macAddress",
        "vlanId",
        "result",
    ]
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))
A1, A2 = "001c.7300.0a01", "00:1c:73:00:0a:02"
EOS_LEAF1: list[Any] = [
    {
        "interfaces": {
            "Vxlan1": {
                "srcIpAddr": "192.0.2.1",
                "vlanToVniMap": {"10": {"vni": 10010, "source": ""}, "20": {"vni": 10020}, "4090": {"vni": 50000}},
                "vrfToVniMap": {"tenant": 50000},
                "vlanToVtepList": {"10": {"remoteVtepAddr": ["192.0.2.2"], "remoteVtepAddr6": []}},
            }
        }
    },
    {
        "vxlanIntfs": {
            "Vxlan1": {
                "vniBindings": {
                    "10010": {"vlan": 10, "interfaces": {"Ethernet1": {"dot1q": "untagged"}, "Vxlan1": {"dot1q": 10}}},
                    "10020": {"vlan": 20, "interfaces": {"Ethernet2/1": {"dot1q": 20}}},
                },
                "vniBindingsToVrf": {"50000": {"vrfName": "tenant", "vlan": 4090}},
            }
        }
    },
    {"addresses": [{"macAddress": A2, "vlanId": 10, "vtep": "192.0.2.2", "interface": "Vxlan1", "addrtype": "evpn"}]},
    {
        "unicastTable": {
            "tableEntries": [
                {"vlanId": 10, "macAddress": A1, "interface": "Ethernet1", "entryType": "dynamic"},
                {"vlanId": 10, "macAddress": A2, "interface": "Vxlan1", "entryType": "dynamic"},
                {"vlanId": 1, "macAddress": A1, "interface": "Ethernet9", "entryType": "dynamic"},
            ]
        }
    },
    {"ipV4Neighbors": [{"hwAddress": A1, "address": "10.1.0.1", "interface": "Vlan10, Ethernet1", "age": 0}]},
]


def vms(statements: list[Any]) -> dict[bytes, set[tuple[object, str, int, tuple[bytes, ...]]]]:
    found: dict[bytes, set[tuple[object, str, int, tuple[bytes, ...]]]] = {}
    for each in only(statements, VmStatement):
        found.setdefault(each.mac, set()).add((each.place.tep, each.place.port, each.vnid, each.ips))
    return found


def test_eos_tells_its_tep_networks_ports_and_vms() -> None:
    said = of_rows("eos", leaf1=EOS_LEAF1)
    own, peer = only(said, TepStatement)
    assert (own.name, own.ips, peer.ips) == ("leaf1", (ip("192.0.2.1"),), (ip("192.0.2.2"),))
    assert [each.vnid for each in only(said, NetworkStatement)] == [10010, 10020]
    (vrf,) = only(said, VrfStatement)
    assert (vrf.name, vrf.l3vni, vrf.vnids) == ("tenant", 50000, (10010, 10020))
    ports = {(each.place.port, each.place.vlan, each.vnid) for each in only(said, PortStatement)}
    assert ports == {("Ethernet1", None, 10010), ("Ethernet2/1", 20, 10020)}
    assert vms(said) == {
        mac("00:1c:73:00:0a:01"): {("leaf1", "Ethernet1", 10010, (ip("10.1.0.1"),))},
        mac(A2): {(ip("192.0.2.2"), "", 10010, ())},
    }


def test_eos_address_tables_by_vlan_and_answers_of_eapi() -> None:
    by_vlan = {"addresses": {"10": [{"macAddress": A2, "type": "EVPN", "port": "Vx1", "vtepAddr": "192.0.2.2"}]}}
    answers = {"jsonrpc": "2.0", "id": 1, "result": [EOS_LEAF1[0], {}, by_vlan]}
    assert vms(of_rows("eos", leaf1=[answers])) == {mac(A2): {(ip("192.0.2.2"), "", 10010, ())}}


def nve(name: str, *rows: dict[str, Any]) -> dict[str, Any]:
    """A table as NX-OS prints it: of a single row no list."""
    return {f"TABLE_{name}": {f"ROW_{name}": rows[0] if len(rows) == 1 else list(rows)}}


NXOS_LEAF1: list[Any] = [
    nve("nve_if", {"primary-ip": "192.0.2.1", "secondary-ip": "192.0.2.100", "local-rmac": "5000.0000.1b08"}),
    nve("nve_peers", {"if-name": "nve1", "peer-ip": "192.0.2.2", "router-mac": "5000.0000.1c08"}),
    nve(
        "nve_vni",
        {"vni": "10010", "mcast": "239.1.1.1", "type": "L2 [10]"},
        {"vni": 10020, "mcast": "UnicastBGP", "type": "L2 [20]"},
        {"vni": "50000", "mcast": "n/a", "type": "L3 [tenant]"},
    ),
    nve(
        "l2route_mac_all",
        {"topo-id": "10", "mac-addr": "0000.0000.0a01", "prod-type": "Local", "next-hop": "Eth1/1"},
        {"topo-id": "10", "mac-addr": "0000.0000.0a02", "prod-type": "BGP", "next-hop1": "192.0.2.2 (Label: 10010)"},
        {"topo-id": "30", "mac-addr": "0000.0000.0a03", "prod-type": "Local", "next-hop": "Eth1/2"},
    ),
    nve(
        "l2route_mac_ip_all", {"topo-id": 10, "mac-addr": "0000.0000.0a01", "host-ip": "10.1.0.1", "next-hop": "Local"}
    ),
]


def test_nxos_tells_its_tep_networks_and_vms() -> None:
    said = of_rows("nxos", leaf1=NXOS_LEAF1)
    own, peer = only(said, TepStatement)
    assert (own.ips, own.router_macs) == ((ip("192.0.2.100"), ip("192.0.2.1")), (mac("50:00:00:00:1b:08"),))
    assert own.shared
    assert (peer.ips, peer.router_macs) == ((ip("192.0.2.2"),), (mac("50:00:00:00:1c:08"),))
    groups = {each.vnid: each.group for each in only(said, NetworkStatement)}
    assert groups == {10010: bytes([239, 1, 1, 1]), 10020: b""}
    assert [(each.name, each.l3vni) for each in only(said, VrfStatement)] == [("tenant", 50000)]
    assert vms(said) == {
        mac("00:00:00:00:0a:01"): {("leaf1", "Eth1/1", 10010, (ip("10.1.0.1"),))},
        mac("00:00:00:00:0a:02"): {(ip("192.0.2.2"), "", 10010, ())},
    }


def test_nxos_answers_of_nx_api() -> None:
    bodies = [{"output": {"body": each, "code": "200", "input": "show"}} for each in NXOS_LEAF1]
    wrapped = {"ins_api": {"outputs": bodies, "sid": "eoc"}}
    assert of_rows("nxos", leaf1=[wrapped])[1:] != []
    assert vms(of_rows("nxos", leaf1=[wrapped])) == vms(of_rows("nxos", leaf1=NXOS_LEAF1))


@pytest.mark.parametrize(
    ("name", "rows", "where", "what"),
    [
        ("eos", {"addresses": [{"macAddress": "x", "vlanId": 10}]}, "addresses[0].macAddress", "a MAC address"),
        ("eos", {"interfaces": {"Vxlan1": {"srcIpAddr": "here"}}}, "srcIpAddr", "an IP address"),
        ("eos", {"vxlanIntfs": {"Vxlan1": {"vniBindings": {"ten": {}}}}}, "vniBindings", "expected VNIs"),
        ("nxos", nve("nve_vni", {"vni": "10", "type": "L4 [10]"}), "type", "expected 'L2 [VLAN]'"),
        ("nxos", nve("nve_peers", {"peer-ip": "300.1.1.1"}), "peer-ip", "an IP address"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(name: str, rows: Any, where: str, what: str) -> None:  # noqa: ANN401
    with pytest.raises(MapSourceError) as caught:
        of_rows(name, leaf1=[rows])
    assert where in str(caught.value)
    assert what in str(caught.value)


@given(data=JSON, name=st.sampled_from(["eos", "nxos"]))
def test_any_json_is_statements_or_an_error(data: Any, name: str) -> None:  # noqa: ANN401
    vendor = source(name)
    document = Document(Origin("x"), data)
    kind = vendor.recognise(document)
    if kind is not None:
        with suppress(MapSourceError):
            assert all(each.origin.file == "x" for each in vendor.statements([(kind, document)]))


def test_two_leaves_make_a_map_that_loads(tmp_path: Path) -> None:
    (tmp_path / "net/leaf1").mkdir(parents=True)
    (tmp_path / "net/leaf2").mkdir()
    for number, output in enumerate(EOS_LEAF1):
        (tmp_path / f"net/leaf1/{number}.json").write_text(json.dumps(output))
    second = json.loads(json.dumps(EOS_LEAF1[0]).replace("192.0.2.1", "192.0.2.3").replace("192.0.2.2", "192.0.2.1"))
    second["interfaces"]["Vxlan1"]["srcIpAddr"] = "192.0.2.2"
    (tmp_path / "net/leaf2/vxlan.json").write_text(json.dumps(second))
    done = dovetool("map", "import", "eos", "net", "-o", "map.yaml", cwd=tmp_path)
    assert done.code == 0, done.stderr
    model = load(tmp_path / "map.yaml")
    addresses = {name: tep.ip for name, tep in model.teps.items()}
    assert addresses == {"leaf1": (ip("192.0.2.1"),), "leaf2": (ip("192.0.2.2"),)}
    assert model.vrfs["tenant"].l3vni == 50000
    assert len(model.vms) == 2
