"""A written map loads to the same map, whatever names are in it, and the same map is written the same way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.natural import natural
from dovetool.vnid_map.file.draft import Draft, settled
from dovetool.vnid_map.file.load import parse
from dovetool.vnid_map.file.writing import text_of
from dovetool.vnid_map.file.yaml_text import flow, scalar

MAP: dict[str, Any] = {
    "version": 1,
    "tag": {"tpid": "0x88b6"},
    "networks": {
        "red": {"vnid": 10200, "gateway": {"mac": "00:00:5e:00:01:fe", "ip": ["10.1.0.254", "fe80::fe"]}},
        "blue": {"vnid": 10100, "group": "239.0.0.2", "unknown_unicast": "drop"},
        "pods": {"vnid": "any", "identities": {"12345": "shop/web", "4": "health"}},
        "ovn": {"vnid": {"value": 1, "mask": 0xFFF}},
        "on": {"vnid": 7},
    },
    "teps": {
        "v10": {"ip": ["192.0.2.10", "2001:db8::10"], "mac": ["02:00:00:00:01:10"], "encap": ["vxlan"], "ttl": 64},
        "v2": {
            "ip": "192.0.2.2", "encap": ["vxlan", "geneve"], "ports": {"vxlan": 8472}, "router_mac": "02:00:00:00:40:02"
        },
        "": {}, "7": {"ip": "192.0.2.7", "encap": "geneve", "shared": True, "geneve_options": ["any", "0x0102:0x80"]},
    },
    "switches": {
        "v2": {"tep": "v2", "ports": {
            "eth10": {"20": "red", "9": "blue", "untagged": "on", "native": 30}, "eth9": "blue",
            "up": {"vlans": {"5": "red"}, "trusted": True}, "x": {"network": "blue", "trusted": True},
        }},
        "v10": {"tep": "v10", "network": "red", "ports": {f"port-{number}": "blue" for number in range(20)}},
        "bare": {"tep": "v10", "ports": {}},
    },
    "vms": {
        "web 1: # no": {"mac": "02:00:00:aa:00:01", "ip": ["10.1.0.1", "fd00::1"], "at": "v2/eth9"},
        "yes": {"ip": ["10.244.0.0/24"], "at": [{"port": "v2/eth10", "vlan": 20}, "v10"]},
        "moved": {"mac": ["02:00:00:aa:00:0a", "02:00:00:aa:00:0b"], "shared": True, "at": [
            {"port": "v2/eth9", "until": "2026-11-29T01:31:09.232322715Z"},
            {"port": "v10/port-3", "from": "2026-11-29T01:31:09.232322715Z"},
        ]},
        "cards": {"nics": [
            {"mac": "02:00:00:bb:00:01", "ip": "10.1.0.9", "at": "v2/eth9"},
            {"mac": ["02:00:00:bb:00:02"], "at": {"port": "v2/eth10.20", "from": "2026-01-01T00:00:00Z"}},
        ]},
    },
    "policies": [
        {"from": "red", "to": "blue", "both_ways": True, "pcp": 3, "encap": "vxlan"}, {"from": "blue", "to": "on"},
    ],
    "vrfs": {"tenant": {"l3vni": 50000, "networks": ["red", "blue"]}},
    "hosts": {"h1": {"teps": ["v2"], "switches": ["v2", "bare"]}},
}  # fmt: skip

TEXT = """\
# what is known
version: 1
tag: {tpid: 34998}
networks:
  blue: {vnid: 10100, group: 239.0.0.2}
  "on": {vnid: 7}
  ovn: {vnid: {value: 1, mask: 4095}}
  pods: {vnid: any, identities: {4: health, 12345: shop/web}}
  red: {vnid: 10200, gateway: {mac: "00:00:5e:00:01:fe", ip: [10.1.0.254, "fe80::fe"]}}  # guessed: why
teps:
  "7": {ip: 192.0.2.7, shared: true, encap: [geneve], geneve_options: [any, "0x0102:0x80"]}
  v2: {ip: 192.0.2.2, router_mac: "02:00:00:00:40:02", encap: [vxlan, geneve], ports: {vxlan: 8472}}
  v10: {ip: [192.0.2.10, "2001:db8::10"], mac: "02:00:00:00:01:10", encap: [vxlan]}
switches:
  bare: {tep: v10, ports: {}}
  v2:
    tep: v2
    ports:
      eth9: blue  # guessed: one; two
      eth10: {9: blue, 20: red, untagged: "on", native: 30}
      up: {5: red, trusted: true}
      x: {network: blue, trusted: true}
"""


def model_of(data: dict[str, Any]) -> Any:  # noqa: ANN401  (a model)
    return parse(json.dumps(data).encode(), "map")


def test_the_text_of_a_map() -> None:
    draft = Draft(json.loads(json.dumps(MAP)))
    del draft.data["teps"][""]
    draft.note(("networks", "red"), "guessed: why")
    for _ in range(2):
        draft.note(("switches", "v2", "ports", "eth9"), "guessed: one")
    draft.note(("switches", "v2", "ports", "eth9"), "two")
    draft.note(("vms", "moved"), "moved\n- not: markup\x1b[31m")
    draft.note(("vms", "cards", "nics", 1), "the other one")
    draft.note(("vms", "yes", "at", 0), "a place")
    model, notes, left_out = settled(draft)
    assert left_out == []
    text = text_of(model, notes, ["what is known"])
    assert text.startswith(TEXT)
    assert "port-2: blue\n      port-3: blue\n" in text
    assert (
        '  cards:\n    nics:\n      - {mac: "02:00:00:bb:00:01", ip: [10.1.0.9], at: v2/eth9}\n'
        '      - {mac: "02:00:00:bb:00:02", at: {port: v2/eth10.20, from: "2026-01-01T00:00:00Z"}}  # the other one\n'
        "  moved:  # moved\\u000a- not: markup\\u001b[31m\n    mac: "
    ) in text
    assert '  "web 1: # no": {mac: "02:00:00:aa:00:01", ip: [10.1.0.1, "fd00::1"], at: v2/eth9}\n' in text
    assert '  "yes": {ip: [10.244.0.0/24], at: [{port: v2/eth10, vlan: 20}, v10]}  # at 0: a place\n' in text
    assert text.endswith(
        "policies:\n  - {from: red, to: blue, both_ways: true, encap: vxlan, pcp: 3}\n  - {from: blue, to: \"on\"}\n"
        "vrfs:\n  tenant: {l3vni: 50000, networks: [red, blue]}\nhosts:\n  h1: {teps: [v2], switches: [v2, bare]}\n"
    )  # fmt: skip
    again = parse(text.encode(), "map")
    assert again == model == model_of(draft.data)
    assert text_of(again, notes, ["what is known"]) == text


NAMES = st.one_of(
    st.text(min_size=1, max_size=8),
    st.text(st.sampled_from("ab1.:/#-?&*!|>%@`{}[],'\"\\ \ue03a"), min_size=1, max_size=8),
    st.sampled_from(
        ["yes", "null", "~", "0x10", "1e3", "12:34", "- a", "? b", "<<", "2026-01-01", "x" * 1100, "=", "é"]
    ),
)
COMMENTS = st.text(max_size=20) | st.sampled_from(["a\nb: c", "x\u2028y", "\x85", "\ud800", "a # b"])
LAST = st.integers(1, 250)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """A map with any names; that of a name which a map cannot have, or what contradicts itself, is left out of it."""
    draft = Draft()
    networks, teps, switches, ports = (draw(st.lists(NAMES, min_size=1, max_size=3)) for _ in range(4))

    def one(names: list[str]) -> str:
        return draw(st.sampled_from(names))

    for number, name in enumerate(networks):
        draft.entry("networks", name).update(vnid=draw(st.integers(1, 0xFFFFFF) | st.just(number + 1)))
    for name in teps:
        draft.entry("teps", name).update(ip=f"192.0.2.{draw(LAST)}", encap=["vxlan"])
    for name in switches:
        draft.entry("switches", name).update(tep=one(teps), ports={port: one(networks) for port in ports})
    for name in draw(st.lists(NAMES, max_size=4)):
        mac, place = f"02:00:00:00:00:{draw(LAST):02x}", f"{one(switches)}/{one(ports)}"
        draft.entry("vms", name).update(mac=mac, ip=[f"10.0.0.{draw(LAST)}"], at=place)
    policies = [{"from": one(networks), "to": one(networks)} for _ in range(draw(st.integers(0, 2)))]
    draft.data["policies"] = policies
    for section in ("networks", "teps", "switches", "vms"):
        for name in draft.data.get(section, {}):
            draft.note((section, name), draw(COMMENTS))
    return draft


@given(draft=drafts())
def test_a_written_map_loads_to_the_same_map(draft: Draft) -> None:
    model, notes, _ = settled(draft)
    text = text_of(model, notes)
    again = parse(text.encode(), "map")
    assert again == model
    assert text_of(again, notes) == text
    assert again == parse(json.dumps(draft.data).encode(), "map")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=9) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(value=VALUES)
def test_any_value_in_one_line_is_read_as_that_value(value: object) -> None:
    from dovetool.vnid_map.file.yaml_source import compose

    line = flow({"key": value})
    assert line.isprintable()
    if "\\ud" not in line:  # half a character cannot be a file's
        assert compose(line).data == {"key": value}


@pytest.mark.parametrize("text", ["192.0.2.1", "10.0.0.0/8", "sw1/eth1.10", "a", "_x", "tep-1"])
def test_what_can_mean_nothing_else_stands_bare(text: str) -> None:
    assert scalar(text) == text


@pytest.mark.parametrize(
    "text", ["", "7", "y", "Off", "nan", "1.5", "1e3", "a:b", "a b", "-a", "é", "fd00::1", "~", "."]
)
def test_all_else_is_in_quotes(text: str) -> None:
    assert scalar(text) == f'"{text}"'


def test_what_a_map_would_refuse_is_left_out_and_told() -> None:
    draft = Draft()
    draft.entry("networks", "blue").update(vnid=1, group="10.0.0.1")
    draft.entry("networks", "bad\n").update(vnid=2)
    draft.entry("teps", "t1").update(ip="192.0.2.1", encap=["vxlan"], mac="01:00:5e:00:00:01", ports={"vxlan": 0})
    draft.entry("teps", "t2").update(encap=["vxlan"])
    draft.entry("switches", "s1").update(tep="t1", ports={"p": "blue", "q": "bad\n"})
    draft.entry("switches", "s2").update(tep="t2", ports={})
    draft.entry("vms", "a").update(mac="02:00:00:00:00:01", ip=["10.0.0.1", "224.0.0.1"], at="s1/p")
    draft.entry("vms", "b").update(mac="02:00:00:00:00:01", at="s1/p")
    draft.entry("vms", "c").update(mac="02:00:00:00:00:03", at="s1/q")
    draft.entry("vrfs", "v").update(networks=["blue", "bad\n"])
    draft.note(("vms", "b"), "gone with it")
    draft.note(("vms", "a"), "stays")
    model, notes, left_out = settled(draft)
    assert (list(model.networks), list(model.teps), list(model.switches)) == (["blue"], ["t1"], ["s1"])
    assert (list(model.vms), list(model.switches["s1"].ports), model.networks["blue"].group) == (["a"], ["p"], None)
    assert [bytes([10, 0, 0, 1])] == list(model.vms["a"].ip)
    assert model.vrfs["v"].networks == ("blue",)
    assert notes == {("vms", "a"): ["stays"]}
    assert "vms 'a' ip 1 is left out: found '224.0.0.1'; expected" in "\n".join(left_out).replace("vms a", "vms 'a'")
    assert len(left_out) == len(set(left_out)) > 8


@given(names=st.lists(NAMES))
def test_natural_order_is_an_order(names: list[str]) -> None:
    names_backwards = list(reversed(names))
    assert sorted(names, key=natural) == sorted(names_backwards, key=natural)


def test_numbers_in_names_are_ordered_by_value() -> None:
    assert sorted(["vm10", "VM2", "vm2", "vm", "10", "9", "vm02"], key=natural) == [
        "9", "10", "vm", "VM2", "vm02", "vm2", "vm10",
    ]  # fmt: skip
