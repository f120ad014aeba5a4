"""The JSON Schema takes what the loader takes, and refuses what an entry alone shows to be wrong."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dovetool.errors import MapError
from dovetool.vnid_map.file.load import load, parse
from dovetool.vnid_map.file.model import json_schema
from dovetool.vnid_map.file.source import open_source

jsonschema = pytest.importorskip(
    "jsonschema", reason="jsonschema, an independent reader of JSON Schema, is not installed"
)

SAMPLES = Path(__file__).parents[2] / "samples"
MAC, TIME = "02:00:00:00:00:0b", "2026-01-01T00:00:00Z"
BASE: dict[str, Any] = {
    "version": 1,
    "networks": {"blue": {"vnid": 1}, "red": {"vnid": 2}},
    "teps": {"t1": {"ip": "192.0.2.1", "encap": ["vxlan"]}},
    "switches": {
        "sw1": {"tep": "t1", "ports": {"p1": "blue", "p2": "red", "eth1": {"10": "blue", "untagged": "red"}}},
        "sw2": {"tep": "t1", "network": "blue"},
    },
    "vms": {},
}
TAKEN: dict[str, list[Any]] = {
    "vms/v": [
        {"mac": MAC, "at": "sw1/p1"},
        {"mac": [MAC, "0200.0000.000C", "02-00-00-00-00-0d"], "at": ["sw1/p1", "sw1/p2"], "shared": True},
        {"ip": "10.0.0.7", "at": {"port": "sw1/eth1", "vlan": 10}},
        {"ip": ["10.0.0.7", "fd00::1", "10.1.0.0/16", "0.0.0.0/0", "::/0", "::ffff:10.0.0.1"], "at": "sw1/eth1.10"},
        {"ip": [], "mac": MAC, "at": {"port": "sw1/eth1", "vlan": "untagged"}},
        {"ip": "10.0.0.7", "at": {"port": "sw1/eth1", "vlan": "10"}},
        {"mac": MAC, "at": [{"port": "sw1/p1", "until": TIME}, {"port": "sw2", "from": "2026-01-01 00:00:00.5+01:00"}]},
        {"nics": [{"mac": MAC, "at": "sw2/x"}, {"ip": "10.0.0.9", "at": ["sw1/p1"]}]},
    ],
    "switches/s": [
        {"tep": "t1", "network": "blue"},
        {"tep": "t1", "ports": {}},
        {"tep": "t1", "network": "blue", "ports": {"p": "red", "q": {"network": "blue", "trusted": True}}},
        {"tep": "t1", "ports": {"p": {"1": "red", "4094": "blue", "trusted": True}, "q": {"untagged": "red"}}},
        {"tep": "t1", "ports": {"p": {"vlans": {"10": "red", "untagged": "blue"}, "trusted": False}}},
        {
            "tep": "t1",
            "ports": {"p": {"untagged": "red", "native": 7}, "q": {"vlans": {"untagged": "red"}, "native": 7}},
        },
    ],
    "networks/n": [
        {"vnid": 3},
        {"vnid": 16777215, "group": "239.0.0.2"},
        {"vnid": {"value": 3, "mask": 0xFFF}, "group": "ff05::2"},
        {"vnid": "any", "identities": {"12345": "shop/web"}},
        {"vnid": 3, "gateway": {"mac": MAC}},
        {"vnid": 3, "gateway": {"mac": [MAC], "ip": "10.0.0.254"}},
        {"vnid": 3, "gateway": None},
    ],
    "teps/t": [
        {"ip": "192.0.2.2", "encap": "VXLAN", "router_mac": [MAC], "shared": True, "vrf": "a"},
        {"ip": ["192.0.2.2", "2001:db8::1"], "encap": ["geneve"], "geneve_options": "any", "mac": [MAC]},
    ],
    "vrfs/a": [{"networks": ["blue"]}, {"l3vni": 50, "networks": ["blue", "red"]}],
    "hosts/h": [{}, {"teps": ["t1"], "switches": ["sw1", "sw2"]}],
    "policies": [
        [{"from": "blue", "to": "red"}],
        [{"from": "blue", "to": "red", "encap": "VXLAN", "pcp": 7, "both_ways": True, "stateful": True}],
    ],
}
NO_MACS: list[Any] = [[], "", None, 5, "02:00-00:00:00:0b", "03:00:00:00:00:0b"]
NO_PLACES: list[Any] = [[], {}, "", "/", "sw1/", "a/b/c", 3, {"port": "sw1/p1", "when": 1}]
NO_CARDS: list[Any] = [[], None, {}, [{}], [{"mac": MAC}], [{"at": "sw1/p1"}], [{"mac": MAC, "in": 1}]]
NO_PORTS: list[Any] = [{}, None, 3, [], "", {"trusted": True}, {"network": None}]
REFUSED: dict[str, list[Any]] = {
    "vms/v": [
        *({"mac": mac, "at": "sw1/p1"} for mac in NO_MACS),
        {"mac": "00:00:00:00:00:00", "at": "sw1/p1"},
        *({"ip": ip, "at": "sw1/p1"} for ip in ("", "10.0.0", "10.0.0.0/33", "fe80::1%eth0", "010.0.0.1", "::/129")),
        *({"mac": MAC, "at": place} for place in NO_PLACES),
        *({"mac": MAC, "at": {"port": "sw1/eth1", "vlan": vlan}} for vlan in (0, 4095, "0", "all")),
        *({"mac": MAC, "at": {"port": "sw1/p1", "until": time}} for time in ("2026-01-01", "2026-01-01T00:00:00")),
        *({"nics": cards} for cards in NO_CARDS),
        {"nics": [{"mac": MAC, "at": "sw1/p1"}], "mac": MAC},
        {"mac": MAC},
        {"at": "sw1/p1"},
        {},
    ],
    "switches/s": [
        {"tep": "t1"},
        {"network": "blue"},
        *({"tep": "t1", "ports": {"p": port}} for port in NO_PORTS),
        *({"tep": "t1", "ports": {"p": {vlan: "blue"}}} for vlan in ("0", "4095", "010", "all", "Untagged")),
        *({"tep": "t1", "ports": {"p": {"vlans": vlans}}} for vlans in ({}, {"0": "blue"}, {"4095": "blue"})),
        {"tep": "t1", "ports": {"p": {"network": "blue", "vlans": {"10": "blue"}}}},
        {"tep": "t1", "ports": {"p": {"vlans": {"10": "blue"}, "20": "red"}}},
        *({"tep": "t1", "ports": {"p": {"untagged": "blue", "native": vlan}}} for vlan in (0, 4095, "10", "red")),
        *({"tep": "t1", "ports": {"p": {key: "blue", "native": 10}}} for key in ("20", "network")),
        {"tep": "t1", "ports": {"p": {"vlans": {"20": "blue"}, "native": 10}}},
        {"tep": "t1", "ports": {"a/b": "blue"}},
    ],
    "networks/n": [
        *({"vnid": vnid} for vnid in (0, 16777216, "3", None, True, {"value": 3}, {"value": 0, "mask": 1}, "ANY")),
        *({"vnid": "any", "identities": {key: "x"}} for key in ("0", "012", "web")),
        *({"vnid": 3, "gateway": gateway} for gateway in ({}, {"ip": "10.0.0.1"}, {"mac": MAC, "ip": "10.0.0.0/24"})),
        {"vnid": 3, "group": "10.0.0.7"},
    ],
    "teps/t": [
        {"ip": "192.0.2.2"},
        {"encap": "vxlan"},
        {"ip": [], "encap": "vxlan"},
        {"ip": "192.0.2.300", "encap": "vxlan"},
        {"ip": "192.0.2.2", "encap": "vxlann"},
        {"ip": "192.0.2.2", "encap": "vxlan", "shared": "yes"},
    ],
    "vrfs/a": [{}, {"networks": []}, {"networks": "blue"}, {"l3vni": 0, "networks": ["blue"]}, {"nets": ["blue"]}],
    "hosts/h": [None, {"teps": "t1"}, {"tep": ["t1"]}],
    "policies": [[{"from": "blue"}], [{"from": "blue", "to": "red", "pcp": 8}], {}],
}


def with_entry(place: str, entry: object) -> dict[str, Any]:
    section, _, name = place.partition("/")
    whole = copy.deepcopy(BASE)
    whole[section] = {**whole.get(section, {}), name: entry} if name else entry
    return whole


def schema_takes(data: object) -> bool:
    validator = jsonschema.Draft202012Validator
    return bool(validator(json_schema(), format_checker=validator.FORMAT_CHECKER).is_valid(data))


def loader_takes(data: object) -> bool:
    try:
        parse(json.dumps(data).encode(), "map")
    except MapError:
        return False
    return True


def test_it_is_a_schema_with_a_name_and_a_version() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:dovetool:map:{schema['properties']['version']['const']}"


@pytest.mark.parametrize(("place", "entry"), [(place, entry) for place, each in TAKEN.items() for entry in each])
def test_both_take(place: str, entry: object) -> None:
    whole = with_entry(place, entry)
    assert loader_takes(whole)
    assert schema_takes(whole)


@pytest.mark.parametrize(("place", "entry"), [(place, entry) for place, each in REFUSED.items() for entry in each])
def test_both_refuse(place: str, entry: object) -> None:
    whole = with_entry(place, entry)
    assert not loader_takes(whole)
    assert not schema_takes(whole)


def test_it_takes_all_samples() -> None:
    maps = sorted(SAMPLES.rglob("*.yaml"))
    assert maps
    for path in maps:
        load(path)
        assert schema_takes(open_source(path.read_text()).data), path


def test_a_port_without_anything_behind_it_is_refused() -> None:
    text = "version: 1\nteps: {t: {ip: 192.0.2.1, encap: vxlan}}\nswitches: {s: {tep: t, ports: {p: }}}\n"
    with pytest.raises(MapError, match="found nothing; expected a name"):
        parse(text.encode(), "map")
    assert not schema_takes(YAML(typ="safe", pure=True).load(text))


def test_a_card_that_is_none_in_a_map_with_a_whole_switch() -> None:
    whole = with_entry("vms/v", {"nics": [{"mac": [], "at": "sw2/x"}, {"mac": MAC, "at": "sw2/x"}]})
    with pytest.raises(MapError) as caught:
        parse(json.dumps(whole).encode(), "map")
    assert [line.partition("; ")[2] for line in caught.value.problems] == ["expected at least one entry"]
