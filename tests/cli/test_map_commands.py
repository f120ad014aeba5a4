"""`dovetool map`: what it prints, and where the names of a map may not lead."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dovetool.cli.commands.map import app
from dovetool.errors import MapError
from dovetool.vnid_map.file.load import parse
from dovetool.vnid_map.file.value_types import VLAN_KEY

TEXT = """\
version: 1
networks:
  "[red]x[/red]": {vnid: 5001, group: 239.0.0.2}
  blue: {vnid: 5002}
teps:
  tep1: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan, geneve], ports: {vxlan: 8472}}
switches:
  sw1: {tep: tep1, ports: {p1: "[red]x[/red]", p2: blue}}
vms:
  vm1: {mac: "02:00:00:00:00:0a", ip: [10.0.0.1, "fd00::1"], at: sw1/p1}
  vm2:
    mac: "02:00:00:00:00:0b"
    at: [{port: sw1/p1, until: "2026-01-01T00:00:10Z"}, {port: sw1/p2, from: "2026-01-01T00:00:10.5Z"}]
policies: [{from: blue, to: "[red]x[/red]"}]
"""


TEPS = """\
version: 1
teps:
  a: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan, geneve]}
  "[b]:smile:": {ip: 192.0.2.2, mac: "02:00:00:00:01:02", encap: [geneve, vxlan]}
  c: {mac: "02:00:00:00:01:03", encap: [pbb], underlay: l2}
  d: {ip: "fd00::4", mac: "02:00:00:00:01:04", encap: [vxlan]}
  "[g]": {ip: 192.0.2.9, mac: "02:00:00:00:01:09", encap: [pbb, nvgre, vxlan], underlay: both, gateway: true}
"""


def many_teps(*, strangers: int) -> str:
    """Return a map of 17 TEPs, the last of which know another encapsulation than the others."""
    kinds = ["vxlan"] * (17 - strangers) + ["stt"] * strangers
    rows = (
        f'  t{index}: {{ip: 192.0.2.{index + 1}, mac: "02:00:00:00:01:{index:02}", encap: [{kind}]}}'
        for index, kind in enumerate(kinds)
    )
    return "\n".join(("version: 1", "teps:", *rows, ""))


@pytest.fixture
def map_file(tmp_path: Path) -> Path:
    path = tmp_path / "map.yaml"
    path.write_text(TEXT)
    return path


def output_of(*args: str, stdin: str | None = None) -> str:
    """Return what a command prints; it must be satisfied."""
    result = CliRunner().invoke(app, args, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_check_counts_what_is_right(map_file: Path) -> None:
    counts = "ok (2 networks, 1 TEP, 1 switch, 2 VMs, 1 policy)"
    assert output_of("check", str(map_file)) == f"{map_file}: {counts}\n"
    assert output_of("check", "-", stdin=TEXT) == f"-: {counts}\n"


def test_one_encapsulation_needs_no_list(map_file: Path) -> None:
    map_file.write_text(TEXT.replace("encap: [vxlan, geneve]", "encap: vxlan"))
    assert "1 TEP" in output_of("check", str(map_file))


def test_a_capture_is_no_map(tmp_path: Path) -> None:
    path = tmp_path / "in.pcap"
    path.write_bytes(bytes.fromhex("d4c3b2a1 02000400"))
    with pytest.raises(MapError) as caught:
        CliRunner().invoke(app, ["check", str(path)], catch_exceptions=False)
    assert caught.value.problems == [f"{path}:1:1: found a capture; expected a map file"]


def test_check_raises_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("version: 3\nnetwork: {}\n")
    with pytest.raises(MapError) as caught:
        CliRunner().invoke(app, ["check", str(path)], catch_exceptions=False)
    assert [line.removeprefix(f"{path}:").split(" ")[0] for line in caught.value.problems] == ["1:10:", "2:1:"]


def test_show_prints_names_as_they_are(map_file: Path) -> None:
    lines = [line.split() for line in output_of("show", str(map_file)).splitlines()]
    assert ["[red]x[/red]", "5001", "239.0.0.2", "drop", "-", "blue", "1", "2"] in lines
    assert ["tep1", "192.0.2.1", "02:00:00:00:01:01", "vxlan:8472,", "geneve", "-", "-", "-", "64", "from-pcp"] in lines
    assert ["sw1", "tep1", "p2", "blue", "5002"] in lines
    moves = "sw1/p1 until 2026-01-01T00:00:10Z, sw1/p2 from 2026-01-01T00:00:10.5Z"
    assert ["vm2", "02:00:00:00:00:0b", "-", *moves.split()] in lines
    assert ["blue", "[red]x[/red]"] in lines


def test_show_tells_trusted_ports_where_there_are_any() -> None:
    trusting = TEXT.replace("p2: blue", "p2: {network: blue, trusted: true}")
    assert trusting != TEXT
    assert cells_of("Switches", TEXT)[0] == ["Switch", "TEP", "Port", "Network", "VNID"]
    rows = cells_of("Switches", trusting)
    assert rows[0][-1] == "Trusted"
    assert [row[-1] for row in rows[1:]] == ["-", "yes"]


def test_show_tells_the_native_vlan_of_a_trunk() -> None:
    trunk = TEXT.replace("p2: blue", "p2: {untagged: blue, native: 10}")
    assert trunk != TEXT
    assert [row[2] for row in cells_of("Switches", trunk)[1:]] == ["p1", "p2 untagged, native 10"]


def test_show_says_what_it_leaves_out(map_file: Path) -> None:
    some = output_of("show", str(map_file), "--rows", "1")
    assert "vm1" in some
    assert "vm2" not in some
    assert "1 of 2 rows are not shown; --all shows them." in some
    assert "not shown" not in output_of("show", str(map_file), "--rows", "1", "--all")


def table_of(title: str, text: str, *options: str) -> list[list[str]]:
    """Return the words of each line of the table with that title, its head first, without a note below."""
    lines = [line.strip() for line in output_of("show", "-", *options, stdin=text).splitlines()]
    if title not in lines:
        return []
    body = lines[lines.index(title) + 1 :]
    return [line.split("  ") for line in body[: body.index("")] if not line.endswith(" shows them.")]


def cells_of(title: str, text: str, *options: str) -> list[list[str]]:
    """Return the cells of a table without the line below its head."""
    rows = [[cell.strip() for cell in row if cell.strip()] for row in table_of(title, text, *options)]
    return rows[:1] + rows[2:]


def test_show_prints_which_encapsulation_a_tep_uses_towards_each() -> None:
    assert cells_of("Encapsulation between TEPs", TEPS) == [
        ["From \\ to", "a", "[b]:smile:", "c", "d", "[g]"],
        ["a", "-", "vxlan", "via [g]", "none", "vxlan"],
        ["[b]:smile:", "geneve", "-", "via [g]", "none", "vxlan"],
        ["c", "via [g]", "via [g]", "-", "none", "pbb"],
        ["d", "none", "none", "none", "-", "none"],
        ["[g]", "vxlan", "vxlan", "pbb", "none", "-"],
    ]
    assert len(cells_of("Encapsulation between TEPs", TEPS, "--rows", "2")) == 3


def test_show_has_no_matrix_of_one_tep() -> None:
    assert "Encapsulation between TEPs" not in output_of("show", "-", stdin=TEXT)


def test_show_lists_the_pairs_without_an_encapsulation_of_many_teps() -> None:
    title = "TEPs without a common encapsulation"
    text = many_teps(strangers=2)
    rows = cells_of(title, text, "--all")
    assert rows[:4] == [["From", "To", "Way"], ["t0", "t15", "none"], ["t0", "t16", "none"], ["t1", "t15", "none"]]
    assert len(rows) == 1 + 15 * 2 * 2
    assert rows[-1] == ["t16", "t14", "none"]
    assert "55 of 60 rows are not shown" in output_of("show", "-", "--rows", "5", stdin=text)
    through = text + '  "[g]": {ip: 192.0.2.99, mac: "02:00:00:00:01:99", encap: [stt, vxlan], gateway: true}\n'
    assert ["t16", "t14", "via [g]"] in cells_of(title, through, "--all")
    assert "Encapsulation between TEPs" not in output_of("show", "-", stdin=text)
    assert cells_of(title, many_teps(strangers=0)) == []
    assert cells_of(title, many_teps(strangers=17)) == []


def test_show_says_what_underlay_a_tep_is_on_and_which_is_a_gateway() -> None:
    rows = {row[0]: row for row in cells_of("TEPs", TEPS)}
    assert rows["TEP"][-1] == "Gateway"
    assert (rows["c"][1], rows["c"][-1]) == ("l2", "-")
    assert (rows["[g]"][1], rows["[g]"][-1]) == ("192.0.2.9, l2", "yes")
    assert "Gateway" not in output_of("show", "-", stdin=TEXT)


def test_no_control_character_of_a_name_reaches_the_terminal() -> None:
    from dovetool.views.maps.map_tables import as_text

    assert as_text("a\x1b[31mb\u202ec").plain == "a\\x1b[31mb\\u202ec"
    for name in ("a\x1b[31m", "a\n", "\u202eb"):
        with pytest.raises(MapError):
            parse(json.dumps({"version": 1, "networks": {name: {"vnid": 1}}}).encode(), "map")


def test_schema_describes_every_field() -> None:
    schema = json.loads(output_of("schema"))
    assert set(schema["properties"]) == {
        "version",
        "tag",
        "networks",
        "teps",
        "switches",
        "vms",
        "policies",
        "vrfs",
        "hosts",
    }
    assert set(schema["$defs"]["Placement"]["properties"]) == {"port", "vlan", "from", "until"}
    fields = [field for model in (schema, *schema["$defs"].values()) for field in model["properties"].values()]
    assert all(field.get("description") for field in fields)
    assert schema["additionalProperties"] is False


def test_schema_takes_a_network_or_vlans_or_settings_for_a_port() -> None:
    schema = json.loads(output_of("schema"))
    (port,) = schema["$defs"]["Switch"]["properties"]["ports"]["patternProperties"].values()
    name, trunk, settings = port["anyOf"]
    assert name["type"] == "string"
    assert settings == {"$ref": "#/$defs/SwitchPort"}
    assert trunk["patternProperties"] == {VLAN_KEY: name}
    assert schema["$defs"]["SwitchPort"]["properties"]["trusted"]["type"] == "boolean"


def test_schema_knows_what_a_tep_may_be() -> None:
    schema = json.loads(output_of("schema"))["$defs"]["Tep"]
    fields = schema["properties"]
    encaps = ["vxlan", "vxlan-gpe", "geneve", "nvgre", "gretap", "pbb", "stt", "erspan"]
    one, several = fields["encap"]["anyOf"]
    assert one == several["items"]
    listed, in_any_case = one["anyOf"]
    assert listed == {"enum": encaps}
    assert all(re.search(in_any_case["pattern"], spelled) for name in encaps for spelled in (name, name.upper()))
    assert not re.search(in_any_case["pattern"], "vxlan-gpf")
    assert fields["ports"]["propertyNames"]["anyOf"][0] == {"enum": encaps[:3]}
    assert fields["underlay"]["enum"] == ["ip", "l2", "both"]
    assert fields["on_mtu"]["enum"] == ["reject", "fragment", "emit"]
    assert {"enum": ["strip", "keep", "reject"], "type": "string"} in fields["guest_vlan"]["anyOf"]
    assert (fields["gateway"]["type"], fields["geneve_priority"]["type"]) == ("boolean", "boolean")
    assert "a router" in fields["gateway"]["description"]
    assert "router" in fields["gateway_mac"]["description"]


def test_schema_asks_for_an_ip_except_on_a_layer_2_underlay() -> None:
    schema = json.loads(output_of("schema"))["$defs"]["Tep"]
    l2, both = schema["allOf"]
    assert schema["required"] == ["encap"]
    assert l2["if"] == {"properties": {"underlay": {"const": "l2"}}, "required": ["underlay"]}
    assert l2["then"]["properties"]["ip"] is False
    assert l2["then"]["properties"]["encap"]["items"]["anyOf"][0] == {"enum": ["pbb"]}
    assert l2["else"] == {"required": ["ip"]}
    assert both["if"]["properties"] == {"underlay": {"const": "both"}}
    assert both["then"] == {"properties": {"gateway": {"const": True}}, "required": ["gateway", "mac"]}


@pytest.mark.parametrize("command", ["check", "show", "schema"])
def test_help_has_an_example(command: str) -> None:
    assert f"dovetool map {command}" in output_of(command, "--help")


def test_help_does_not_wait_for_heavy_imports() -> None:
    code = "import sys, dovetool.cli.commands.map; print(*{'pydantic', 'ruamel.yaml'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
