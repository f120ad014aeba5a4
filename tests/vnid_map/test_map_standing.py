"""Mistakes in the sections and entries of entries: each is told at its place, with the keys that belong there."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from dovetool.errors import MapError
from dovetool.vnid_map.file import model as models
from dovetool.vnid_map.file.load import parse
from dovetool.vnid_map.file.standing import NAMES, keys_of, model_at, written

HEAD = """\
version: 1
networks: {blue: {vnid: 1}, red: {vnid: 2}}
teps: {t1: {ip: 192.0.2.1, encap: vxlan}}
switches: {sw1: {tep: t1, ports: {p1: blue, eth1: {10: blue, 20: red}}}}
"""


def remarks(text: str) -> list[str]:
    with pytest.raises(MapError) as caught:
        parse(text.encode(), "map")
    return [line.removeprefix("map:") for line in caught.value.problems]


def remarked(text: str) -> tuple[str, list[str]]:
    """Return LINE:COLUMN of the @ in a text, and what the loader says of the text without it."""
    before = text[: text.index("@")]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}", remarks(text.replace("@", ""))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("vrfs: {@a: {}}", "found a VRF without the key 'networks'; expected one"),
        ("vrfs: {a: {@nets: [blue]}}", "found the key 'nets'; expected one of l3vni, networks"),
        ("vrfs: {a: {networks: [blue, @rad]}}", "found 'rad'; expected the name of a network"),
        ("vrfs: {a: @[blue]}", "found a list; expected a mapping"),
        ("hosts: {a: {@tep: [t1]}}", "found the key 'tep'; expected one of teps, switches"),
        ("hosts: {a: {teps: [t1, @t2]}}", "found 't2'; expected the name of a TEP"),
        ("vms: {a: {nics: [{@mca: 1}]}}", "found the key 'mca'; expected one of mac, ip, at"),
        ("vms: {a: {nics: [{ip: 10.0.0.1, at: @{vlan: 10}}]}}", "found a place without the key 'port'"),
        ("vms: {a: {nics: [{ip: 10.0.0.1, at: [sw1/p1, {@frm: 1}]}]}}", "found the key 'frm'; expected one of port"),
        ("vms: {a: {ip: 10.0.0.1, at: {port: sw1/p1, vlan: @0}}}", "found the number 0; expected a VLAN"),
        ("vms: {a: {ip: 10.0.0.1, at: {port: sw1/eth1, vlan: @30}}}", "found 30; expected a VLAN of the trunk"),
        ("vms: {a: {mac: @nothing, at: sw1/p1}}", "found 'nothing'; expected a MAC address"),
        ("policies: [{from: blue, to: red, via: @3}]", "found the number 3; expected a name"),
    ],
)
def test_mistakes_in_the_last_line(line: str, told: str) -> None:
    place, lines = remarked(HEAD + line)
    assert any(each.startswith(f"{place}: {told}") for each in lines), lines


@pytest.mark.parametrize(
    ("ports", "told"),
    [
        ("{eth1: {10: blue, @4095: red}}", "found '4095'; expected a VLAN from 1 to 4094, or 'untagged'"),
        ("{eth1: {10: blue, 20: @rad}}", "found 'rad'; expected the name of a network"),
        ("{eth1: {10: blue, @untaged: red}}", "found the key 'untaged'; expected one of network, vlans, trusted"),
        ("{eth1: {vlans: {10: blue, @x: red}}}", "found 'x'; expected a VLAN"),
        ("{eth1: {vlans: {10: blue}, @20: red}}", "found the key '20'; expected one of network, vlans, trusted"),
        ("{eth1: {10: @7}}", "found the number 7; expected a name"),
    ],
)
def test_mistakes_in_a_trunk(ports: str, told: str) -> None:
    text = f"version: 1\nnetworks: {{blue: {{vnid: 1}}, red: {{vnid: 2}}}}\nswitches: {{s: {{tep: t, ports: {ports}}}}}"
    place, lines = remarked(text)
    assert any(each.startswith(f"{place}: {told}") for each in lines), lines
    as_json = remarks(json.dumps(YAML(typ="safe", pure=True).load(text.replace("@", ""))))
    assert any(told in each for each in as_json), as_json


@pytest.mark.parametrize(
    ("network", "told"),
    [
        ("{vnid: 1, @gateway: {ip: 10.0.0.1}}", "found a gateway without the key 'mac'; expected one"),
        ("{vnid: 1, gateway: {mac: x, @ipp: 1}}", "found the key 'ipp'; expected one of mac, ip (did you"),
        ("{vnid: any, identities: {@0: web}}", "found '0'; expected a VNID from 1 to 16777215"),
    ],
)
def test_mistakes_in_a_network(network: str, told: str) -> None:
    place, lines = remarked(f"version: 1\nnetworks: {{blue: {network}}}")
    assert any(each.startswith(f"{place}: {told}") for each in lines), lines


def test_mistakes_of_all_sections_are_told_at_once() -> None:
    told = remarks(HEAD + "tag: {tpd: 1}\nvrfs: {a: {networks: [rad]}}\nhosts: {h: {switches: [sw2]}}")
    assert [each.split(" ")[0] for each in told] == ["5:7:", "6:23:", "7:24:"]


def test_each_model_of_the_file_has_a_name_and_can_be_reached() -> None:
    declared = {
        each
        for name, each in inspect.getmembers(models, inspect.isclass)
        if issubclass(each, BaseModel) and each is not BaseModel and not name.startswith("_")  # what others are made of
    }
    assert declared == set(NAMES)
    paths: list[tuple[str | int, ...]] = [
        (),
        ("tag",),
        ("networks", "n"),
        ("networks", "n", "gateway"),
        ("teps", "t"),
        ("switches", "s"),
        ("switches", "s", "ports", "p"),
        ("vms", "v"),
        ("vms", "v", "at", 0),
        ("vms", "v", "nics", 0),
        ("policies", 0),
        ("vrfs", "v"),
        ("hosts", "h"),
    ]
    assert {model_at(path) for path in paths} == set(NAMES)
    assert model_at(("vms", "v", "nics", 0, "at", 1, "from")) is models.Placement
    assert model_at(("no", "such", "thing")) is models.MapFile
    assert keys_of(models.Policy)[:2] == ("from", "to")


def test_a_path_is_shortened_to_what_is_written() -> None:
    data: dict[str, Any] = {"vms": {"a": {"at": "sw1/p1"}, "b": {"at": ["x", "y"]}}, "p": {"10": "blue"}}
    assert written(("vms", "a", "at", 0, "port"), data) == ("vms", "a", "at")
    assert written(("vms", "b", "at", 1, "port"), data) == ("vms", "b", "at", 1)
    assert written(("p", "vlans", "10"), data) == ("p", "10")
    assert written(("vms", "c", "at"), data) == ("vms",)
