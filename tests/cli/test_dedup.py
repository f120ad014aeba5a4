"""`dedup`, and `--dedup` of other commands."""

from __future__ import annotations

import json
from pathlib import Path

from cli_process import dovetool
from plain_capture import read_capture

SAMPLES = Path(__file__).parents[2] / "samples/demo"
TAPS = SAMPLES / "taps"
VMS, UNDERLAY = TAPS / "1-vm.pcapng", TAPS / "3-underlay.pcapng"


def test_before_and_behind_a_tep(tmp_path: Path) -> None:
    """What the VMs sent is there in the underlay once more, and as it was delivered; copies of a broadcast, too."""
    words = (VMS, UNDERLAY, TAPS / "5-delivered.pcapng", tmp_path / "once.pcapng", "--window", "1s")
    ended = dovetool("dedup", *words, "--across-networks", "--rejects", tmp_path / "copies.pcapng", "--summary", "json")
    assert ended.code == 0, ended.stderr
    summary = json.loads(ended.stderr)
    assert summary["frames_in"] == summary["forwarded"] + summary["rejected"]["duplicate"]
    kept, sent = read_capture(tmp_path / "once.pcapng"), read_capture(VMS)
    assert len(kept) == summary["forwarded"]
    assert {(each.ts_ns, each.octets) for each in kept} <= {(each.ts_ns, each.octets) for each in sent}
    copies = read_capture(tmp_path / "copies.pcapng")
    assert len(copies) == summary["rejected"]["duplicate"]
    assert b"duplicate" in (tmp_path / "copies.pcapng").read_bytes()


def test_tenants_with_the_same_addresses(tmp_path: Path) -> None:
    """Two VMs of the demo ask the same at once, and are answered the same: their networks show only in the underlay."""
    ended = dovetool("dedup", VMS, UNDERLAY, TAPS / "5-delivered.pcapng", tmp_path / "once.pcapng", "--window", "1s")
    assert ended.code == 0, ended.stderr
    more = dovetool("stats", tmp_path / "once.pcapng", "--by", "vnid", "--json")
    shown = {group["vnid"]: group["frames"] for group in json.loads(more.stdout)["groups"]}
    assert {vnid: frames for vnid, frames in shown.items() if vnid is not None} == {5002: 2}


def test_of_strip_stats_and_export(tmp_path: Path) -> None:
    """They see each packet once, and say how often they did not; frames keep their numbers."""
    (tmp_path / "a.pcapng").write_bytes(UNDERLAY.read_bytes())
    copies = (UNDERLAY, tmp_path / "a.pcapng")
    once = json.loads(dovetool("dedup", UNDERLAY, tmp_path / "o.pcapng", "--summary", "json").stderr)["forwarded"]
    twice = len(read_capture(UNDERLAY)) * 2
    ended = dovetool("strip", *copies, tmp_path / "out.pcap", "--dedup", "--summary", "json")
    summary = json.loads(ended.stderr)
    assert (summary["frames_in"], summary["forwarded"]) == (twice, once)
    ended = dovetool("stats", *copies, "--dedup", "--json")
    assert json.loads(ended.stdout)["frames"] == once
    assert ended.stderr == f"{twice - once} duplicates left out\n"
    ended = dovetool("export", *copies, tmp_path / "out.csv", "--dedup", "--dedup-window", "1ms", "-e", "number")
    assert ended.stderr.endswith("duplicates left out\n")
    numbers = [int(line) for line in (tmp_path / "out.csv").read_text().split()[1:]]
    assert numbers == sorted(numbers)
    assert (len(numbers), set(numbers) < set(range(1, twice, 2))) == (once, True)


def test_across_networks_for_all(tmp_path: Path) -> None:
    """What dedup keeps of packets that are routed, others see."""
    copies = (VMS, UNDERLAY, TAPS / "5-delivered.pcapng")
    words = ("--across-networks", "--dedup", "--dedup-window", "1s")
    ended = dovetool("dedup", *copies, tmp_path / "o.pcap", *words[:1], "--window", "1s", "--summary", "json")
    once = json.loads(ended.stderr)["forwarded"]
    assert json.loads(dovetool("stats", *copies, *words, "--json").stdout)["frames"] == once
    assert json.loads(dovetool("stats", *copies, *words[1:], "--json").stdout)["frames"] > once
    ended = dovetool("strip", *copies, tmp_path / "out.pcap", *words, "--summary", "json")
    assert json.loads(ended.stderr)["forwarded"] == once
    dovetool("export", *copies, tmp_path / "out.csv", *words, "-e", "number")
    assert len((tmp_path / "out.csv").read_text().split()) == once + 1


def test_what_makes_no_sense(tmp_path: Path) -> None:
    for words, complaint in (
        (("dedup", UNDERLAY, "x.pcap", "--window", "2"), "--window 2: expected a span of time such as 2s, 500ms or 5m"),
        (("stats", UNDERLAY, "--dedup-window", "2s"), "--dedup-window: is for --dedup"),
        (("strip", UNDERLAY, "x.pcap", "--across-networks"), "--across-networks: is for --dedup"),
    ):
        ended = dovetool(*words, cwd=tmp_path)
        assert (ended.code, ended.complaint) == (2, complaint)
    assert dovetool("dedup", UNDERLAY, "x.pcapng", "--annotate", cwd=tmp_path).complaint.startswith("No such option: ")
    assert list(tmp_path.iterdir()) == []
