"""`dovetool map`: what it prints, and where the names of a map may not lead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dovetool.cli.map_commands import app
from dovetool.errors import MapError
from dovetool.vnid_map.load import parse

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


def test_show_says_what_it_leaves_out(map_file: Path) -> None:
    some = output_of("show", str(map_file), "--rows", "1")
    assert "vm1" in some
    assert "vm2" not in some
    assert "1 of 2 rows are not shown; --all shows them." in some
    assert "not shown" not in output_of("show", str(map_file), "--rows", "1", "--all")


def test_no_control_character_of_a_name_reaches_the_terminal() -> None:
    from dovetool.views.map_tables import as_text

    assert as_text("a\x1b[31mb\u202ec").plain == "a\\x1b[31mb\\u202ec"
    for name in ("a\x1b[31m", "a\n", "\u202eb"):
        with pytest.raises(MapError):
            parse(json.dumps({"version": 1, "networks": {name: {"vnid": 1}}}).encode(), "map")


def test_schema_describes_every_field() -> None:
    schema = json.loads(output_of("schema"))
    assert set(schema["properties"]) == {"version", "tag", "networks", "teps", "switches", "vms", "policies"}
    assert set(schema["$defs"]["Placement"]["properties"]) == {"port", "from", "until"}
    fields = [field for model in (schema, *schema["$defs"].values()) for field in model["properties"].values()]
    assert all(field.get("description") for field in fields)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("command", ["check", "show", "schema"])
def test_help_has_an_example(command: str) -> None:
    assert f"dovetool map {command}" in output_of(command, "--help")


def test_help_does_not_wait_for_heavy_imports() -> None:
    code = "import sys, dovetool.cli.map_commands; print(*{'pydantic', 'ruamel.yaml'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
