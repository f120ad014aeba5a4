"""Whatever a map file holds, it is a map or a MapError; and the ways to parse YAML agree."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.errors import MapError
from dovetool.vnid_map.file import yaml_source
from dovetool.vnid_map.file.compose import Composer, StopError
from dovetool.vnid_map.file.load import parse

SMALL_MAP: dict[str, Any] = {
    "version": 1,
    "tag": {"tpid": "0x88B5"},
    "networks": {"blue": {"vnid": 1}, "red": {"vnid": 2, "group": "239.0.0.2"}},
    "teps": {
        "tep1": {"ip": "192.0.2.1", "mac": "02:00:00:00:01:01", "encap": ["vxlan"], "ports": {"vxlan": 4789}},
        "tep2": {"mac": "02:00:00:00:01:02", "encap": ["pbb"], "underlay": "l2", "guest_vlan": "keep"},
        "gw": {"ip": "192.0.2.9", "mac": "02:00:00:00:01:09", "encap": ["vxlan", "pbb"]}
        | {"underlay": "both", "gateway": True, "on_mtu": "fragment", "geneve_priority": True},
    },
    "switches": {"sw1": {"tep": "tep1", "ports": {"p1": "blue", "p2": "red"}}},
    "vms": {
        "vm1": {"mac": "02:00:00:00:00:0a", "ip": ["10.0.0.1"], "at": "sw1/p1"},
        "vm2": {"mac": "02:00:00:00:00:0b", "at": [{"port": "sw1/p1", "until": "2026-01-01T00:00:10Z"}]},
    },
    "policies": [{"from": "blue", "to": "red"}],
}

GROWN_MAP: dict[str, Any] = SMALL_MAP | {
    "networks": {
        "blue": {"vnid": 1, "gateway": {"mac": "00:00:5e:00:01:01", "ip": ["10.0.0.254"]}},
        "red": {"vnid": {"value": 2, "mask": 0xFF}, "gateway": {"mac": ["00:00:5e:00:01:01"]}},
        "pink": {"vnid": "any", "identities": {"12345": "shop/web"}},
    },
    "switches": {
        "sw1": {
            "tep": "tep1",
            "ports": {"p1": "blue", "eth1": {"10": "blue", "untagged": "red"}, "q": {"network": "red"}},
        },
        "sw2": {"tep": "tep1", "network": "pink", "ports": {"t": {"vlans": {"20": "red"}, "trusted": True}}},
    },
    "vms": {
        "vm1": {"mac": ["02:00:00:00:00:0a"], "ip": ["10.0.0.1", "10.9.0.0/24"], "at": ["sw1/p1", "sw1/eth1.10"]},
        "vm2": {
            "nics": [
                {"mac": "02:00:00:00:00:0b", "at": {"port": "sw1/eth1", "vlan": 10}},
                {"ip": "10.0.0.3", "at": "sw2"},
            ]
        },
        "vm3": {"ip": "10.0.0.9", "at": [{"port": "sw2/x", "from": "2026-01-01T00:00:10Z"}], "shared": True},
    },
    "policies": [{"from": "blue", "to": "pink", "via": "gw", "encap": "vxlan", "pcp": 3, "stateful": True}],
    "vrfs": {"a": {"l3vni": 50, "networks": ["blue", "red"]}},
    "hosts": {"h": {"teps": ["tep1"], "switches": ["sw1"]}},
}

TEXTS = st.text(st.sampled_from("ab12: \n-[]{},\"'#&*!|>%@`?\t\\~.<\x85\u2028é"), max_size=40)


@given(text=st.one_of(TEXTS, TEXTS.map(lambda text: f"{{{text}"), st.text(max_size=30)))
def test_any_text_is_a_map_or_a_map_error(text: str) -> None:
    with pytest.raises(MapError) as caught:
        parse(text.encode("utf-8", errors="surrogatepass"), "map")
    assert all(line.isprintable() for line in caught.value.problems)


@given(octets=st.binary(max_size=60))
def test_any_octets_are_a_map_or_a_map_error(octets: bytes) -> None:
    with pytest.raises(MapError):
        parse(octets, "map")


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.sampled_from(["sw1/p1", "blue"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


@given(data=st.data())
def test_any_json_is_a_map_or_a_map_error(data: st.DataObject) -> None:
    """A value anywhere in a map may be anything at all."""
    whole: Any = copy.deepcopy(data.draw(st.sampled_from([SMALL_MAP, GROWN_MAP])))
    node: Any = whole
    while True:
        step = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[step], dict | list) or not node[step] or data.draw(st.booleans()):
            break
        node = node[step]
    node[step] = data.draw(VALUES)
    lines: list[str] = []
    try:
        parse(json.dumps(whole).encode(), "map")
    except MapError as error:
        lines = error.problems
    assert all(line.startswith("map:1:") and line.isprintable() for line in lines)


@given(text=TEXTS | TEXTS.map(lambda text: f"a: {text}") | TEXTS.map(lambda text: f"{{a: {text}}}"))
def test_each_way_to_parse_says_the_same(text: str) -> None:
    """Where a C parser is installed, its data are those of the other parser, or it leaves the text to it."""
    ways = list(yaml_source._ways(text))
    assert ways[-1].pure
    composed = []
    for way in ways:
        composer = Composer((), way.restore)
        try:
            composer.read(yaml_source._events(way))
        except (yaml_source._RefusedError, StopError):
            continue
        composed.append(repr(composer.data) if isinstance(composer.data, dict) else "no map")
    assert len(set(composed)) <= 1


def test_an_escaped_character_is_not_taken_for_what_the_loader_puts_in() -> None:
    text = '{at: 2026-01-01T00:00:10Z, names: ["\\ue03a", "\\uE13A", "\\uF03A"]}'
    assert yaml_source.compose(text).data == {"at": "2026-01-01T00:00:10Z", "names": ["\ue03a", "\ue13a", "\uf03a"]}
