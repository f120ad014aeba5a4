"""What is different between two maps: by VNID and address, whatever things are called."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from dovetool.comparing.diff import differences
from dovetool.vnid_map.file.load import parse
from dovetool.vnid_map.file.model import MapFile

BASE: dict[str, Any] = {
    "version": 1,
    "networks": {"blue": {"vnid": 10}, "red": {"vnid": 20}},
    "teps": {
        "t1": {"ip": "192.0.2.1", "mac": "02:00:00:00:01:01", "encap": ["vxlan", "geneve"]},
        "t2": {"ip": "192.0.2.2", "mac": "02:00:00:00:01:02", "encap": "vxlan"},
    },
    "switches": {
        "s1": {"tep": "t1", "ports": {"p": "blue", "q": "blue", "r": "red"}},
        "s2": {"tep": "t2", "ports": {"p": "blue", "r": "red"}},
    },
    "vms": {
        "a": {"mac": "02:00:00:00:00:01", "ip": "10.0.0.1", "at": "s1/p"},
        "b": {"mac": "02:00:00:00:00:02", "ip": ["10.0.0.2", "fe80::2"], "at": "s2/p"},
    },
    "policies": [{"from": "blue", "to": "red"}],
}


def model(data: dict[str, Any]) -> MapFile:
    return parse(json.dumps(data).encode(), "map")


def changed(*path: Any, to: object = None, **more: object) -> dict[str, Any]:  # noqa: ANN401  (keys and indexes)
    """The map with one value set, or taken away."""
    data = deepcopy(BASE)
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    if to is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return {**data, **more}


def found(data: dict[str, Any]) -> list[tuple[str, ...]]:
    return [tuple(each) for each in differences(model(BASE), model(data))]


def test_a_map_is_like_itself_in_any_order_and_form() -> None:
    turned = {key: dict(reversed(value.items())) if isinstance(value, dict) else value for key, value in BASE.items()}
    assert found(turned) == []
    assert found(changed("vms", "a", "at", to=[{"port": "s1/p"}])) == []
    assert found(changed("vms", "b", "ip", to="10.0.0.2")) == [], "each host has a link-local address"


@pytest.mark.parametrize(
    ("data", "difference"),
    [
        (changed("vms", "b"), ("vanished", "vm", "b", "", "s2/p", "")),
        (changed("vms", "b", "ip", to="10.0.0.3"), ("changed", "vm", "b", "ip", "10.0.0.2", "10.0.0.3")),
        (changed("vms", "a", "at", to="s2/p"), ("moved", "vm", "a", "at", "s1/p", "s2/p")),
        (changed("vms", "a", "at", to="s1/r"), None),
        (changed("vms", "a", "at", to="s1/q"), ("changed", "vm", "a", "port", "s1/p", "s1/q")),
        (
            changed("vms", "a", "at", to={"port": "s1/p", "until": "2026-01-01T00:00:10Z"}),
            ("changed", "vm", "a", "at", "s1/p", "s1/p until 2026-01-01T00:00:10Z"),
        ),
        (changed("networks", "red", "vnid", to=21), None),
        (changed("networks", "red", "group", to="239.0.0.1"), ("changed", "network", "red", "group", "", "239.0.0.1")),
        (
            changed("teps", "t1", "encap", to=["geneve", "vxlan"]),
            ("changed", "tep", "t1", "encap", "vxlan, geneve", "geneve, vxlan"),
        ),
        (changed("teps", "t2", "mtu", to=1500), ("changed", "tep", "t2", "mtu", "", "1500")),
        (changed("switches", "s1", "ports", "q", to="red"), ("changed", "port", "s1/q", "network", "blue", "red")),
        (
            changed("switches", "s1", "ports", "q", to={"untagged": "blue", "native": 30}),
            ("changed", "port", "s1/q", "network", "blue", "blue (native VLAN 30)"),
        ),
        (changed("policies", 0), ("vanished", "policy", "blue to red", "", "", "")),
        (changed("policies", 0, "pcp", to=3), ("changed", "policy", "blue to red", "pcp", "", "3")),
        (changed("hosts", to={"h": {"teps": ["t1"]}}), ("appeared", "host", "h", "", "", "")),
        (changed("tag", to={"tpid": 0x88B6}), ("changed", "tag", "tag", "tpid", "0x88b5", "0x88b6")),
    ],
)
def test_one_difference(data: dict[str, Any], difference: tuple[str, ...] | None) -> None:
    if difference is not None:
        assert found(data) == [difference]
    else:
        assert {each[0] for each in found(data)} >= {"appeared", "vanished"}, "it is another thing now"


def test_things_keep_what_they_are_by_another_name() -> None:
    data = json.loads(
        json.dumps(BASE).replace('"blue"', '"azure"').replace('"t1"', '"leaf1"').replace('"a":', '"vm-a":')
    )
    assert found(data) == [
        ("changed", "network", "azure", "name", "blue", "azure"),
        ("changed", "tep", "leaf1", "name", "t1", "leaf1"),
        ("changed", "vm", "vm-a", "name", "a", "vm-a"),
    ]


def test_names_that_two_things_have_exchanged() -> None:
    """The VM a is b now, and b is a: by address nothing has changed but names."""
    data = {**BASE, "vms": {"a": BASE["vms"]["b"], "b": BASE["vms"]["a"]}}
    assert {each[:4] for each in found(data)} == {("changed", "vm", "a", "name"), ("changed", "vm", "b", "name")}


def test_pods_are_behind_the_device_of_their_node_where_nothing_tells_them_apart() -> None:
    """A map that was learnt has addresses at the tunnel device; one that lists pods misses the one that is gone."""
    pods = {**BASE["vms"], "pod": {"ip": "10.244.0.2", "at": "s1/p"}, "other": {"ip": "10.244.0.3", "at": "s1/p"}}
    named = model({**BASE, "vms": pods})
    learnt = changed("vms", "a", "ip", to=["10.0.0.1", "10.244.0.2"])
    gone = [each.name for each in differences(named, model(learnt)) if each.what == "vanished"]
    assert gone == ["other"]
    fewer = model({**BASE, "vms": {name: vm for name, vm in pods.items() if name != "pod"}})
    assert [each.name for each in differences(named, fewer) if each.what == "vanished"] == ["pod"]
