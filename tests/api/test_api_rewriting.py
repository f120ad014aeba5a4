"""What rewrites frames from Python does what the commands do: file to file, and frame to frame."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from in_process import dovetool as command
from plain_capture import read_capture

import dovetool

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DEMO = SAMPLES / "demo"
IN, TAPS, MAP = DEMO / "in.pcapng", DEMO / "taps", DEMO / "map.yaml"
MIXED = SAMPLES / "strip-mixed" / "in.pcap"
GATEWAY = SAMPLES / "routing"
Rewrite = Callable[..., Any]

JOBS: list[tuple[str, Path, dict[str, Any]]] = [
    ("strip", TAPS / "3-underlay.pcapng", {}),
    ("strip", MIXED, {"depth": 1}),
    ("strip", MIXED, {"vlan": ["100=10", "200=20"]}),
    ("strip", TAPS / "3-underlay.pcapng", {"vnid_map": MAP, "tenant": "comment"}),
    ("strip", TAPS / "2-tagged.pcapng", {"annotate": True}),
    ("translate", MIXED, {"to": "geneve"}),
    ("tag", IN, {"vnid_map": MAP}),
    ("encap", TAPS / "2-tagged.pcapng", {"vnid_map": MAP}),
    ("decap", TAPS / "3-underlay.pcapng", {"vnid_map": MAP, "checksums": "ignore"}),
    ("untag", TAPS / "4-received.pcapng", {"vnid_map": MAP, "enforce": True}),
    ("run", IN, {"vnid_map": MAP}),
    ("run", GATEWAY / "in.pcapng", {"vnid_map": GATEWAY / "map.yaml"}),
]
IDS = [f"{name}-{number}" for number, (name, _, _) in enumerate(JOBS)]
each_job = pytest.mark.parametrize(("name", "source", "options"), JOBS, ids=IDS)


def words_of(options: dict[str, Any]) -> list[str]:
    words: list[str] = []
    for name, value in options.items():
        option = "--map" if name == "vnid_map" else f"--{name.replace('_', '-')}"
        for each in value if isinstance(value, list) else [value]:
            words += [option] if each is True else [option, str(each)]
    return words


def without_seconds(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "seconds"}


@each_job
def test_files_and_summaries_are_those_of_the_command(
    name: str, source: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    theirs, ours = tmp_path / f"theirs{source.suffix}", tmp_path / f"ours{source.suffix}"
    rejects = tmp_path / "theirs-rejects.pcapng", tmp_path / "ours-rejects.pcapng"
    expected = command(name, source, theirs, *words_of(options), "--rejects", rejects[0])
    summary = getattr(dovetool, name)(source, ours, rejects=rejects[1], **options)
    assert ours.read_bytes() == theirs.read_bytes()
    assert rejects[1].read_bytes() == rejects[0].read_bytes()
    assert without_seconds(json.loads(json.dumps(summary.as_dict()))) == without_seconds(expected)
    assert summary.frames_in == summary.forwarded + summary.absorbed + sum(summary.rejected.values())


@each_job
def test_frames_are_those_of_the_file(name: str, source: Path, options: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "out.pcapng"
    rewrite: Rewrite = getattr(dovetool, name)
    summary = rewrite(source, target, **options)
    for given in (source, dovetool.open(source), iter(dovetool.open(source))):
        frames = rewrite(given, **options)
        made = [(frame.time_ns, frame.length, frame.octets) for frame in frames]
        assert made == [(each.ts_ns, each.orig_len, each.octets) for each in read_capture(target)]
        assert frames.summary == summary


@each_job
def test_frames_are_written_as_the_file_is(name: str, source: Path, options: dict[str, Any], tmp_path: Path) -> None:
    """From an iterator of frames into a file: the same frames with the same names of interfaces."""
    rewrite: Rewrite = getattr(dovetool, name)
    target, other = tmp_path / "out.pcapng", tmp_path / "frames.pcapng"
    assert rewrite(source, target, **options) == rewrite(iter(dovetool.open(source)), other, **options)
    assert [frame.as_dict() for frame in dovetool.open(other)] == [frame.as_dict() for frame in dovetool.open(target)]


def test_file_objects(tmp_path: Path) -> None:
    expected = tmp_path / "out.pcapng"
    dovetool.strip(TAPS / "3-underlay.pcapng", expected)
    made = io.BytesIO()
    with (TAPS / "3-underlay.pcapng").open("rb") as source:
        summary = dovetool.strip(source, made)
    assert made.getvalue() == expected.read_bytes()
    assert summary.frames_out == 13
    with (tmp_path / "named.pcap").open("wb") as file:
        dovetool.strip(TAPS / "3-underlay.pcapng", file)
    dovetool.strip(TAPS / "3-underlay.pcapng", tmp_path / "by-path.pcap")
    assert (tmp_path / "named.pcap").read_bytes() == (tmp_path / "by-path.pcap").read_bytes()


@pytest.mark.parametrize("chosen", [{"vnid": 200}, {"frame": "5-40", "encap": "vxlan"}, {"filter": "icmp"}])
def test_a_selection_is_what_is_rewritten(chosen: Any, tmp_path: Path) -> None:  # noqa: ANN401
    capture, target = dovetool.open(MIXED).select(**chosen), tmp_path / "out.pcap"
    summary = dovetool.strip(capture, target)
    assert summary.frames_in == sum(1 for _ in capture) > 0
    assert [each.octets for each in read_capture(target)] == [frame.octets for frame in dovetool.strip(capture)]
    assert [frame.octets for frame in capture] != [each.octets for each in read_capture(target)]


def test_octets_alone_are_ethernet_frames() -> None:
    octets = [frame.octets for frame in dovetool.open(MIXED)]
    assert [frame.octets for frame in dovetool.strip(octets)] == [frame.octets for frame in dovetool.strip(MIXED)]


def test_stages_follow_each_other() -> None:
    """Frames keep what their interface tells from stage to stage."""
    tagged = dovetool.tag(dovetool.open(IN), vnid_map=MAP)
    sent = dovetool.encap(tagged, vnid_map=MAP)
    received = dovetool.decap(sent, vnid_map=MAP)
    delivered = [frame.octets for frame in dovetool.untag(received, vnid_map=MAP)]
    assert delivered == [frame.octets for frame in dovetool.strip(TAPS / "3-underlay.pcapng")]
    assert (tagged.summary.rejected, sent.summary.rejected) == ({"policy-denied": 1}, {"local": 2})


def test_a_stripped_frame_keeps_its_network() -> None:
    stripped = list(dovetool.strip(TAPS / "3-underlay.pcapng", vnid_map=MAP))
    assert [frame.network for frame in stripped] == [
        frame.network for frame in dovetool.open(TAPS / "3-underlay.pcapng", MAP)
    ]
    assert not any(frame.overlays for frame in stripped)


def test_a_damaged_source_is_written_up_to_there(tmp_path: Path) -> None:
    cut, target = tmp_path / "cut.pcap", tmp_path / "out.pcap"
    cut.write_bytes(MIXED.read_bytes()[:-7])
    with pytest.raises(dovetool.CorruptCaptureError) as raised:
        dovetool.strip(cut, target)
    summary = raised.value.partial
    assert isinstance(summary, dovetool.Summary)
    assert summary.frames_in == len(read_capture(target)) == 57
    frames, seen = dovetool.strip(cut), list[dovetool.Frame]()
    with pytest.raises(dovetool.CorruptCaptureError):
        seen.extend(frames)
    assert len(seen) == frames.summary.frames_out == 57


def test_nothing_is_left_of_what_fails(tmp_path: Path) -> None:
    def frames() -> Any:  # noqa: ANN401
        yield from dovetool.open(MIXED)
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        dovetool.strip(frames(), tmp_path / "out.pcap")
    assert list(tmp_path.iterdir()) == []
    broken = dovetool.strip(MIXED, rejects=tmp_path / "rejects.pcapng")
    next(broken)
    broken.close()
    assert list(tmp_path.iterdir()) == []


def test_comments_and_times_go_through(tmp_path: Path) -> None:
    frames = [dovetool.Frame(b"\0" * 60, time_ns=10**18 + n, comments=(f"no. {n}",), number=n) for n in (1, 2)]
    dovetool.strip(frames, tmp_path / "out.pcapng")
    assert [(frame.time_ns, frame.comments) for frame in dovetool.open(tmp_path / "out.pcapng")] == [
        (10**18 + 1, ("no. 1",)),
        (10**18 + 2, ("no. 2",)),
    ]


def test_taps_and_split(tmp_path: Path) -> None:
    summary = dovetool.run(IN, tmp_path / "out.pcapng", MAP, taps=tmp_path / "taps", split=tmp_path / "vms")
    command("run", IN, tmp_path / "theirs.pcapng", "-m", MAP, "--taps", tmp_path / "t", "--split", tmp_path / "v")
    for ours, theirs in (("taps", "t"), ("vms", "v")):
        names = sorted(path.name for path in (tmp_path / ours).iterdir())
        assert names == sorted(path.name for path in (tmp_path / theirs).iterdir())
        for name in names:
            assert (tmp_path / ours / name).read_bytes() == (tmp_path / theirs / name).read_bytes()
    assert [stage["command"] for stage in summary.as_dict()["stages"]] == ["tag", "encap", "decap", "untag"]
