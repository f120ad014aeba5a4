"""Frames from Python are what `dovetool inspect` says of them, however they were come by."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool as command

import dovetool
from dovetool.api.selecting import Selecting

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
UNDERLAY, MAP = SAMPLES / "demo" / "taps" / "3-underlay.pcapng", SAMPLES / "demo" / "map.yaml"
MIXED, TAGGED = SAMPLES / "strip-mixed" / "in.pcap", SAMPLES / "tagged" / "in.pcap"
REJECTS = SAMPLES / "demo" / "rejects.pcapng"
CAPTURES = [(UNDERLAY, MAP), (UNDERLAY, None), (MIXED, None), (TAGGED, None), (REJECTS, MAP)]


def listed(source: Path, map_file: Path | None, *words: str) -> list[dict[str, Any]]:
    """What inspect says."""
    ended = command("inspect", source, *(() if map_file is None else ("-m", map_file)), *words, "--jsonl")
    assert ended.code == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def told(frames: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [json.loads(json.dumps(frame.as_dict())) for frame in frames]


@pytest.mark.parametrize(("source", "map_file"), CAPTURES)
def test_frames_are_what_inspect_says(source: Path, map_file: Path | None) -> None:
    with dovetool.open(source, map_file) as capture:
        assert told(capture) == listed(source, map_file)
        assert told(list(capture)) == listed(source, map_file)  # a second time, kept


@pytest.mark.parametrize(("source", "map_file"), CAPTURES)
def test_a_frame_alone_says_the_same(source: Path, map_file: Path | None) -> None:
    """Of a frame that was kept when its batch has gone, and of one that is looked for by its number."""
    capture = dovetool.open(source, map_file)
    expected = listed(source, map_file)
    kept = [next(islice(capture, number, None)) for number in (0, len(expected) - 1)]
    assert told(kept) == told([capture.frame(1), capture.frame(len(expected))]) == [expected[0], expected[-1]]


def test_attributes_of_a_frame() -> None:
    frame = dovetool.open(UNDERLAY, MAP).frame(4)
    record = listed(UNDERLAY, MAP, "--frame", "4")[0]
    outer, inner = record["frames"]
    (overlay,) = frame.overlays
    assert (frame.number, frame.time_ns, frame.length, frame.interface) == (
        *(4, record["time_ns"], record["length"]),
        record["interface"],
    )
    assert (overlay.encap, overlay.vnid, overlay.network, overlay.src, overlay.dst) == (
        *("vxlan", 5001, "blue"),
        *("192.0.2.1", "192.0.2.2"),
    )
    assert (overlay.src_tep, overlay.dst_tep, overlay.src_port, overlay.dst_port) == (
        *("tep1", "tep2"),
        *(outer["src_port"], outer["dst_port"]),
    )
    for name in ("src_mac", "dst_mac", "ethertype", "src_ip", "dst_ip", "ip_protocol", "src_port", "dst_port"):
        assert getattr(frame.inner, name) == inner[name]
    assert frame.inner.octets == frame.octets[50:]
    assert (frame.vnid, frame.network, frame.src_vm, frame.dst_vm) == (5001, "blue", "blue-a", "blue-b")
    assert (frame.hop, frame.problem, frame.verdict) == ("underlay", None, ())
    assert frame.time.isoformat() == "2026-01-01T00:00:00.002000+00:00"
    assert bytes(frame) == frame.octets
    assert len(frame) == 132


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"vnid": "red"}, ("--vnid", "red")),
        ({"vnid": [5001, "ops"]}, ("--vnid", "5001", "--vnid", "ops")),
        ({"ip": "10.1.0.0/24", "encap": "vxlan"}, ("--ip", "10.1.0.0/24", "--encap", "vxlan")),
        ({"frame": "2-5,9-", "vm": "red-a"}, ("--frame", "2-5,9-", "--vm", "red-a")),
        ({"frame": 3}, ("--frame", "3")),
        ({"frame": [1, 7]}, ("--frame", "1", "--frame", "7")),
        ({"from_": "+1", "to": "+2"}, ("--from", "+1", "--to", "+2")),
        ({"to": "2026-01-01T00:00:01Z", "tep": "tep2"}, ("--to", "2026-01-01T00:00:01Z", "--tep", "tep2")),
        ({"filter": "icmp"}, ("-Y", "icmp")),
        ({"filter": "arp", "vnid": 5002, "frame": "2-"}, ("-Y", "arp", "--vnid", "5002", "--frame", "2-")),
    ],
)
def test_keywords_choose_what_options_do(chosen: Selecting, words: tuple[str, ...]) -> None:
    capture = dovetool.open(UNDERLAY, MAP).select(**chosen)
    expected = listed(UNDERLAY, MAP, *words)
    assert expected
    assert told(capture) == expected
    assert [frame.number for frame in capture] == [record["number"] for record in expected]


def test_selections_add_up() -> None:
    capture = dovetool.open(UNDERLAY, MAP)
    narrow = capture.select(vnid="blue").select(frame="2-")
    assert [frame.number for frame in narrow] == [2, 3, 4, 5]
    assert [frame.number for frame in narrow.select(vnid="ops")] == [11]
    assert sum(1 for _ in capture) == 13


def test_several_captures_are_one() -> None:
    """As the command merges them, in the order of time."""
    both = [UNDERLAY, TAGGED]
    ended = command("inspect", *both, "--jsonl")
    assert ended.code == 0, ended.stderr
    expected = [json.loads(line) for line in ended.stdout.splitlines()]
    assert told(dovetool.open(both)) == expected
    assert sum(1 for _ in dovetool.strip(both)) == len(expected) == dovetool.open(both).stats().frames


def test_file_objects() -> None:
    octets = UNDERLAY.read_bytes()
    with UNDERLAY.open("rb") as file:
        assert told(dovetool.open(file, MAP)) == listed(UNDERLAY, MAP)
        assert not file.closed
    again = dovetool.open(io.BytesIO(octets), MAP)
    assert told(again) == told(again) == listed(UNDERLAY, MAP)
    chosen = dovetool.open(io.BytesIO(octets), MAP).select(filter="icmp")
    assert told(chosen) == listed(UNDERLAY, MAP, "-Y", "icmp")
    behind = io.BytesIO(b"header" + zlib.compress(octets, wbits=31))
    behind.seek(6)
    assert told(dovetool.open(behind, MAP)) == listed(UNDERLAY, MAP)


class Pipe(io.RawIOBase):
    """What gives a few octets at a time, and cannot be rewound."""

    def __init__(self, octets: bytes) -> None:
        super().__init__()
        self._octets = io.BytesIO(octets)

    def readable(self) -> bool:
        return True

    def readinto(self, view: Any) -> int:  # noqa: ANN401
        return self._octets.readinto(memoryview(view)[:7])


def test_what_cannot_be_rewound_is_read_once() -> None:
    capture = dovetool.open(Pipe(MIXED.read_bytes()))  # type: ignore[arg-type]
    assert told(capture) == listed(MIXED, None)
    with pytest.raises(dovetool.UsageError, match="cannot be read twice"):
        next(iter(capture))


class Reader:
    """What can be read, and nothing else: as some libraries give it."""

    def __init__(self, octets: bytes, give: Callable[[bytes], object] = bytes) -> None:
        self._octets, self._give = io.BytesIO(octets), give

    def read(self, count: int = -1) -> object:
        return self._give(self._octets.read(min(count, 5)))


def test_what_has_no_more_than_read_will_do() -> None:
    assert told(dovetool.open(Reader(MIXED.read_bytes()))) == listed(MIXED, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("give", "error", "says"),
    [
        (lambda octets: octets.hex(), TypeError, r"read\(4\) has given str; expected octets"),
        (
            lambda octets: octets * 9,
            TypeError,
            r"read\(4\) has given 36 octets; expected octets, and no more than these",
        ),
        (lambda octets: None, BlockingIOError, "nothing to read yet"),
    ],
)
def test_what_does_not_read_as_files_do_is_no_shorter_capture(
    give: Callable[[bytes], object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        list(dovetool.open(Reader(MIXED.read_bytes(), give)))  # type: ignore[arg-type]


def test_a_damaged_capture_gives_the_frames_before(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(MIXED.read_bytes()[:-7])
    seen: list[dovetool.Frame] = []
    with pytest.raises(dovetool.CorruptCaptureError, match="after 57 good frames") as raised:
        seen.extend(dovetool.open(cut))
    assert told(seen) == listed(MIXED, None)[:57]
    assert raised.value.frames == 57


def test_closing_ends_iterations() -> None:
    with dovetool.open(MIXED) as capture:
        frames = iter(capture)
        next(frames)
    assert list(frames) == []


def test_an_own_frame() -> None:
    frame = dovetool.Frame(bytes.fromhex("02000000000b02000000000a88b5a00138900800"), time_ns=7, interface="sw1/p1")
    (tag,) = frame.overlays
    assert (tag.encap, tag.vnid, tag.pcp, frame.vnid, frame.link_type) == ("dove", 5001, 5, 5001, 1)
    assert frame == dovetool.Frame(frame.octets, time_ns=7, interface="sw1/p1")
    assert frame != dovetool.Frame(frame.octets, time_ns=8, interface="sw1/p1")


def test_an_explanation_is_what_inspect_draws() -> None:
    text = dovetool.open(UNDERLAY, MAP).frame(4).explain()
    drawn = command("inspect", UNDERLAY, "-m", MAP, "--frame", "4", "-V", "-x").stdout.decode()
    assert text.splitlines() == [line.rstrip() for line in drawn.splitlines()][: len(text.splitlines())]
    assert "VNI: 5001 (blue)" in text
