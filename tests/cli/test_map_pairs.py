"""`map learn`, `map diff` and `map merge`, as one uses them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import NamedTuple

import pytest
from cli_process import dovetool as run

from dovetool.vnid_map.file.load import load

LAB = Path(__file__).resolve().parents[1] / "map_sources/data/frr/evpn"
CAPTURES = sorted(LAB.rglob("underlay-*.pcap*"))


class Said(NamedTuple):
    """What a command said."""

    stdout: str
    stderr: str


def dovetool(*words: str | Path, code: int = 0, stdin: bytes = b"") -> Said:
    """Run a command, which has to end with that code."""
    ended = run(*words, stdin=stdin)
    assert ended.code == code, ended
    return Said(ended.stdout.decode(), ended.stderr)


def test_a_map_from_nothing_but_captures_validates_them(tmp_path: Path) -> None:
    learnt = tmp_path / "map.yaml"
    done = dovetool("map", "learn", *CAPTURES, "-o", learnt, "--summary", "json")
    summary = json.loads(done.stderr)
    assert (summary["networks"], summary["teps"], summary["vms"]) == (2, 3, 8)
    assert summary["in_tunnels"] < summary["frames"]
    for capture in CAPTURES:
        report = json.loads(dovetool("validate", capture, "-m", learnt, "--json").stdout)
        assert (report["errors"], report["warnings"]) == (0, 0)


def test_what_captures_show_and_what_switches_say_is_the_same_but_for_what_captures_cannot_show(tmp_path: Path) -> None:
    """Names, ports, the addresses of gateways that were silent, and one address that nobody used."""
    learnt, imported = tmp_path / "learnt.yaml", tmp_path / "imported.yaml"
    times = ("--at", "2026-11-29T01:31:00Z", "--at", "2026-11-29T01:31:14Z")
    dovetool("map", "import", "frr", LAB / "before", LAB / "after", *times, "-o", imported, "--summary", "none")
    dovetool("map", "learn", *CAPTURES, "-o", learnt, "--summary", "none")
    done = dovetool("map", "diff", imported, learnt, "--without", "name,port,gateway.ip", "--json", code=1)
    found = json.loads(done.stdout)
    assert (found["appeared"], found["vanished"], found["moved"]) == (0, 0, 0)
    assert [(each["key"], each["before"]) for each in found["differences"] if each["key"] != "at"] == [
        ("ip", "10.1.0.3, fd00:1::3")
    ]


def test_learning_is_told_from_pipes_and_gives_the_same(tmp_path: Path) -> None:
    path = CAPTURES[0]
    by_name = dovetool("map", "learn", path, "--summary", "none").stdout
    assert dovetool("map", "learn", "-", "--summary", "none", stdin=path.read_bytes()).stdout == by_name
    (tmp_path / "map.yaml").write_text(by_name)
    assert len(load(tmp_path / "map.yaml").teps) == 3


def test_a_capture_that_is_cut_tells_what_it_had(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(gzip.decompress(CAPTURES[0].read_bytes())[:-3])
    done = dovetool("map", "learn", cut, "-o", tmp_path / "map.yaml", code=3)
    assert "after" in done.stderr
    assert load(tmp_path / "map.yaml").teps


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_only_a_part_is_learnt_from(tmp_path: Path, option: str) -> None:
    """As if there were no more: what it shows of one side of a migration has no migration."""
    part = tmp_path / "part.pcapng"
    dovetool("inspect", CAPTURES[0], option, "2026-11-29T01:31:09Z", "-w", part)
    alone = dovetool("map", "learn", part, "--summary", "none").stdout
    learnt = dovetool("map", "learn", CAPTURES[0], option, "2026-11-29T01:31:09Z", "--summary", "none").stdout
    assert learnt.replace(str(CAPTURES[0]), "") == alone.replace(str(part), "")
    assert learnt != dovetool("map", "learn", CAPTURES[0], "--summary", "none").stdout


@pytest.mark.parametrize("words", [("map", "diff"), ("map", "merge")])
def test_two_maps_and_their_exit_codes(words: tuple[str, str], tmp_path: Path) -> None:
    one, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    one.write_text("version: 1\nnetworks: {blue: {vnid: 10}}\n")
    other.write_text("version: 1\nnetworks: {azure: {vnid: 10, group: 239.0.0.1}, red: {vnid: 20}}\n")
    if words[1] == "merge":
        merged = dovetool(*words, one, other).stdout
        assert "blue: {vnid: 10, group: 239.0.0.1}" in merged
        assert "red: {vnid: 20}" in merged
        dovetool(*words, one, code=2)
    else:
        assert dovetool(*words, one, one).stdout == "no difference\n"
        shown = dovetool(*words, one, other, code=1).stdout
        assert "appeared" in shown
        assert "239.0.0.1" in shown
    other.write_text("version: 2\n")
    assert "b.yaml" in dovetool(*words, one, other, code=2).stderr


def test_a_map_does_not_take_the_place_of_what_it_is_made_of(tmp_path: Path) -> None:
    one = tmp_path / "a.yaml"
    one.write_text("version: 1\n")
    assert "a.yaml" in dovetool("map", "merge", one, one, "-o", one, code=2).stderr
    assert one.read_text() == "version: 1\n"


def test_what_the_first_part_of_a_capture_shows_holds_for_the_rest() -> None:
    """A VM moves after 20 s: a map that is learnt before knows only where it was."""
    early = json.loads(dovetool("validate", CAPTURES[0], "--learn", "15s", "--json", code=1).stdout)
    assert {each["reason"] for each in early["findings"] if each["severity"] == "error"} == {"wrong-tep"}
    whole = json.loads(dovetool("validate", CAPTURES[0], "--learn", "1h", "--json").stdout)
    assert (whole["errors"], whole["warnings"]) == (0, 0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("-", "--learn", "5s"), "IN has to be a file"),
        ((CAPTURES[0], "--learn", "soon"), "--learn soon: expected a span of time"),
        ((CAPTURES[0], "--learn", "5s", "-m", "map.yaml"), "say one of the two"),
    ],
)
def test_what_one_cannot_learn_from(words: tuple[str | Path, ...], told: str) -> None:
    assert told in dovetool("validate", *words, code=2).stderr


def test_the_model_as_json_is_a_map(tmp_path: Path) -> None:
    learnt, again = tmp_path / "map.yaml", tmp_path / "map.json"
    dovetool("map", "learn", CAPTURES[0], "-o", learnt, "--summary", "none")
    again.write_text(dovetool("map", "show", learnt, "--json").stdout)
    assert load(again) == load(learnt)
    assert json.loads(again.read_text())["networks"]["vnid-10100"]["vnid"] == 10100


def test_tables_show_gateways_routers_vrfs_hosts_and_how_policies_send(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(
        """version: 1
networks: {blue: {vnid: 10, gateway: {mac: "00:00:5e:00:01:01", ip: 10.0.0.254}}, red: {vnid: 20}}
teps: {t1: {ip: 192.0.2.1, router_mac: "02:00:00:00:0f:01", encap: vxlan}}
switches: {s1: {tep: t1, network: blue, ports: {eth1: {10: red, untagged: blue}}}}
vrfs: {tenant: {l3vni: 30, networks: [blue, red]}}
hosts: {h1: {teps: [t1], switches: [s1]}}
policies: [{from: blue, to: red, pcp: 5, both_ways: true}]
"""
    )
    shown = " ".join(dovetool("map", "show", path).stdout.split())
    for told in (
        "00:00:5e:00:01:01, 10.0.0.254",
        "02:00:00:00:0f:01",
        "tenant 30 blue, red",
        "h1 t1 s1",
        "blue red both_ways: true, pcp: 5",
        "eth1 10 red",
        "eth1 untagged blue",
        "all others blue",
    ):
        assert told in shown, told
