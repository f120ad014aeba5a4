"""Names of files that are no UTF-8: told in a form that JSON, pcapng and Arrow can hold."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from cli_process import dovetool

DEMO = Path(__file__).parents[2] / "samples" / "demo"
ODD = os.fsdecode(b"\xff")
SHOWN = r"\xff"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode on this system")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two captures, one of which ends early, and a map; all but `a.pcapng` with odd names."""
    shutil.copy(DEMO / "taps" / "3-underlay.pcapng", tmp_path / "a.pcapng")
    shutil.copy(DEMO / "taps" / "2-tagged.pcapng", tmp_path / f"b{ODD}.pcapng")
    shutil.copy(DEMO / "map.yaml", tmp_path / f"m{ODD}.yaml")
    (tmp_path / f"cut{ODD}.pcapng").write_bytes((tmp_path / "a.pcapng").read_bytes()[:1000])
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "inspect IN --json",
        "inspect IN --csv",
        "inspect IN -w out.pcapng",
        "stats IN --by interface --json",
        "validate IN -m MAP --json",
        "validate IN -m MAP --sarif s.json --rejects r.pcapng",
        "validate IN --no-merge -m MAP --json --rejects r.pcapng",
        "info IN --json",
        "top IN --once",
        "follow IN --json --rejects r.pcapng",
        "export IN out.csv -m MAP",
        "export IN out.parquet -m MAP",
        "export IN out.arrow -m MAP",
        "strip IN out.pcapng --summary json",
        "split IN out --by vnid",
        "report IN -m MAP -o out.html",
        "map learn IN",
        "map diff MAP MAP --json",
    ],
)
def test_every_command_can_tell_them(folder: Path, command: str) -> None:
    names = {"IN": ["a.pcapng", f"b{ODD}.pcapng"], "MAP": [f"m{ODD}.yaml"]}
    words = [name for word in command.split() for name in names.get(word, [word])]
    ended = dovetool(*words, cwd=folder)
    assert "Traceback" not in ended.stderr
    assert ended.code in (0, 1), ended.stderr
    assert r"\udcff" not in ended.stdout.decode()
    if "--json" in words:
        for line in ended.stdout.decode().splitlines():
            if line.startswith("{") and line.endswith("}"):
                json.loads(line)


def test_interfaces_are_named_after_them(folder: Path) -> None:
    ended = dovetool("stats", "a.pcapng", f"b{ODD}.pcapng", "--by", "interface", "--json", cwd=folder)
    groups = json.loads(ended.stdout)["groups"]
    assert any(f"b{SHOWN}.pcapng" in group["interface"] for group in groups)


def test_what_is_wrong_with_one_of_a_corpus(folder: Path) -> None:
    ended = dovetool("strip", "a.pcapng", f"cut{ODD}.pcapng", "out", "--workers", "1", cwd=folder)
    assert ended.code == 3, ended.stderr
    assert "the file ends inside a block" in ended.stderr
    assert sorted(os.listdir(folder / "out"))[-2:] == ["a.pcapng", f"cut{ODD}.pcapng"]  # noqa: PTH208
