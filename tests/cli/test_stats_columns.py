"""dovetool stats --by several keys, and by any column."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool

from dovetool import Frame, strip

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
UNDERLAY, MAP = SAMPLES / "demo" / "taps" / "3-underlay.pcapng", SAMPLES / "demo" / "map.yaml"
UNTAGGED = bytes.fromhex("ffffffffffff 020000000001 0806") + bytes(46)
MIXED = SAMPLES / "strip-mixed" / "in.pcap"
_DEMO, _MIXED = (UNDERLAY, "-m", MAP), (MIXED,)

Record = dict[str, Any]


def stats(*words: str | Path) -> Record:
    ended = dovetool("stats", *words, "--json")
    assert (ended.code, ended.stderr) == (0, "")
    found: Record = json.loads(ended.stdout)
    return found


def columns(words: Iterable[str | Path], names: str) -> list[Record]:
    ended = dovetool("inspect", *words, "-e", names, "--jsonl")
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_long_comments_are_told_apart_by_digests(tmp_path: Path) -> None:
    """They begin alike, and memory does not grow by all they say."""
    short, one, other = "x" * 256, "x" * 300 + "a", "x" * 300 + "b"
    frames = [Frame(UNTAGGED, comments=(text,)) for text in (short, one, other, one)]
    strip(frames, tmp_path / "in.pcapng")
    found = {
        group["comments"]: group["frames"] for group in stats(tmp_path / "in.pcapng", "--by", "comments")["groups"]
    }
    assert found.pop(short) == 1
    assert sorted(found.values()) == [1, 2]
    assert all(re.fullmatch(r"x{256}\.\.\. \(301 characters, BLAKE2 [0-9a-f]{16}\)", text) for text in found)


def summed(groups: list[Record], names: list[str]) -> dict[tuple[Any, ...], Counter[str]]:
    """What was counted, by these parts of the key alone."""
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    for group in groups:
        counts = {name: group[name] for name in group if name.startswith(("frames", "octets", "overhead"))}
        sums.setdefault(tuple(group[name] for name in names), Counter()).update(counts)
    return sums


@pytest.mark.parametrize("words", [_DEMO, _MIXED], ids=["demo", "mixed"])
@pytest.mark.parametrize("by", ["vnid", "tep", "host", "pair", "vm", "encap", "conversation"])
def test_a_key_with_others_is_as_it_is_alone(by: str, words: tuple[str | Path, ...]) -> None:
    """Summed up over the other key, which finds its frames in another way, groups have what they have alone."""
    alone, both = stats(*words, "--by", by), stats(*words, "--by", f"{by},ttl,verdict")
    assert (alone["by"], both["by"]) == (by, [by, "ttl", "verdict"])
    assert {name: both[name] for name in ("frames", "octets", "overhead", "first_ns", "last_ns")} == {
        name: alone[name] for name in ("frames", "octets", "overhead", "first_ns", "last_ns")
    }
    counted = ("frames", "octets", "overhead", "first_ns", "last_ns", "series", "source_ports", "evenness")
    names = [name for name in alone["groups"][0] if not name.startswith(counted)]
    assert summed(both["groups"], names) == summed(alone["groups"], names)


def test_columns_count_what_inspect_lists() -> None:
    names = ["vnid", "ttl", "src_ip", "outer_src_port", "length"]
    found = stats(MIXED, "--by", "src_ip,outer_src_port", "--by", "ttl,length")["groups"]
    rows = columns(_MIXED, ",".join(names))
    expected = Counter(tuple(row[name] for name in names[1:]) for row in rows)
    assert {tuple(group[name] for name in names[1:]): group["frames"] for group in found} == expected
    assert sum(group["octets"] for group in found) == sum(row["length"] for row in rows)
    alone = stats(MIXED, "--by", "frame.len")
    assert alone["by"] == "length"
    assert {group["length"]: group["frames"] for group in alone["groups"]} == Counter(row["length"] for row in rows)


def test_two_ends_stay_together() -> None:
    """Of two keys with ends, the sender's are in one group, and the receiver's in one."""
    rows = columns(_DEMO, "src_tep,dst_tep,src_mac,dst_mac")
    sent = Counter((row["src_tep"], row["src_mac"]) for row in rows)
    received = Counter((row["dst_tep"], row["dst_mac"]) for row in rows)
    found = summed(stats(*_DEMO, "--by", "tep,vm")["groups"], ["tep", "mac"])
    assert {ends: (counts["frames_sent"], counts["frames_received"]) for ends, counts in found.items()} == {
        ends: (sent[ends], received[ends]) for ends in {*sent, *received}
    }


def test_over_time() -> None:
    """Intervals are of 1 s unless another is asked for, and begin at multiples of it."""
    for options, width in (((), 10**9), (("--interval", "5"), 5 * 10**9)):
        found = stats(*_DEMO, "--by", "vnid,time", *options)["groups"]
        rows = columns(_DEMO, "vnid,time_ns")
        expected = Counter((row["vnid"], row["time_ns"] // width * width) for row in rows)
        assert {(group["vnid"], group["time"]): group["frames"] for group in found} == expected


def test_order_and_number() -> None:
    ended = dovetool("stats", *_DEMO, "--by", "vnid,pair", "--sort", "src", "--top", "3", "--csv")
    rows = list(csv.DictReader(io.StringIO(ended.stdout.decode(), newline="")))
    assert list(rows[0])[:8] == ["vnid", "network", "src_tep", "src", "dst_tep", "dst", "encap", "frames"]
    assert [row["src"] for row in rows] == ["192.0.2.1"] * 3
    every = stats(*_DEMO, "--by", "vnid,pair", "--sort", "last")["groups"]
    assert [group["last_ns"] for group in every] == sorted(group["last_ns"] for group in every)
    assert len(every) > 3
    assert stats(*_DEMO, "--by", "vnid,pair", "--sort", "last", "--top", "3")["groups"] == every[:3]


def test_lists_are_one_text() -> None:
    found = stats(*_DEMO, "--by", "vnids,verdict")["groups"]
    assert {(group["vnids"], group["verdict"]) for group in found} <= {
        (vnid, verdict) for vnid in ("5001", "5002", "5003") for verdict in ("ok", "policy-denied", None)
    }


def test_the_table_has_the_heads_of_all_keys() -> None:
    ended = dovetool("stats", *_DEMO, "--by", "vnid,pair,ttl")
    assert ended.stdout.decode().split("\n")[0].split()[:6] == ["VNID", "Network", "From", "To", "Encap", "ttl"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--by vnid,tpe", "--by tpe: there is no such column; -e help lists them; did you mean tep?"),
        ("--by ip.ttl", "--by ip.ttl: is Wireshark's name of outer_ttl and ttl; say which"),
        (
            "--by vnid,ttl --sort vlans",
            (
                "--sort vlans: expected octets, frames, overhead, first, last, key, "
                "or a part of the key: vnid, network, ttl"
            ),
        ),
    ],
)
def test_what_makes_no_sense_is_refused(options: str, complaint: str) -> None:
    ended = dovetool("stats", MIXED, *options.split())
    assert (ended.code, ended.complaint) == (2, complaint)
