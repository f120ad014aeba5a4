"""`dovetool map import`: from files to a map, and what it says when that cannot be."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dovetool import cli
from dovetool.map_sources import sources
from dovetool.vnid_map.file.load import load

TABLE = """\
switch,port,vlan,vnid,network,vm,mac,ip,tep
sw1,p1,,5001,blue,vm1,02:00:00:00:00:0a,10.0.0.1 fd00::1,tep1 192.0.2.1
sw2,eth1,20,5002,red,vm2,02:00:00:00:00:0b,10.0.0.2,tep2 192.0.2.2
"""
MAP = """\
# made by: dovetool map import csv
version: 1
networks:
  blue: {vnid: 5001}
  red: {vnid: 5002}
teps:
  tep1: {ip: 192.0.2.1, encap: [vxlan]}  # guessed: vxlan: no encapsulation is told
  tep2: {ip: 192.0.2.2, encap: [vxlan]}  # guessed: vxlan: no encapsulation is told
switches:
  sw1: {tep: tep1, ports: {p1: blue}}
  sw2: {tep: tep2, ports: {eth1: {20: red}}}
vms:
  vm1: {mac: "02:00:00:00:00:0a", ip: [10.0.0.1, "fd00::1"], at: sw1/p1}
  vm2: {mac: "02:00:00:00:00:0b", ip: [10.0.0.2], at: sw2/eth1.20}
"""
MOVED = TABLE.replace("sw1,p1,,5001,blue,vm1", "sw2,p9,,5001,blue,vm1").replace("tep1 192.0.2.1", "tep2")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def imported(capfd: pytest.CaptureFixture[str], *words: str | Path, code: int = 0) -> tuple[str, str]:
    """What an import prints, and what it says beside."""
    assert cli.run(["map", "import", *map(str, words)]) == code
    said = capfd.readouterr()
    return said.out, said.err


def summary_of(capfd: pytest.CaptureFixture[str], *words: str | Path, code: int = 0) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(imported(capfd, *words, "--summary", "json", code=code)[1])
    return record


def test_a_table_becomes_a_map(table: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "map.yaml"
    assert imported(capfd, "csv", table, "--summary", "none") == (MAP, "")
    out, err = imported(capfd, "csv", table, "-o", target)
    assert (out, target.read_text()) == ("", MAP)
    assert len(load(target).vms) == 2
    lines = err.splitlines()
    assert lines[0] == "dovetool map import"
    assert [line.split() for line in lines[1:4:2]] == [["source", "document", "files"], ["csv", "table", "1"]]
    assert "guessed: 2" in lines
    assert "  teps tep1 and 1 more of teps: vxlan: no encapsulation is told" in lines
    assert "6 statements: 2 networks, 2 TEPs, 2 switches, 2 VMs" in lines


def test_the_summary_counts(table: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "notes.txt").write_text("words\n")
    (folder / "failed.json").write_text("\n")
    (folder / "in.pcap").write_bytes(bytes.fromhex("d4c3b2a1 02000400") + bytes(16))
    table.rename(folder / "table")
    record = summary_of(capfd, "csv", folder, "-o", tmp_path / "map.yaml")
    assert record["documents"] == [{"source": "csv", "kind": "table", "files": 1}]
    assert {key: record[key] for key in ("skipped", "empty", "statements", "networks", "teps", "vms", "vrfs")} == {
        "skipped": 2, "empty": 1, "statements": 6, "networks": 2, "teps": 2, "vms": 2, "vrfs": 0,
    }  # fmt: skip
    assert (len(record["guesses"]), record["contradictions"], record["left_out"]) == (2, [], [])
    _, err = imported(capfd, "csv", folder, "-o", tmp_path / "map.yaml")
    assert "skipped, as none of these sources' files: 2" in err.splitlines()
    assert "1 file is empty" in err.splitlines()


def test_a_folder_without_files_of_the_source_is_an_error(
    table: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_text("\n")
    target = tmp_path / "map.yaml"
    _, err = imported(capfd, "ovn,frr", tmp_path, "-o", target, code=2)
    assert err == "dovetool: no file of ovn or frr: 1 were skipped, 1 are empty\n"
    assert not target.exists()


def test_contradictions_are_told_with_both_origins(
    table: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.csv"
    other.write_text(MOVED)
    record = summary_of(capfd, "csv", table, other)
    assert record["contradictions"] == [
        f"VM vm1 is at TEP tep1 port p1 and at TEP tep2 port p9 ({table}, line 2; {other}, line 2)"
    ]
    _, err = imported(capfd, "csv", table, other, "--strict", code=1)
    assert "contradictions: 1" in err
    assert imported(capfd, "csv", table, "--strict")[1]


def test_two_snapshots_tell_who_has_moved(table: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.csv"
    other.write_text(MOVED)
    times = ["--at", "2026-01-01T00:00:00Z", "--at", "2026-01-01T00:05:00Z"]
    out, err = imported(capfd, "csv", table, other, *times, "--strict")
    assert (
        '    at: [{port: sw1/p1, until: "2026-01-01T00:05:00Z"}, {port: sw2/p9, from: "2026-01-01T00:00:00Z"}]\n'
    ) in out
    assert "  vm1:  # moved between 2026-01-01T00:00:00Z and 2026-01-01T00:05:00Z\n" in out
    assert "contradictions" not in err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["cvs", "table.csv"], "source 'cvs' is not known; there is "),
        (["csv,", "table.csv"], "source '' is not known; there is "),
        (["csv"], "name a FILE or a folder, or --live for what this host says itself"),
        (["csv", "--live"], "--live: no command of this host prints what csv reads; give its files"),
        (["csv", "none.csv"], "none.csv: cannot be read: No such file or directory"),
        (["csv", "bad.json"], "bad.json: line 2, column 3: not JSON: "),
        (["csv", "words"], "words: is none of the files of csv: found text that begins with 'some words'; there is "),
        (["csv", "table.csv", "--at", "noon"], "--at noon: expected a time such as 2026-01-01T00:00:10Z (RFC 3339)"),
        (
            ["csv", "table.csv", "--at", "2026-01-01T00:00:00"],
            "--at 2026-01-01T00:00:00: expected a time with its zone (add Z for UTC, or an offset such as +01:00)",
        ),
        (
            ["csv", "table.csv", *["--at", "2026-01-01T00:00:00Z"] * 2],
            "--at 2026-01-01T00:00:00Z: expected one for all files, or 1, one for each; found 2",
        ),
        (["csv", "table.csv", "-o", "table.csv"], "-o table.csv: needs a file of its own, and is a FILE too"),
        (["csv", "table.csv", "-o", "no/map.yaml"], "cannot write no/map.yaml: No such file or directory"),
    ],
)
def test_one_line_says_what_is_wrong(
    words: list[str], what: str, table: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    Path("bad.json").write_text('{"a": 1,\n  b}')
    Path("words").write_text("some words\n")
    before = sorted(Path().iterdir())
    out, err = imported(capfd, *words, code=2)
    assert out == ""
    assert err.startswith(f"dovetool: {what}")
    assert err.count("\n") == 1
    assert sorted(Path().iterdir()) == before
    assert table.read_text() == TABLE


def test_a_file_of_another_source_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str], table: Path) -> None:
    _, err = imported(capfd, "ovn", table, code=2)
    assert err == (
        f"dovetool: {table}: is none of the files of ovn: found table, which the source 'csv' reads"
        " (dovetool map import csv)\n"
    )


def test_mistakes_of_a_table_are_told_up_to_twenty(table: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table.write_text("vm,vnid,tep\n" + "x,0,192.0.2.1\n" * 25)
    lines = imported(capfd, "csv", table, code=2)[1].splitlines()
    assert lines[0] == f"dovetool: {table}: line 2, column vnid: found '0'; expected a number from 1 to 16777215"
    assert (len(lines), lines[-1]) == (21, "dovetool: and 5 more mistakes")


def test_names_are_data(table: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """No name becomes YAML, and none reaches a terminal as it is."""
    names = ["a: {b: c}", "- x", "#", "'", "\\", "&a *b", "yes", "[red]", "né"]
    rows = [
        f'sw1,"{name}",,{number},"{name}","{name}",,10.0.0.{number},"192.0.2.1"'
        for number, name in enumerate(names, start=1)
    ]
    table.write_text(TABLE.splitlines()[0] + "\n" + "\n".join(rows) + "\n")
    target = tmp_path / "map.yaml"
    imported(capfd, "csv", table, "-o", target)
    model = load(target)
    assert set(model.vms) == set(model.networks) == set(model.switches["sw1"].ports) == set(names)


def programs(folder: Path, **scripts: str) -> Path:
    """A folder of programs, as the commands of a host."""
    folder.mkdir()
    for name, script in scripts.items():
        path = folder / name
        path.write_text(f"#!{sys.executable}\n{script}")
        path.chmod(0o755)
    return folder


LINKS = [
    {"ifindex": 2, "ifname": "eth0", "address": "02:00:00:00:01:01", "link_type": "ether"},
    {
        "ifindex": 3, "ifname": "vx10", "address": "02:00:00:00:02:01", "link_type": "ether", "master": "br0",
        "linkinfo": {"info_kind": "vxlan", "info_data": {"id": 10, "local": "192.0.2.1", "port": 4789}},
    },
]  # fmt: skip


def test_live(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands are run; what fails is told, and the others count."""
    answers = f"import sys\nprint({json.dumps(json.dumps(LINKS))} if 'link' in sys.argv else '')\n"
    fails = "import sys\nsys.exit('RTNETLINK answers: Operation not supported')\n"
    monkeypatch.setenv("PATH", str(programs(tmp_path / "bin", ip=answers, bridge=fails)))
    out, err = imported(capfd, "iproute2", "--live")
    assert "vnid: 10" in out
    assert "ip: 192.0.2.1" in out
    assert "failed (1): RTNETLINK answers: Operation not supported\n" in err
    assert err.count("dovetool: `bridge ") == err.count("failed (1)") > 1


def test_live_without_the_programs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    lines = imported(capfd, "iproute2", "--live", code=2)[1].splitlines()
    assert all(line.endswith("there is no such program here") for line in lines[:-1])
    assert lines[-1] == "dovetool: --live: none of the commands could be run to its end"


@pytest.mark.parametrize("name", sources.names())
def test_help_has_every_source(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = imported(capfd, "--help")
    assert f"\n  {name}: {sources.summary(name).split()[0]}" in out
    assert "\n  dovetool map import " in out
