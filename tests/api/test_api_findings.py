"""Findings, traces and statistics from Python are those of the commands."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool as command

import dovetool

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DEMO = SAMPLES / "demo"
IN, UNDERLAY, MAP = DEMO / "in.pcapng", DEMO / "taps" / "3-underlay.pcapng", DEMO / "map.yaml"
MIXED = SAMPLES / "strip-mixed" / "in.pcap"
OTHER_MAP = SAMPLES / "migration" / "map.yaml"


def said(*words: str | Path) -> dict[str, Any]:
    """The JSON object that a command prints, without what the time of day has a part in."""
    record: dict[str, Any] = json.loads(command(*words, "--json").stdout)
    record.pop("seconds", None)
    return record


def plain(record: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(record))
    made.pop("seconds", None)
    return made


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        (UNDERLAY, {"vnid_map": MAP}, ("-m", MAP)),
        (IN, {"vnid_map": MAP}, ("-m", MAP)),
        (UNDERLAY, {"vnid_map": OTHER_MAP}, ("-m", OTHER_MAP)),
        (UNDERLAY, {"vnid_map": OTHER_MAP, "ignore": "unknown-vnid"}, ("-m", OTHER_MAP, "--ignore", "unknown-vnid")),
        (MIXED, {}, ()),
        (MIXED, {"learn": "1s", "grace": "0s"}, ("--learn", "1s", "--grace", "0s")),
    ],
)
def test_a_report_is_that_of_validate(source: Path, options: dict[str, Any], words: tuple[str | Path, ...]) -> None:
    report = dovetool.validate(source, **options)
    expected = said("validate", source, *words)
    assert plain(report.as_dict()) == expected
    assert len(report) == len(expected["findings"])
    assert (len(report.errors), len(report.warnings)) == (expected["errors"], expected["warnings"])
    assert report.ok is (not expected["errors"])
    assert bool(report) is True
    for finding, record in zip(report, expected["findings"], strict=True):
        assert (finding.severity, finding.reason, finding.text) == (
            *(record["severity"], record["reason"]),
            record["text"],
        )
        assert (finding.source, finding.count, list(finding.frames)) == (
            *(record["source"], record["count"]),
            record["frames"],
        )


def test_offending_frames_are_kept(tmp_path: Path) -> None:
    report = dovetool.validate(io.BytesIO(IN.read_bytes()), MAP, rejects=tmp_path / "wrong.pcapng")
    assert [finding.reason for finding in report.errors] == ["policy-denied"]
    kept = list(dovetool.open(tmp_path / "wrong.pcapng"))
    assert [frame.octets for frame in kept] == [dovetool.open(IN).frame(report[0].frames[0]).octets]


def test_a_map_is_not_changed_by_another_tpid() -> None:
    vnid_map = dovetool.VnidMap.load(MAP)
    dovetool.validate(UNDERLAY, vnid_map, tpid=0x9100)
    assert vnid_map.tpid == 0x88B5
    assert dovetool.VnidMap.loads(MAP.read_text()).vm_names == vnid_map.vm_names


@pytest.mark.parametrize("number", [1, 3, 11])
def test_a_trace_is_that_of_the_command(number: int) -> None:
    trace = dovetool.trace(IN, number, MAP)
    assert plain(trace.as_dict()) == said("trace", IN, "--frame", str(number), "-m", MAP)
    shown = command("trace", IN, "--frame", str(number), "-m", MAP).stdout.decode().split()
    assert trace.text.split()[:20] == shown[:20]
    assert trace.steps[0].before == dovetool.open(IN).frame(number).octets
    assert trace.outcome == ("rejected" if number == 11 else "delivered")
    assert (trace.steps[-1].reason == "policy-denied") is (number == 11)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ()),
        ({"by": "pair", "sort": "frames"}, ("--by", "pair", "--sort", "frames")),
        ({"by": ["vnid", "protocol"], "top": 2}, ("--by", "vnid,protocol", "--top", "2")),
        ({"by": "time", "interval": 0.5}, ("--by", "time", "--interval", "0.5")),
    ],
)
def test_statistics_are_those_of_the_command(options: dict[str, Any], words: tuple[str, ...]) -> None:
    stats = dovetool.open(UNDERLAY, MAP).stats(**options)
    expected = said("stats", UNDERLAY, "-m", MAP, *words)
    assert plain(stats.as_dict()) == expected
    assert [dict(group) for group in stats] == stats.as_dict()["groups"]
    assert (stats.frames, stats.octets, len(stats)) == (
        *(expected["frames"], expected["octets"]),
        len(expected["groups"]),
    )


def test_statistics_of_a_selection() -> None:
    stats = dovetool.open(UNDERLAY, MAP).select(vnid="blue", filter="icmp").stats()
    words = ("--vnid", "blue", "-Y", "icmp")
    assert plain(stats.as_dict()) == said("stats", UNDERLAY, "-m", MAP, *words)


def test_what_was_found_before_the_damage(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(MIXED.read_bytes()[:-7])
    with pytest.raises(dovetool.CorruptCaptureError) as raised:
        dovetool.validate(cut)
    assert isinstance(raised.value.partial, dovetool.Report)
    assert raised.value.partial.frames == 57
    with pytest.raises(dovetool.CorruptCaptureError) as raised:
        dovetool.open(cut).stats()
    assert isinstance(raised.value.partial, dovetool.Statistics)
    assert raised.value.partial.frames == 57
