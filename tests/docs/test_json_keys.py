"""The table of JSON keys that has no schema has every key that is written, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool

from dovetool.observe.by import By
from dovetool.observe.grouping import COLUMNS

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "samples" / "demo"
UNDERLAY, MAP = CASE / "taps" / "3-underlay.pcapng", CASE / "map.yaml"
_TABLE = (ROOT / "docs" / "reference" / "json.md").read_text()


def _keys(cell: str) -> set[str]:
    """The names in a cell, but for what stands in brackets."""
    while "(" in cell:
        cell = re.sub(r"\([^()]*\)", "", cell)
    return set(re.findall(r"`([a-z_0-9]+)`", cell))


TOLD = {name: _keys(cell) for name, cell in re.findall(r"^\| `([^`]+)` \| (.*) \|$", _TABLE, re.MULTILINE)}


Record = dict[str, Any]


def asked(*words: str | Path) -> list[Record]:
    """What a command writes; objects one behind the other as a list."""
    ended = dovetool(*words)
    assert ended.code in (0, 1), ended.stderr
    found = json.loads(ended.stdout)
    return found if isinstance(found, list) else [found]


def within(found: list[Record], key: str) -> list[Record]:
    """The objects in the lists of some objects."""
    return [each for one in found for each in one[key]]


def is_told(name: str, found: list[Record], *, but: frozenset[str] = frozenset()) -> None:
    assert found
    for each in found:
        assert TOLD[name] - but == set(each), name


@pytest.mark.parametrize("by", By)
def test_groups_of_stats(by: By) -> None:
    """Each has the names of its key; that it has none that are in no schema, `tests/records` sees."""
    named = {"host"} if by is By.HOST else set(COLUMNS[by])  # a TEP without a host has its own names besides
    for group in within(asked("stats", UNDERLAY, "-m", MAP, "--by", str(by), "--json"), "groups"):
        assert named <= set(group)


def test_info() -> None:
    found = asked("info", UNDERLAY, CASE / "in.pcapng", "--json", "--hash")
    is_told("info --json", found)
    files = within(found, "files")
    is_told("info --json.files[]", files)
    is_told("info --json.files[].interfaces[]", within(files, "interfaces"))
