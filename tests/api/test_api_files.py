"""Files asked about themselves, followed, sorted, learnt from and drawn: as the commands do it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import assert_type

import pytest
from cli_process import dovetool as command
from cli_process import environment
from plain_capture import read_capture

import dovetool

SAMPLES = Path(__file__).parents[2] / "samples"
DEMO = SAMPLES / "demo"
UNDERLAY, MAP = DEMO / "taps/3-underlay.pcapng", DEMO / "map.yaml"


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    path = tmp_path / "cut.pcapng"
    path.write_bytes(UNDERLAY.read_bytes()[:-10])
    return path


def printed(*words: str | Path) -> object:
    return json.loads(command(*words).stdout)


def test_info_is_what_the_command_prints(cut: Path) -> None:
    sources = [UNDERLAY, SAMPLES / "strip-mixed/in.pcap"]
    assert dovetool.info(sources, encaps=True, hash=True) == printed("info", *sources, "--encaps", "--hash", "--json")
    with pytest.raises(dovetool.CorruptCaptureError) as raised:
        dovetool.info([UNDERLAY, cut])
    partial = raised.value.partial
    assert partial == printed("info", UNDERLAY, cut, "--json")


def test_follow_is_what_the_command_prints(cut: Path, tmp_path: Path) -> None:
    taps = DEMO / "taps"
    assert dovetool.follow(taps, MAP, by="pair") == printed("follow", taps, "-m", MAP, "--by", "pair", "--json")
    places = [taps / "1-vm.pcapng", taps / "2-tagged.pcapng"]
    lost = tmp_path / "lost.pcapng"
    hops = dovetool.follow(places, MAP, rejects=lost)["hops"]
    assert sum(hop["lost"] for hop in hops) == len(read_capture(lost)) == 1
    with pytest.raises(dovetool.CorruptCaptureError) as raised:
        dovetool.follow([cut, taps / "4-received.pcapng"])
    assert raised.value.partial == printed("follow", cut, taps / "4-received.pcapng", "--json")
    with pytest.raises(dovetool.UsageError, match="by='vnid': expected 'network'"):
        dovetool.follow(places, by="vnid")
    with pytest.raises(TypeError, match="expected a path, or several of these"):
        dovetool.follow(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("by", ["vnid", "vm", "tep", "encap"])
def test_split_writes_what_the_command_writes(by: str, tmp_path: Path) -> None:
    told = command("split", UNDERLAY, tmp_path / "one", "--by", by, "-m", MAP, "--summary", "json").stderr
    summary = dovetool.split(UNDERLAY, tmp_path / "two", by, vnid_map=MAP)  # type: ignore[arg-type]
    assert summary.files == json.loads(told)["files"]
    assert summary.as_dict()["files"] == summary.files
    for name in summary.files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    with pytest.raises(dovetool.UsageError, match="overwrite"):
        dovetool.split(UNDERLAY, tmp_path / "two", by, vnid_map=MAP)  # type: ignore[arg-type]


def test_split_asks_for_what_it_needs(cut: Path, tmp_path: Path) -> None:
    with pytest.raises(dovetool.UsageError, match=r"by= ?vm needs a map \(vnid_map=\)"):
        dovetool.split(UNDERLAY, tmp_path / "out", "vm")
    with pytest.raises(dovetool.CorruptCaptureError) as raised:
        dovetool.split(cut, tmp_path / "out", "vnid")
    assert isinstance(raised.value.partial, dovetool.Summary)
    assert sum(raised.value.partial.files.values()) == 12


def test_copies_of_a_packet(tmp_path: Path) -> None:
    twice = [UNDERLAY, DEMO / "taps/4-received.pcapng"]
    summary = dovetool.dedup(twice, tmp_path / "once.pcapng", rejects=tmp_path / "copies.pcapng")
    frames = dovetool.dedup(twice)
    assert_type(frames, dovetool.Rewritten)
    assert [frame.octets for frame in frames] == [frame.octets for frame in dovetool.open(tmp_path / "once.pcapng")]
    assert frames.summary == summary
    assert len(read_capture(tmp_path / "copies.pcapng")) == summary.rejected["duplicate"] == 14
    again = dovetool.dedup([*dovetool.open(UNDERLAY), *dovetool.open(UNDERLAY)])
    assert len(list(again)) == 12  # one frame is a copy for another TEP


def test_maps_are_learnt(cut: Path, tmp_path: Path) -> None:
    written = tmp_path / "map.yaml"
    seen = dovetool.learn(UNDERLAY, written)
    assert written.read_bytes() == command("map", "learn", UNDERLAY, "-o", "-").stdout
    assert {tep.name for tep in seen.teps} == {tep.name for tep in dovetool.VnidMap.load(written).teps}
    dovetool.learn(UNDERLAY, written, from_=2, to="+1")
    assert written.read_bytes() == command("map", "learn", UNDERLAY, "--from", "2", "--to", "+1", "-o", "-").stdout
    with pytest.raises(dovetool.CorruptCaptureError) as raised:
        dovetool.learn(cut)
    assert isinstance(raised.value.partial, dovetool.VnidMap)


def test_a_page_is_what_the_command_writes(tmp_path: Path) -> None:
    """In a process of its own: what draws has threads, and the commands of tests are forks of this one."""
    page, other = tmp_path / "page.html", tmp_path / "other.html"
    written = f"import dovetool; dovetool.report({str(UNDERLAY)!r}, {str(page)!r}, {str(MAP)!r})"
    subprocess.run([sys.executable, "-c", written], env=environment(), check=True)
    assert command("report", UNDERLAY, "-o", other, "-m", MAP).code == 0
    assert page.read_bytes() == other.read_bytes()
    with pytest.raises(dovetool.UsageError, match="name a target"):
        dovetool.report(UNDERLAY)
