"""A frame has as many octets on the wire as were captured of it at least, whatever the file says: for all commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool
from frames import underlay, vm_frame
from plain_capture import Captured, read_capture, write_capture

_SAMPLES = Path(__file__).parents[2] / "samples/demo"
_START = 1_800_000_000 * 10**9
_OVERLAY, _PLAIN = underlay(vm_frame(60), 5001), vm_frame(60)
_OUTER, _TOTAL = 50, 3 * len(_OVERLAY) + len(_PLAIN)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Frames that are said to have had ten octets, and one that was cut."""
    told = [(10, _OVERLAY), (10, _PLAIN), (10, _OVERLAY), (len(_OVERLAY), _OVERLAY[:90])]
    return write_capture(tmp_path / "in.pcap", [Captured(_START + at, *each) for at, each in enumerate(told)])


def summary(*words: str | Path) -> dict[str, Any]:
    ended = dovetool(*words, "--summary", "json")
    assert ended.code == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stderr)
    return told


def test_octets_that_go_in_and_come_out(capture: Path, tmp_path: Path) -> None:
    stripped = summary("strip", capture, tmp_path / "out.pcap")
    assert (stripped["bytes_in"], stripped["bytes_out"]) == (_TOTAL, _TOTAL - 3 * _OUTER)
    sieved = summary("dedup", capture, tmp_path / "out.pcap")
    assert (sieved["rejected"], sieved["bytes_in"]) == ({"duplicate": 2}, _TOTAL)
    assert sieved["bytes_out"] == 2 * len(_OVERLAY)  # the plain one is a copy, too
    split = summary("split", capture, tmp_path / "split", "--by", "vnid")
    assert (split["bytes_in"], split["bytes_out"]) == (_TOTAL, _TOTAL)


@pytest.mark.parametrize("words", ["validate", "stats", "stats --by src_ip", "info"])
def test_octets_that_were_looked_at(capture: Path, words: str) -> None:
    command, *options = words.split()
    told = dovetool(command, capture, *options, "--json").stdout
    assert f"{_TOTAL}," in told.decode() or f"{_TOTAL}\n" in told.decode(), told


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_length_of_a_frame(capture: Path, number: int) -> None:
    long = len(_PLAIN if number == 2 else _OVERLAY)
    ended = dovetool("inspect", capture, "--frame", str(number), "-e", "length", "--json")
    (row,) = json.loads(ended.stdout)
    assert row["length"] == long


def test_the_length_of_a_frame_on_its_way(tmp_path: Path) -> None:
    frame = read_capture(_SAMPLES / "taps/3-underlay.pcapng")[0]
    path = write_capture(tmp_path / "in.pcap", [frame._replace(orig_len=10)])
    words = ("trace", path, "--frame", "1", "-m", _SAMPLES / "map.yaml")
    assert f'"length": {len(frame.octets)}' in dovetool(*words, "--json").stdout.decode()
    told = " ".join(dovetool(*words).stdout.decode().split())  # a line ends where the path of the capture is long
    assert f"in.pcap: {len(frame.octets)} octets, 2026" in told
