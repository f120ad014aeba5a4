"""Groups of `stats` have the names of their key that the page of keys tells; all other keys, `tests/records` holds."""

from __future__ import annotations

import json

import pytest
from cli_process import dovetool
from documents import ROOT

from dovetool.observe.by import By
from dovetool.observe.grouping import COLUMNS

DEMO = ROOT / "samples" / "demo"


@pytest.mark.parametrize("by", By)
def test_groups_of_stats(by: By) -> None:
    named = {"host"} if by is By.HOST else set(COLUMNS[by])  # a TEP without a host has its own names besides
    words = ("stats", DEMO / "taps" / "3-underlay.pcapng", "-m", DEMO / "map.yaml", "--by", str(by), "--json")
    groups = json.loads(dovetool(*words).stdout)["groups"]
    assert groups
    for group in groups:
        assert named <= set(group)
