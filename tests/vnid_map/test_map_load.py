"""The loader: YAML 1.2 and JSON mean the same, and every mistake is reported at its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from dovetool.errors import MapError
from dovetool.vnid_map.file.load import load, parse

PLAIN = """\
version: 1
tag: {tpid: 0x88B6}
networks:
  blue: {vnid: 5001}
  red:  {vnid: 5002, group: 239.0.0.2, unknown_unicast: flood}
teps:
  tep1: {ip: 192.0.2.1, mac: 02:00:00:00:01:01, encap: [vxlan, geneve], ports: {vxlan: 8472}, dscp: 46}
  tep2: {ip: "192.0.2.2", mac: 02-00-00-00-01-02, encap: [geneve], gateway_mac: 0200.0000.0001}
switches:
  sw1: {tep: tep1, ports: {p1: blue, p2: red}}
  sw2: {tep: tep2, ports: {p1: blue, p2: red}}
vms:
  vm1: {mac: "02:00:00:00:00:0a", ip: [10.0.0.1, "fd00::1"], at: sw1/p1}
  vm3:
    mac: 12:34:56:12:34:56      # YAML 1.1 reads this as a number to the base of 60
    ip: 10.0.0.1
    at: [{port: sw1/p2, until: 2026-01-01T00:00:10Z}, {port: sw2/p2, from: 2026-01-01T00:00:10Z}]
policies:
  - {from: blue, to: red}
"""

TEN_MISTAKES = """\
version: 1
networks:
  blue: {vnid: 5001}
  red:  {vnid: 5001}
  grey: {vnid: 16777216}
teps:
  tep1: {ip: 192.0.2.1, mac: "03:00:00:00:01:01", encap: [vxlan]}
  tep2: {ip: 192.0.2.300, mac: "02:00:00:00:01:02", encap: [vxlann]}
switches:
  sw1: {tep: tep3, ports: {p1: blue, p2: rad}}
vms:
  vm1: {mac: "02:00:00:00:00:0a", at: sw1/p1}
  vm2: {mac: "02:00:00:00:00:0a", at: sw1/p1}
  vm1: {mac: "02:00:00:00:00:0b", at: sw1/p1}
policies:
  - {from: blue, too: red}
"""


def problems_of(text: str | bytes) -> list[str]:
    """Return the lines of the error, without the file's name."""
    with pytest.raises(MapError) as caught:
        parse(text if isinstance(text, bytes) else text.encode(), "map")
    assert all(line.startswith("map:") for line in caught.value.problems)
    return [line.removeprefix("map:") for line in caught.value.problems]


def with_vm(**fields: object) -> dict[str, Any]:
    """Return the data of a small map whose only VM has these fields."""
    return {
        "version": 1,
        "networks": {"blue": {"vnid": 1}},
        "teps": {"tep1": {"ip": "192.0.2.1", "mac": "02:00:00:00:01:01", "encap": ["vxlan"]}},
        "switches": {"sw1": {"tep": "tep1", "ports": {"p1": "blue", "p2": "blue"}}},
        "vms": {"vm1": {"mac": "02:00:00:00:00:0a", "at": "sw1/p1", **fields}},
    }


def test_values_of_a_map() -> None:
    model = parse(PLAIN.encode(), "map")
    assert model.tag.tpid == 0x88B6
    assert model.vms["vm3"].mac == (bytes.fromhex("123456123456"),)
    assert model.vms["vm3"].ip == (bytes([10, 0, 0, 1]),)
    assert [place.from_ns for place in model.vms["vm3"].at] == [None, 1_767_225_610_000_000_000]
    assert model.teps["tep2"].gateway_mac == model.teps["tep2"].mac[0][:1] + bytes([0, 0, 0, 0, 1])
    assert model.networks["red"].group == bytes([239, 0, 0, 2])
    assert model.teps["tep1"].dscp == 46


def test_json_and_yaml_are_equal() -> None:
    data = YAML(typ="safe", pure=True).load(PLAIN.replace("Z}", '+00:00"}').replace(": 2026", ': "2026'))
    assert parse(json.dumps(data).encode(), "map") == parse(PLAIN.encode(), "map")
    assert parse(json.dumps(data, indent="\t").encode("utf-8-sig"), "map") == parse(PLAIN.encode(), "map")


def test_ten_mistakes_make_ten_lines() -> None:
    lines = problems_of(TEN_MISTAKES)
    places = [line.split(" ")[0] for line in lines]
    assert places == [
        "4:16:",
        "5:16:",
        "7:30:",
        "8:14:",
        "8:61:",
        "10:14:",
        "10:42:",
        "13:14:",
        "14:3:",
        "16:5:",
        "16:18:",
    ]
    assert "found '192.0.2.300'; expected an IPv4 or IPv6 address" in lines[3]
    assert lines[4].endswith(
        "found 'vxlann'; expected 'vxlan', 'vxlan-gpe', 'geneve', 'nvgre', 'gretap', 'pbb', 'stt' or 'erspan'"
    )
    assert lines[6].endswith("(did you mean 'red'?)")
    assert lines[10].endswith(
        "found the key 'too'; expected one of from, to, both_ways, stateful, encap, via, pcp (did you mean 'to'?)"
    )


def test_mistakes_in_json_have_the_same_places_as_in_yaml() -> None:
    text = json.dumps(with_vm(mac="x", ip=["10.0.0.1", 5], at=[{"port": "sw1/p9"}]), indent=2)
    lines = problems_of(text)
    assert len(lines) == 3
    assert problems_of(f"{text}  # which makes it YAML") == lines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "1:1: found nothing in the file; expected a mapping with the key 'version'"),
        ("# only a remark\n", "1:1: found nothing in the file; expected a mapping with the key 'version'"),
        ("- a\n- b\n", "1:1: found a list; expected a mapping with the key 'version'"),
        ("[1]", "1:1: found a list; expected a mapping with the key 'version'"),
        ("version: 2", "1:10: found the number 2; expected 1"),
        ("version: 1\nversion: 1", "2:1: found the key 'version' a second time; expected each key once"),
        ('{"version": 1,\n "version": 1}', "2:2: found the key 'version' a second time; expected each key once"),
        ("version: 1\nvms:\n", "2:1: found nothing; expected a mapping (write {} or leave the key out)"),
        ("version: 1\ntag: !x {}", "2:6: found the tag '!x'; expected a value without a tag"),
        ("version: !!int one", "1:10: found 'one'; expected a value that fits its tag !!int"),
        ("version: 1\n<<: {}", "2:1: found a merge key <<; expected a name (YAML 1.2 has no merge keys: write it out)"),
        ("version: 1\n--- {}", "2:1: found a second document; expected the end of the file"),
        ("version: *a", "1:10: found the alias 'a'; expected an anchor &a before"),
        ("version: 1\n? [a]\n: b", "2:3: found a list as a key; expected a name"),
        ("version: 1\nvms: {a\x07b: {}}", "2:8: found the character '\\x07'; expected text"),
        (b"version: 1\nvms: \xff", "2:6: found the octet 0xff; expected UTF-8"),
    ],
)
def test_one_mistake_makes_one_line(text: str | bytes, line: str) -> None:
    assert line in problems_of(text)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("5", "5:29: found the number 5; expected a name (put it in quotes)"),
        ("blu", "5:29: found 'blu'; expected the name of a network (did you mean 'blue'?)"),
        ("{network: blu}", "5:39: found 'blu'; expected the name of a network (did you mean 'blue'?)"),
        ("{trusted: true}", "5:25: found a port without the key 'network'; expected one"),
        ("{network: blue, trusted: 1}", "5:54: found the number 1; expected true or false"),
        (
            "{network: blue, trust: true}",
            (
                "5:45: found the key 'trust'; expected one of network, vlans, trusted, native, untagged, a VLAN "
                "(did you mean 'trusted'?)"
            ),
        ),
    ],
)
def test_mistakes_in_a_port(entry: str, line: str) -> None:
    text = f"""version: 1
networks: {{blue: {{vnid: 1}}}}
teps: {{t: {{ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: vxlan}}}}
switches:
  sw1: {{tep: t, ports: {{p1: {entry}}}}}
"""
    assert problems_of(text) == [line]


def test_a_port_by_name_is_one_without_settings() -> None:
    plain, settled = with_vm(), with_vm()
    settled["switches"]["sw1"]["ports"]["p1"] = {"network": "blue"}
    assert parse(json.dumps(plain).encode(), "map") == parse(json.dumps(settled).encode(), "map")
    settled["switches"]["sw1"]["ports"]["p1"]["trusted"] = True
    assert parse(json.dumps(settled).encode(), "map").switches["sw1"].ports["p1"].trusted


def test_another_version_of_yaml_is_refused() -> None:
    assert problems_of(f"%YAML 1.1\n---\n{PLAIN}")[0].endswith(
        "found YAML 1.1; expected YAML 1.2 (leave the %YAML line out)"
    )
    assert parse(f"%YAML 1.2\n---\n{PLAIN}".encode(), "map") == parse(PLAIN.encode(), "map")


@pytest.mark.parametrize(
    "text", ["a: [1, 2\n", "a: 'x", "a: b: c", "{", '{"a": 1,,}', "a: @", "%YAML 1.x\n---\n", "a: !<"]
)
def test_what_is_no_yaml_has_a_place(text: str) -> None:
    (line,) = problems_of(text)
    assert "; expected" in line
    assert line.split(":")[0].isdigit()


def test_json_error_of_a_json_file_is_told_by_the_parser_that_came_farthest() -> None:
    (line,) = problems_of('{\n "version": 1,\n "vms" {}\n}')
    assert line.startswith("3:")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", '{"a":', "[[\n"])
def test_deep_nesting_is_refused(opening: str) -> None:
    (line,) = problems_of(opening * 20_000)
    assert "32 levels of nesting" in line or "not YAML" in line


def test_aliases_are_followed_within_bounds() -> None:
    text = PLAIN.replace("encap: [geneve]", "encap: *e").replace("encap: [vxlan", "encap: &e [vxlan")
    assert parse(text.encode(), "map").teps["tep2"].encap == ("vxlan", "geneve")
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    (line,) = problems_of(bomb)
    assert "found aliases for more than 1,000,000 values" in line
    assert "found the alias 'a'" in problems_of("version: &a [*a]")[0]


@pytest.mark.parametrize(
    "name", ["on", "off", "no", "yes", "7", "0x10", "null", "~", "true", "1e3", "12:34:56", "=", "é"]
)
def test_names_are_text_whatever_they_look_like(name: str) -> None:
    text = PLAIN.replace("blue: {vnid", f"{name}: {{vnid").replace("p1: blue", f'p1: "{name}"')
    assert name in parse(text.replace("from: blue", f'from: "{name}"').encode(), "map").networks


@pytest.mark.parametrize(("written", "vnid"), [("0o17", 15), ("017", 17), ("0x1F", 31), ("+5", 5), ("0o7", 7)])
def test_numbers_are_those_of_yaml_1_2(written: str, vnid: int) -> None:
    assert (
        parse(f"version: 1\nnetworks: {{blue: {{vnid: {written}}}}}\n".encode(), "map").networks["blue"].vnid.value
        == vnid
    )


@pytest.mark.parametrize(
    "written", ["5_001", "1:30", "5001.0", '"5001"', "yes", "true", "[1]", "9" * 5000, "-1", "0", "1e2"]
)
def test_what_is_no_number_of_yaml_1_2_is_no_vnid(written: str) -> None:
    (line,) = problems_of(f"version: 1\nnetworks:\n  blue:\n    vnid: {written}\n")
    assert line.startswith("4:11: found ")


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-01T00:00:10",
        "2026-01-01",
        "2026-13-01T00:00:10Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:10.1234567890Z",
        "2026-01-01T00:00:10+25:00",
        "2026-01-01T00:00:10+01:75",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        1_767_225_610,
        10**40,
        True,
    ],
)
def test_times_that_are_refused(time: object) -> None:
    (line,) = problems_of(json.dumps(with_vm(at=[{"port": "sw1/p1", "from": time}])))
    assert "; expected a time" in line


@given(
    second=st.integers(0, 253_402_214_400 - 1),
    fraction=st.integers(0, 999_999_999),
    offset=st.sampled_from(["Z", "+00:00", "z", "-00:00"]),
)
def test_times_keep_every_nanosecond(second: int, fraction: int, offset: str) -> None:
    ts_ns = second * 1_000_000_000 + fraction
    first = parse(json.dumps(with_vm(at=[{"port": "sw1/p1", "from": written(ts_ns, offset)}])).encode(), "map")
    assert first.vms["vm1"].at[0].from_ns == ts_ns
    dumped = first.model_dump_json(by_alias=True, exclude_unset=True)
    assert parse(dumped.encode(), "map") == first


def written(ts_ns: int, offset: str) -> str:
    """Write a time without the code under test."""
    from datetime import UTC, datetime, timedelta

    seconds, fraction = divmod(ts_ns, 1_000_000_000)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return f"{moment.replace(tzinfo=None).isoformat()}.{fraction:09d}{offset}"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none", "No such file"), (tmp_path, "directory"), (Path("a\0b"), "null")):
        with pytest.raises(MapError, match=reason) as caught:
            load(path)
        assert len(caught.value.problems) == 1


def test_a_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "map"
    path.write_text(PLAIN)
    assert load(path) == load(str(path))
