"""Settings of `dovetool.toml` and of the environment, in commands: what they change, and what they leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from cli_process import Ended, dovetool
from typer.main import get_command

from dovetool.cli.app import app
from dovetool.cli.configured import MAP_ONLY_IF_ASKED

DEMO = Path(__file__).resolve().parents[2] / "samples" / "demo"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder below one with a map and a dovetool.toml, as a user has it; in it, a capture."""
    monkeypatch.delenv("DOVETOOL_CONFIG")
    copy(DEMO / "map.yaml", tmp_path)
    (tmp_path / "dovetool.toml").write_text(
        'map = "map.yaml"\ndecode_as = ["udp.port==4799,vxlan"]\ncolumns = ["number", "network"]\n'
    )
    below = tmp_path / "below"
    below.mkdir()
    copy(DEMO / "in.pcapng", below)
    return below


def encapped(folder: Path) -> None:
    for words in (("tag", "in.pcapng", "tagged.pcapng"), ("encap", "tagged.pcapng", "underlay.pcapng")):
        assert dovetool(*words, cwd=folder).code == 0


def told(ended: Ended) -> dict[str, Any]:
    assert ended.code == 0, ended.stderr
    record: dict[str, Any] = json.loads(ended.stdout)
    return record


def test_commands_take_the_map_of_the_file(folder: Path) -> None:
    encapped(folder)
    for words in (
        ("run", "in.pcapng", "out.pcapng"),
        ("decap", "underlay.pcapng", "back.pcapng"),
        ("untag", "back.pcapng", "delivered.pcapng"),
        ("split", "underlay.pcapng", "by-vm", "--by", "vm"),
        ("trace", "in.pcapng", "--frame", "1"),
        ("inspect", "underlay.pcapng", "--vnid", "blue"),
        ("validate", "underlay.pcapng"),
    ):
        ended = dovetool(*words, cwd=folder)
        assert ended.code == 0, ended.stderr
    groups = told(dovetool("stats", "underlay.pcapng", "--json", cwd=folder))["groups"]
    assert {each["network"] for each in groups} == {"blue", "red", "ops"}


def test_strip_names_networks_and_translate_stays_what_it_is(folder: Path) -> None:
    """With a map, translate does the work of a gateway: only -m gives it one."""
    encapped(folder)
    assert dovetool("strip", "underlay.pcapng", "inner.pcapng", cwd=folder).code == 0
    assert b"blue" in (folder / "inner.pcapng").read_bytes()
    ended = dovetool("translate", "underlay.pcapng", "geneve.pcapng", "--to", "geneve", "--summary", "json", cwd=folder)
    summary = json.loads(ended.stderr)
    assert summary["forwarded"] == summary["frames_in"] > summary["unchanged"]


def test_an_option_comes_first(folder: Path) -> None:
    (folder / "other.yaml").write_text((DEMO / "map.yaml").read_text().replace("blue", "azure"))
    encapped(folder)
    command = ("stats", "underlay.pcapng", "--json")
    for words, settings in ((("-m", "other.yaml"), {}), ((), {"DOVETOOL_MAP": "other.yaml"})):
        groups = told(dovetool(*command, *words, cwd=folder, settings=settings))["groups"]
        assert "azure" in {each["network"] for each in groups}
    columns = dovetool("inspect", "in.pcapng", "-e", "time", "--csv", cwd=folder).stdout
    assert columns.splitlines()[0] == b"time"


@pytest.mark.parametrize("way", ["option", "environment"])
def test_the_file_is_left_alone_when_that_is_asked(way: str, folder: Path) -> None:
    words, settings = (("--no-config",), {}) if way == "option" else ((), {"DOVETOOL_CONFIG": ""})
    assert told(dovetool(*words, "config", "--json", cwd=folder, settings=settings))["file"] is None
    ended = dovetool(*words, "tag", "in.pcapng", "out.pcapng", cwd=folder, settings=settings)
    assert (ended.code, "--map" in ended.stderr) == (2, True)


def test_columns_of_the_file(folder: Path) -> None:
    assert dovetool("inspect", "in.pcapng", "--csv", cwd=folder).stdout.splitlines()[0] == b"number,network"
    assert dovetool("export", "in.pcapng", "out.csv", cwd=folder).code == 0
    assert (folder / "out.csv").read_text().splitlines()[0] == "number,network"
    assert b"Info" in dovetool("inspect", "in.pcapng", cwd=folder).stdout  # the list is as ever


def test_ports_of_the_file(folder: Path) -> None:
    encapped(folder)
    octets = (folder / "underlay.pcapng").read_bytes()
    (folder / "odd.pcapng").write_bytes(octets.replace((4789).to_bytes(2), (4799).to_bytes(2)))
    assert told(dovetool("stats", "odd.pcapng", "--by", "encap", "--json", cwd=folder))["groups"][0]["encap"] == "vxlan"


def test_colours_of_the_file(folder: Path) -> None:
    """A pipe has none, unless they are asked for."""
    (folder / "dovetool.toml").write_text('colour = "always"')
    words = ("inspect", "in.pcapng", "-V", "-n", "1")
    assert b"\x1b[" in dovetool(*words, cwd=folder).stdout
    assert b"\x1b[" not in dovetool(*words, cwd=folder, settings={"NO_COLOR": "1"}).stdout
    assert b"\x1b[" not in dovetool("--no-config", *words, cwd=folder).stdout


def test_learning_is_in_the_place_of_a_map(folder: Path) -> None:
    encapped(folder)
    assert dovetool("validate", "underlay.pcapng", "--learn", "1s", cwd=folder).code in (0, 1)
    ended = dovetool("validate", "underlay.pcapng", "--learn", "1s", "-m", "../map.yaml", cwd=folder)
    assert ended.complaint.startswith("--learn makes a map")


def test_an_error_about_the_map_says_who_names_it(folder: Path) -> None:
    (folder.parent / "map.yaml").write_text("version: 2\n")
    ended = dovetool("stats", "in.pcapng", cwd=folder)
    assert ended.code == 2
    assert ended.stderr.splitlines()[-1] == (
        f"dovetool: the map is {folder.parent}/map.yaml, as {folder.parent}/dovetool.toml:1 says"
    )
    ended = dovetool(
        "stats", "in.pcapng", "--vnid", "puce", cwd=folder, settings={"DOVETOOL_MAP": str(DEMO / "map.yaml")}
    )
    assert ended.stderr.splitlines()[-1] == f"dovetool: the map is {DEMO}/map.yaml, as DOVETOOL_MAP says"
    ended = dovetool("stats", "in.pcapng", "-m", "../map.yaml", cwd=folder)
    assert "dovetool.toml" not in ended.stderr


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("mapp = 1", "1: there is no setting 'mapp'"),
        ('\ndecode_as = ["udp.port==1,vxlam"]', "2: encapsulation 'vxlam' is not known"),
        ('columns = ["vnd"]', "1: columns vnd: there is no such column"),
    ],
)
def test_a_mistake_ends_a_command_and_no_help(text: str, complaint: str, folder: Path) -> None:
    (folder / "dovetool.toml").write_text(text)
    for words in (("inspect", "in.pcapng", "--csv"), ("config",), ("config", "--json")):
        ended = dovetool(*words, cwd=folder)
        assert (ended.code, ended.stdout) == (2, b"")
        assert ended.complaint.startswith(f"{folder}/dovetool.toml:{complaint}")
    for words in (("--help",), ("inspect", "--help"), ("--version",), ("--no-config", "inspect", "in.pcapng")):
        assert dovetool(*words, cwd=folder).code == 0


def test_config_tells_what_is_in_force_and_who_says_so(folder: Path) -> None:
    file = f"{folder.parent}/dovetool.toml"
    assert told(dovetool("config", "--json", cwd=folder, settings={"DOVETOOL_MAP": "m.yaml"})) == {
        "file": file,
        "settings": {
            "map": {"value": "m.yaml", "source": "environment", "place": "DOVETOOL_MAP"},
            "decode_as": {"value": ["udp.port==4799,vxlan"], "source": "file", "place": f"{file}:2"},
            "columns": {"value": ["number", "network"], "source": "file", "place": f"{file}:3"},
            "colour": {"value": "auto", "source": "default", "place": None},
        },
    }
    shown = dovetool("config", cwd=folder).stdout.decode()
    assert f"{file}:2" in shown
    assert "udp.port==4799,vxlan" in shown


def test_names_of_files_move_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOVETOOL_CONFIG")
    folder = tmp_path / "a\x1b[31m[red]b"
    folder.mkdir()
    (folder / "dovetool.toml").write_text('map = "m.yaml"')
    ended = dovetool("config", cwd=folder)
    assert b"\x1b" not in ended.stdout
    assert b"[red]b" in ended.stdout


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", {})
        yield from ((((name, each), below[each])) for each in below) if below else [((name,), command)]


def test_every_command_with_a_map_is_thought_of() -> None:
    """Those that take a map by -m are given that of the file by the same name of the parameter."""
    for path, command in commands():
        for each in command.params:
            if "--map" in each.opts and path != ("extcap",):
                assert each.name == "map_file", path
    assert set(MAP_ONLY_IF_ASKED) <= {path for path, _ in commands()}


@pytest.mark.parametrize("words", ["anonymise in.pcapng o.pcapng --key x", "translate in.pcapng o.pcapng --to geneve"])
def test_a_map_that_nobody_asked_for_is_no_reason_to_refuse(folder: Path, words: str) -> None:
    (folder / "o.pcapng").unlink(missing_ok=True)
    ended = dovetool(*words.split(), cwd=folder)
    assert ended.code == 0, ended.stderr
