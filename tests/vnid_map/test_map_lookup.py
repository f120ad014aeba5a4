"""The compiled map: who has an address, in which network, at which moment."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.vnid_map import Network, Station, VnidMap
from dovetool.vnid_map.file.load import parse
from dovetool.vnid_map.file.model import MapFile

TEXT = """\
version: 1
networks:
  blue: {vnid: 5001, group: 239.0.0.1}
  red:  {vnid: 5002, group: 239.0.0.1, unknown_unicast: flood}
  grey: {vnid: 5003}
teps:
  tep1: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan, geneve], ports: {vxlan: 8472}, ttl: 3}
  tep2: {ip: "fd00::2", mac: "02:00:00:00:01:02", encap: [geneve, nvgre], dscp: inherit, udp_checksum: full}
switches:
  sw1: {tep: tep1, ports: {p1: blue, p2: red}}
  sw2: {tep: tep2, ports: {p1: grey, p2: grey}}
  sw3: {tep: tep1, ports: {p1: blue, p2: red}}
vms:
  vm1: {mac: "02:00:00:00:00:0a", ip: [10.0.0.1, "fd00::1"], at: sw1/p1}
  vm2: {mac: "02:00:00:00:00:0b", ip: 10.0.0.2, at: sw3/p1}
  vm3:
    mac: "02:00:00:00:00:0a"
    ip: [10.0.0.1]
    at: [{port: sw1/p2, until: 2026-01-01T00:00:10.000000001Z}, {port: sw3/p2, from: 2026-01-01T00:00:10.000000001Z}]
policies:
  - {from: blue, to: red}
  - {from: grey, to: red}
  - {from: blue, to: grey}
  - {from: blue, to: red}
"""
MOVE_NS = int(datetime(2026, 1, 1, 0, 0, 10, tzinfo=UTC).timestamp()) * 1_000_000_000 + 1
MAC = bytes.fromhex("02000000000a")
IP = bytes([10, 0, 0, 1])


@pytest.fixture(scope="module")
def vnid_map() -> VnidMap:
    return VnidMap.from_model(parse(TEXT.encode(), "map"))


def place(station: Station | None) -> str | None:
    """Return the port of a station."""
    return None if station is None else station.port.name


def known(vnid_map: VnidMap, vnid: int) -> Network:
    """Return a network that must be there."""
    network = vnid_map.network(vnid)
    assert network is not None
    return network


def test_networks(vnid_map: VnidMap) -> None:
    blue, red, grey = vnid_map.networks
    assert [network.vnid for network in vnid_map.networks] == [5001, 5002, 5003]
    assert (blue.reaches, blue.reached_from) == ((5002, 5003), ())
    assert (red.reaches, red.reached_from) == ((), (5001, 5003))
    assert (blue.floods, red.floods) == (False, True)
    assert [tep.name for tep in blue.teps] == ["tep1"]
    assert [port.name for port in blue.ports] == ["sw1/p1", "sw3/p1"]
    assert vnid_map.network(5003) is grey
    assert vnid_map.network(0) is None
    assert vnid_map.group_networks(bytes([239, 0, 0, 1])) == (blue, red)
    assert vnid_map.group_networks(bytes([239, 0, 0, 2])) == ()


def test_teps_and_ports(vnid_map: VnidMap) -> None:
    tep1, tep2 = vnid_map.teps
    assert (tep1.index, tep1.encaps, tep1.ports, tep1.ttl, tep1.dscp) == (
        0,
        ("vxlan", "geneve"),
        {"vxlan": 8472},
        3,
        "from-pcp",
    )
    assert (tep2.index, tep2.dscp, tep2.udp_checksum, tep2.mtu) == (1, "inherit", "full", None)
    assert vnid_map.tep("tep2") is tep2
    assert vnid_map.tep_by_ip(bytes.fromhex("fd000000000000000000000000000002")) is tep2
    assert vnid_map.tep_by_ip(bytes(4)) is None
    port = vnid_map.port("sw2/p1")
    assert port is not None
    assert (port.index, port.switch, port.vnid, port.tep) == (2, "sw2", 5003, tep2)
    assert vnid_map.port("sw2/p9") is None
    assert vnid_map.has_switch("sw3")
    assert not vnid_map.has_switch("sw4")
    assert vnid_map.vm_names == ("vm1", "vm2", "vm3")


def test_a_move_happens_at_one_nanosecond(vnid_map: VnidMap) -> None:
    assert vnid_map.change_times_ns == (MOVE_NS,)
    assert place(vnid_map.station_by_mac(5002, MAC, MOVE_NS - 1)) == "sw1/p2"
    assert place(vnid_map.station_by_mac(5002, MAC, MOVE_NS)) == "sw3/p2"
    assert place(vnid_map.station_by_ip(5002, IP, MOVE_NS - 1)) == "sw1/p2"
    assert place(vnid_map.station_by_ip(5002, IP, MOVE_NS)) == "sw3/p2"


def test_a_network_knows_its_own_stations_only(vnid_map: VnidMap) -> None:
    assert place(vnid_map.station_by_mac(5001, MAC, 0)) == "sw1/p1"
    assert vnid_map.station_by_mac(5003, MAC, 0) is None
    assert vnid_map.station_by_ip(5002, bytes([10, 0, 0, 2]), 0) is None
    assert vnid_map.station_by_mac(9999, MAC, 0) is None


def test_an_address_in_every_network(vnid_map: VnidMap) -> None:
    assert [(station.vm, station.vnid) for station in vnid_map.stations_with_mac(MAC, 0)] == [
        ("vm1", 5001),
        ("vm3", 5002),
    ]
    assert [place(station) for station in vnid_map.stations_with_ip(IP, MOVE_NS)] == ["sw1/p1", "sw3/p2"]
    assert vnid_map.stations_with_mac(bytes(6), 0) == ()
    assert [station.vm for station in vnid_map.stations_of(5001, 0)] == ["vm1", "vm2"]
    assert [place(station) for station in vnid_map.stations_of(5002, MOVE_NS)] == ["sw3/p2"]
    assert vnid_map.stations_of(5003, 0) == ()


def test_the_values_cannot_be_changed(vnid_map: VnidMap) -> None:
    with pytest.raises(AttributeError):
        vnid_map.teps[0].ttl = 5  # type: ignore[misc]


def test_a_map_is_loaded_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(TEXT)
    assert VnidMap.load(path).networks == VnidMap.load(str(path)).networks


def moving_vms(moves: list[list[int]]) -> MapFile:
    """Return a map whose VMs each go from port to port at the given seconds."""
    vms: dict[str, Any] = {}
    for number, seconds in enumerate(moves):
        times = [None, *(f"2026-01-01T00:00:{second:02}Z" for second in sorted(seconds)), None]
        places = [
            {key: value for key, value in (("from", start), ("until", end), ("port", f"sw/p{number}-{index}")) if value}
            for index, (start, end) in enumerate(pairwise(times))
        ]
        vms[f"vm{number}"] = {"mac": f"02:00:00:00:00:{number:02x}", "at": places}
    ports = {spot["port"].partition("/")[2]: "blue" for each in vms.values() for spot in each["at"]}
    tep = {"ip": "192.0.2.1", "mac": "02:00:00:00:01:01", "encap": ["vxlan"]}
    sections = {"networks": {"blue": {"vnid": 1}}, "teps": {"tep": tep}, "vms": vms}
    return MapFile.model_validate({"version": 1, "switches": {"sw": {"tep": "tep", "ports": ports}}, **sections})


@given(moves=st.lists(st.lists(st.integers(0, 59), max_size=4, unique=True), max_size=4), second=st.integers(-1, 60))
def test_a_vm_is_where_its_last_move_took_it(moves: list[list[int]], second: int) -> None:
    vnid_map = VnidMap.from_model(moving_vms(moves))
    start_ns = MOVE_NS - 10_000_000_001
    ts_ns = start_ns + second * 1_000_000_000
    for number, seconds in enumerate(moves):
        done = sum(each <= second for each in seconds)
        mac = bytes.fromhex(f"0200000000{number:02x}")
        assert place(vnid_map.station_by_mac(1, mac, ts_ns)) == f"sw/p{number}-{done}"
    assert len(vnid_map.stations_of(1, ts_ns)) == len(moves)
    assert len(vnid_map.change_times_ns) == len({each for seconds in moves for each in seconds})
