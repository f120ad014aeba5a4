"""The table of JSON keys has every key that is written, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "samples" / "demo"
UNDERLAY, MAP = CASE / "taps" / "3-underlay.pcapng", CASE / "map.yaml"
_TABLE = (ROOT / "docs" / "reference" / "json.md").read_text()
_BY = ("vnid", "tep", "pair", "vm", "encap", "conversation", "time")


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


def test_inspect() -> None:
    frames = asked("inspect", UNDERLAY, "-m", MAP, "--json")
    is_told("inspect --json[]", frames)
    is_told("inspect --json[].overlays[]", within(frames, "overlays"))
    is_told("inspect --json[].frames[]", within(frames, "frames"))
    layers = within(asked("inspect", UNDERLAY, "-V", "--json"), "layers")
    is_told("inspect -V --json[].layers[]", layers)
    worked_out = frozenset({"offset", "length", "mask"})
    fields = within(layers, "fields")
    is_told("inspect -V --json[].layers[].fields[]", [each for each in fields if "mask" in each])
    is_told("inspect -V --json[].layers[].fields[]", [each for each in fields if "mask" not in each], but=worked_out)


@pytest.mark.parametrize("by", _BY)
def test_stats(by: str) -> None:
    totals = asked("stats", UNDERLAY, "-m", MAP, "--by", by, "--json")
    is_told("stats --json", totals)
    shared = TOLD["stats --json.groups[]"]
    own = {"time"} if by == "time" else TOLD[f"--by {by}"]
    expected = (shared - {"overhead", "series"} if by == "time" else shared) | own
    for group in within(totals, "groups"):
        assert set(group) == expected


def test_info() -> None:
    found = asked("info", UNDERLAY, CASE / "in.pcapng", "--json", "--hash")
    is_told("info --json", found)
    files = within(found, "files")
    is_told("info --json.files[]", files)
    is_told("info --json.files[].interfaces[]", within(files, "interfaces"))


def test_validate() -> None:
    strangers = ROOT / "samples" / "strip-mixed" / "in.pcap"
    found = asked("validate", strangers, "-m", MAP, "--json")
    is_told("validate --json", found)
    is_told("validate --json.findings[]", within(found, "findings"))


_OF_FLOWS = frozenset({"protocol", "src_port", "dst_port"})


@pytest.mark.parametrize(
    ("by", "lacking"), [("network", _OF_FLOWS | {"src", "dst"}), ("pair", _OF_FLOWS), ("flow", frozenset())]
)
def test_follow(by: str, lacking: frozenset[str]) -> None:
    found = asked("follow", CASE / "taps" / "2-tagged.pcapng", UNDERLAY, "--json", "--by", by)
    is_told("follow --json", found)
    is_told("follow --json.captures[]", within(found, "captures"))
    is_told("follow --json.hops[]", within(found, "hops"))
    is_told("follow --json.groups[]", within(found, "groups"), but=lacking)
    apart = {"delay_from_least", "delay_histogram", "outside", "passing", "lost_frames"}
    for group in within(found, "groups"):
        assert {key for hop in group["hops"] for key in hop} == TOLD["follow --json.hops[]"] - apart


def test_trace() -> None:
    found = asked("trace", CASE / "in.pcapng", "-m", MAP, "--frame", "1", "--json")
    is_told("trace --json", found)
    is_told("trace --json.steps[]", within(found, "steps"))


def test_summaries(tmp_path: Path) -> None:
    def summary(*words: str | Path) -> Record:
        found: Record = json.loads(dovetool(*words, "--summary", "json").stderr)
        return found

    one = summary("strip", UNDERLAY, tmp_path / "out.pcapng")
    is_told("--summary json", [one], but=frozenset({"stages", "files"}))
    several = summary("run", CASE / "in.pcapng", tmp_path / "out.pcapng", "-m", MAP)
    is_told("--summary json", [several], but=frozenset({"files"}))
    is_told("--summary json", within([several], "stages"), but=frozenset({"stages", "files", "seconds"}))
    sorted_ = summary("split", UNDERLAY, tmp_path / "by-vnid", "--by", "vnid")
    is_told("--summary json", [sorted_], but=frozenset({"stages"}))
