"""The README: its commands do what they say, its example of Python runs, and its table has every reason."""

from __future__ import annotations

import doctest
import gzip
import re
import shlex
import shutil
from pathlib import Path
from shutil import copytree

import pytest
from cli_process import dovetool
from clusters import DATA
from guest_frames import guest_frames
from plain_capture import write_frames
from terminals import in_terminal
from typer.main import get_command

from dovetool.belonging.finding import Kind
from dovetool.cli.app import app
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map.file.load import load
from dovetool.wire import ENCAPSULATIONS

README = Path(__file__).resolve().parents[1] / "README.md"
FABRIC = Path(__file__).with_name("map_sources") / "data" / "frr" / "evpn" / "before"
OVN = Path(__file__).with_name("map_sources") / "data" / "ovn" / "geneve" / "before"
TEXT = README.read_text()
COMMANDS = [line.strip() for line in TEXT.splitlines() if line.startswith("    dovetool ")]
FOR_WIRESHARK = [command for command in COMMANDS if command.startswith("dovetool wireshark ")]
"""They are for a user's own settings, and for a screen: `tests/wireshark` tries them where they do no harm."""

IN_TERMINAL = [command for command in COMMANDS if command.startswith("dovetool browse ")]


def test_commands(tmp_path: Path) -> None:
    """One after the other, with the map of the README, in a folder with the captures that they name."""
    (tmp_path / "map.yaml").write_text(TEXT.split("```yaml\n")[1].split("```")[0])
    for lab in (FABRIC, OVN):
        shutil.copytree(lab, tmp_path / "net", dirs_exist_ok=True)
    (tmp_path / "inventory.csv").write_text(TEXT.split("```csv\n")[1].split("```")[0])
    write_frames(tmp_path / "vm.pcap", guest_frames().values())
    for words in ("tag vm.pcap t.pcap --ingress sw1/p1", "encap t.pcap underlay.pcapng", "encap t.pcap u.pcap"):
        assert dovetool(*words.split(), "-m", "map.yaml", cwd=tmp_path).code == 0
    (tmp_path / "underlay.pcap.gz").write_bytes(gzip.compress((tmp_path / "u.pcap").read_bytes()))
    copytree(DATA / "flannel", tmp_path / "cluster")
    assert len(COMMANDS) >= 10
    for command in COMMANDS:
        if command in FOR_WIRESHARK:
            continue
        if command in IN_TERMINAL:
            with in_terminal(*shlex.split(command)[1:], cwd=tmp_path) as terminal:
                terminal.shows("1 of ", "Octets")
            continue
        ended = dovetool(*shlex.split(command, comments=True)[1:], cwd=tmp_path)
        assert ended.code == 0, f"{command}: {ended.stderr}"
        assert "rejected as" not in ended.stderr, f"{command}: {ended.stderr}"


def test_maps(tmp_path: Path) -> None:
    """Those that are whole."""
    maps = [block.split("```")[0] for block in TEXT.split("```yaml\n")[1:]]
    whole = [text for text in maps if text.startswith("version: 1\n")]
    assert len(whole) >= 3
    for text in whole:
        (tmp_path / "map.yaml").write_text(text)
        assert load(tmp_path / "map.yaml").teps


def rows(heading: str) -> list[str]:
    """The first cells of the table below a heading or a table's own head."""
    table = TEXT.split(heading)[1].split("\n\n")[1 if heading.startswith("#") else 0]
    return re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)


def test_table_of_reasons() -> None:
    assert sorted(rows("### Reasons")) == sorted(map(str, Reason))
    own = [str(kind.reason) for kind in Kind if kind.reason not in set(Reason)]
    assert sorted(rows("| finding |")) == sorted(own)


def test_commands_for_wireshark_are_there() -> None:
    assert len(FOR_WIRESHARK) >= 4
    for command in FOR_WIRESHARK:
        assert dovetool("wireshark", command.split()[2], "--help").code == 0


def test_table_of_encapsulations() -> None:
    assert sorted(rows("| encapsulation |")) == sorted(ENCAPSULATIONS)
    written = re.findall(r"^\| `([\w-]+)` \| .* \| yes \| yes \|", TEXT, re.MULTILINE)
    assert sorted(written) == sorted(each.name for each in ENCAPSULATIONS.values() if each.is_written)


def test_example_of_python() -> None:
    assert doctest.testfile(str(README), module_relative=False).attempted > 3
    assert doctest.testfile(str(README), module_relative=False).failed == 0


@pytest.mark.parametrize("command", sorted(get_command(app).commands))  # type: ignore[attr-defined]
def test_every_command_is_in_it(command: str) -> None:
    assert f"dovetool {command}" in TEXT
    assert dovetool(command, "--help").code == 0
