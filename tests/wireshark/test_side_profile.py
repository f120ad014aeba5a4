"""`dovetool wireshark profile` and `open`, as tshark with that profile and that command line understands them."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from wireshark_side import (
    HOSTILE,
    TAGGED,
    UNDERLAY,
    command,
    files_in,
    lines_of,
    map_of,
    needs_tshark,
    new_home,
    program,
    tshark,
)

from dovetool.wireshark import plugin_file
from dovetool.wireshark.profile import MOST_NETWORKS

pytestmark = needs_tshark

PROFILE = ".config/wireshark/profiles/dovetool"
PLUGIN = ("-X", f"lua_script:{Path(plugin_file.__file__).with_name('dove.lua')}")


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return new_home(tmp_path / "home")


@pytest.fixture
def blue_and_red(tmp_path: Path) -> Path:
    return map_of(tmp_path / "map.json", {"blue": 5001, "red": 5002})


def profile_of(home: dict[str, str]) -> Path:
    return Path(home["HOME"]) / PROFILE


def columns(home: dict[str, str], capture: Path, *words: str) -> list[list[str]]:
    """The columns that tshark prints with the profile; nothing in it may be a mistake."""
    done = tshark(home, "-C", "dovetool", *PLUGIN, "-T", "tabs", *words, "-r", capture)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if not line.startswith("Running as user")] == []
    rows = [[cell.strip() for cell in line.split("\t")] for line in done.stdout.splitlines()]
    return [[cell for cell in row if cell != "→"] for row in rows]  # tshark puts one between source and destination


def test_columns_tell_both_sides_of_a_tunnel(home: dict[str, str], blue_and_red: Path) -> None:
    lines_of(home, "profile", "-m", blue_and_red)
    rows = columns(home, UNDERLAY)
    inside = ["5001", "blue", "vxlan", "10.1.0.10", "10.1.0.11", "ICMP"]
    ping = next(row for row in rows if row[9] == "ICMP")
    assert ping[2:10] == ["192.0.2.1", "192.0.2.2", *inside]
    tagged = next(row for row in columns(home, TAGGED) if row[9] == "ICMP")
    assert tagged[4:10] == ["5001", "blue", "dove", *inside[3:]]
    arp = rows[0]
    assert arp[7:10] == ["02:cc:00:00:00:0a", "Broadcast", "ARP"]
    assert {row[5] for row in rows if row[4] == "5003"} == {""}


def test_ports_and_tpid_come_from_the_map(home: dict[str, str], tmp_path: Path) -> None:
    content = {
        "version": 1,
        "tag": {"tpid": "0x9999"},
        "networks": {"blue": {"vnid": 5001}},
        "teps": {"t": {"ip": "192.0.2.1", "mac": "02:00:00:00:01:01", "encap": ["vxlan"], "ports": {"vxlan": 4799}}},
    }
    (tmp_path / "map.json").write_text(json.dumps(content))
    port, other = tmp_path / "port.pcapng", tmp_path / "other.pcapng"
    port.write_bytes(UNDERLAY.read_bytes().replace((4789).to_bytes(2, "big"), (4799).to_bytes(2, "big")))
    other.write_bytes(TAGGED.read_bytes().replace(b"\x88\xb5", b"\x99\x99"))
    lines_of(home, "profile")
    assert {row[4] for row in (*columns(home, port), *columns(home, other))} == {""}
    lines_of(home, "profile", "-m", tmp_path / "map.json")
    assert (
        {row[4] for row in columns(home, port)} == {row[4] for row in columns(home, other)} == {"5001", "5002", "5003"}
    )
    lines_of(home, "profile", "-d", "udp.port==4799,geneve")
    assert {row[6] for row in columns(home, port)} <= {"geneve", ""}


def test_each_network_has_its_colour(home: dict[str, str], blue_and_red: Path) -> None:
    """tshark colours lines on a terminal as Wireshark does."""
    lines_of(home, "profile", "-m", blue_and_red)
    colours: dict[str, set[str]] = {}
    for line in on_terminal(home, "tshark", "-C", "dovetool", *PLUGIN, "--color", "-r", str(UNDERLAY)):
        found = re.search(r"\x1b\[48;2;(\d+;\d+;\d+)m", line)
        vnid = re.search(r" (500\d) ", line)
        if vnid:
            colours.setdefault(vnid[1], set()).add(found[1] if found else "none")
    assert set(colours) == {"5001", "5002", "5003"}
    assert all(len(found) == 1 for found in colours.values()), colours
    assert len(set.union(*colours.values())) == 3
    assert colours["5003"] == {"none"}


def on_terminal(home: dict[str, str], *words: str) -> list[str]:
    ours, theirs = pty.openpty()
    settings = {**os.environ, **home, "COLORTERM": "truecolor", "TERM": "xterm-256color"}
    with subprocess.Popen(words, env=settings, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        read = bytearray()
        while octets := _read(ours):
            read += octets
        process.wait()
    os.close(ours)
    return read.decode().splitlines()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side is closed
        return b""


def test_names_are_labels_and_never_filters(home: dict[str, str], tmp_path: Path) -> None:
    names = {name: 5001 + index for index, name in enumerate(HOSTILE)}
    lines_of(home, "profile", "-m", map_of(tmp_path / "map.json", names))
    assert {row[5] for row in columns(home, UNDERLAY)} == set(HOSTILE[:3])
    rules = (profile_of(home) / "colorfilters").read_text().splitlines()[2:]
    for rule, vnid in zip(rules, names.values(), strict=True):
        assert re.fullmatch(rf"@[^@]+ \({vnid}\)@overlay\.vnid == {vnid}@(\[\d+,\d+,\d+\]){{2}}", rule)
    rows = (profile_of(home) / "dfilter_buttons").read_text().splitlines()[2:]
    for row, vnid in zip(rows, names.values(), strict=True):
        assert re.fullmatch(rf'"TRUE","Network//[^"]+ \({vnid}\)","overlay\.vnid == {vnid}","VNID {vnid}"', row)
        assert row.count("//") == 1
        assert row.isascii()


def test_a_network_of_some_bits_has_its_colour_and_button(home: dict[str, str], tmp_path: Path) -> None:
    """One that all other VNIDs belong to has a name alone."""
    names = {"ovn": {"value": 9, "mask": 0xF}, "pods": "any"}
    lines_of(home, "profile", "-m", map_of(tmp_path / "map.json", names))
    assert {(row[4], row[5]) for row in columns(home, UNDERLAY)} == {
        ("5001", "ovn"),
        ("5002", "pods"),
        ("5003", "pods"),
    }
    rules = (profile_of(home) / "colorfilters").read_text().splitlines()[2:]
    assert [rule.split("@")[1:3] for rule in rules] == [["ovn (9/0xf)", "overlay.vnid & 0xf == 9"]]
    chosen = {row[4] for row in columns(home, UNDERLAY, "-Y", "overlay.vnid & 0xf == 9")}
    assert chosen == {"5001"}
    assert "overlay.vnid & 0xf == 9" in (profile_of(home) / "dfilter_buttons").read_text()


def test_of_a_hundred_thousand_networks_the_first_have_colours(home: dict[str, str], tmp_path: Path) -> None:
    names = {f"network {vnid}": vnid for vnid in range(4000, 104_000)}
    said = lines_of(home, "profile", "-m", map_of(tmp_path / "map.json", names))
    assert "99,968 of 100,000 networks have a name, but no colour and no button" in said
    assert {row[5] for row in columns(home, TAGGED)} == {f"network {vnid}" for vnid in (5001, 5002, 5003)}
    assert (profile_of(home) / "colorfilters").read_text().count("overlay.vnid") == MOST_NETWORKS


def test_writing_again_and_removing(home: dict[str, str], blue_and_red: Path) -> None:
    lines_of(home, "profile", "-m", blue_and_red)
    before = files_in(profile_of(home))
    assert all(line.endswith(": up to date") for line in lines_of(home, "profile", "-m", blue_and_red)[:-2])
    (profile_of(home) / "preferences").write_text('gui.column.format: "No.", "%m"\n')
    (profile_of(home) / "recent").write_text("# Wireshark's own\n")
    lines_of(home, "profile", "-m", blue_and_red)
    assert {name: octets for name, octets in files_in(profile_of(home)).items() if name != "recent"} == before
    assert lines_of(home, "profile", "--remove") == [f"{profile_of(home)}: removed"]
    assert files_in(Path(home["HOME"])) == {}
    assert lines_of(home, "profile", "--remove") == ["there is no profile"]


def test_a_profile_of_that_name_that_is_not_ours_stays(home: dict[str, str]) -> None:
    profile_of(home).mkdir(parents=True)
    (profile_of(home) / "preferences").write_text("# mine\n")
    ended = command(home, "profile")
    assert (ended.code, ended.complaint) == (2, f"{profile_of(home)} was not written by dovetool: move it away first")
    assert lines_of(home, "profile", "--remove")[0].endswith("left alone, as dovetool did not write it")
    assert files_in(profile_of(home)) == {"preferences": b"# mine\n"}


def test_no_home_no_profile(tmp_path: Path) -> None:
    ended = command({**new_home(tmp_path / "home"), "HOME": str(tmp_path / "none")}, "profile")
    assert (ended.code, ended.complaint.split(",")[0]) == (2, f"the home folder {tmp_path / 'none'} is not there")


@pytest.mark.parametrize("words", [("install",), ("profile",), ("open", UNDERLAY)], ids=lambda words: words[0])
@pytest.mark.parametrize("name", ["none", ""])
def test_no_home_is_made(words: tuple[str, ...], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them refuse in the same words, and leave no folder behind: neither the home nor one where they ran."""
    (tmp_path / "here").mkdir()
    settings = with_wireshark(new_home(tmp_path / "home"), tmp_path)
    home = str(tmp_path / "users" / name) if name else ""
    (tmp_path / "users").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    ended = command({**settings, "HOME": home}, *words)
    said = f"the home folder {home} is not there" if home else "this user has no home folder"
    assert (ended.code, ended.complaint.split(",")[0]) == (2, said)
    assert not any((tmp_path / "users").iterdir())
    assert not any((tmp_path / "here").iterdir())


def with_wireshark(home: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """A `wireshark` that says its version, and otherwise is tshark: it takes the same options."""
    script = f'[ "$1" = --version ] && exec echo Wireshark 4.0.17; exec {shutil.which("tshark")} "$@"'
    return {**home, **program(tmp_path / "bin", "wireshark", script)}


def test_open_has_plugin_profile_and_ports(home: dict[str, str], blue_and_red: Path, tmp_path: Path) -> None:
    settings = with_wireshark(home, tmp_path)
    capture = tmp_path / "a capture.pcapng"
    capture.write_bytes(UNDERLAY.read_bytes().replace((4789).to_bytes(2, "big"), (4799).to_bytes(2, "big")))
    words = ("open", capture, "-m", blue_and_red, "-d", "udp.port==4799,vxlan")
    ended = command(settings, *words)
    assert ended.code == 0
    assert "192.0.2.1 192.0.2.2 5001 blue vxlan" in " ".join(ended.stdout.decode().split())
    (shown,) = lines_of(settings, *words, "--print")
    again = subprocess.run(shlex.split(shown), env={**os.environ, **settings}, capture_output=True, check=True)
    assert again.stdout == ended.stdout


def test_open_makes_the_profile_only_when_it_has_to(home: dict[str, str], blue_and_red: Path, tmp_path: Path) -> None:
    settings = with_wireshark(home, tmp_path)
    command(settings, "open", UNDERLAY, "-m", blue_and_red)
    before = files_in(profile_of(home))
    assert before["dovetool_vnids.txt"].endswith(b"5001\tblue\n5002\tred\n")
    command(settings, "open", UNDERLAY)
    assert files_in(profile_of(home)) == before


def test_open_without_wireshark_or_a_file(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "tshark").symlink_to(str(shutil.which("tshark")))
    ended = command({**home, "PATH": str(tmp_path / "only")}, "open", UNDERLAY)
    assert (ended.code, ended.complaint.split(":")[0]) == (2, "wireshark is not installed")
    ended = command(with_wireshark(home, tmp_path), "open", tmp_path / "none.pcap")
    assert (ended.code, ended.complaint) == (2, f"{tmp_path / 'none.pcap'}: No such file or directory")
    ended = command(with_wireshark(home, tmp_path), "open", tmp_path)
    assert (ended.code, ended.complaint) == (2, f"{tmp_path}: is a directory, not a capture file")
    assert files_in(Path(home["HOME"])) == {}
