"""The samples: each command gives what it gave, Linux and tshark agree with it, and so does the scalar way."""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import shutil
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from in_process import dovetool
from plain_capture import Captured, Overlay, Record, read_capture, records, vxlan_of

from dovetool import cli
from dovetool.analysis.frame_path import PathStep, branches, journey
from dovetool.analysis.single_frame import KnownFrame, known_frames
from dovetool.capture.reader import CaptureReader
from dovetool.stages.path import vm_to_vm
from dovetool.stages.stage import HOPS, Stage, is_beyond_tep
from dovetool.stages.strip import Strip
from dovetool.stages.switch import Tag
from dovetool.vnid_map import VnidMap

TESTS = Path(__file__).resolve().parent
SAMPLES, KERNEL = TESTS.parent / "samples", TESTS / "kernel_data"
CASES = sorted(path.parent for path in SAMPLES.glob("*/case.toml"))
CAPTURES = sorted(path for path in SAMPLES.rglob("*.pcap*"))
each_case = pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)


def assert_same(found: Iterable[object], expected: Iterable[object], what: str) -> None:
    """Compare one by one, so that a failure shows which differs."""
    for number, (ours, theirs) in enumerate(zip_longest(found, expected), 1):
        assert ours == theirs, f"{what}, frame {number}"


def input_of(case: Path) -> Path:
    return next(case.glob("in.*"))


@each_case
def test_golden_capture(case: Path, tmp_path: Path) -> None:
    """The command of case.toml turns the input into the other files of the case, record for record."""
    spec = tomllib.loads((case / "case.toml").read_text())
    source = input_of(case)
    files = {"in": source, "map": case / "map.yaml"}
    made = {"out": f"out{source.suffix}", "taps": "taps", "rejects": "rejects.pcapng"}
    files |= {name: tmp_path / file for name, file in made.items()}
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        status = cli.run([word.format(**files) for word in spec["args"]])
    assert status == spec["exit_status"], said.getvalue()
    expected = sorted(path.relative_to(case) for path in case.rglob("*.pcap*") if path != source)
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*")) == expected
    for name in expected:
        assert_same(records(tmp_path / name), records(case / name), f"{case.name}/{name}")
    summary = json.loads(said.getvalue())
    assert summary.pop("seconds") >= 0
    assert summary == spec["summary"]


def test_inputs_are_made_again(tmp_path: Path) -> None:
    """samples/make.py makes every input from Linux's captures, and none is left over."""
    runpy.run_path(str(SAMPLES / "make.py"))["main"]([str(tmp_path)])
    assert sorted(path.name for path in tmp_path.iterdir()) == [case.name for case in CASES]
    for case in CASES:
        source = input_of(case)
        assert_same(records(tmp_path / case.name / source.name), records(source), case.name)


def test_samples_are_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*.*") if path.is_file()) < 1_000_000


@pytest.mark.skipif(shutil.which("mergecap") is None, reason="tshark, and mergecap beside it, are not installed")
def test_tshark_finds_nothing_malformed(tmp_path: Path) -> None:
    """Each frame is read to its end; the payload that Linux's test sent to the ports of two protocols is none.

    The captures are put one after the other, which costs a start of tshark and not one for each.
    """
    joined = tmp_path / "joined.pcapng"
    subprocess.run(["mergecap", "-a", "-w", joined, *CAPTURES], check=True)
    no_such_payload = ("--disable-protocol", "mdns", "--disable-protocol", "nbdgm")
    words = ("tshark", "-r", joined, *no_such_payload, "-T", "fields", "-e", "_ws.malformed")
    found = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    whole = [(path, number) for path in CAPTURES for number in range(1, len(read_capture(path)) + 1)]
    assert [frame for frame, malformed in zip(whole, found, strict=True) if malformed] == []


def tunnelled(frames: Iterable[Captured]) -> Counter[Overlay]:
    return Counter(packet for packet in map(vxlan_of, frames) if packet is not None)


def sent_by_linux(folder: str, vni: Iterable[int]) -> Counter[Overlay]:
    """What the hosts 192.0.2.1, .2, ... sent through tunnels, as captured where each of them is connected."""
    captures = sorted((KERNEL / folder).glob("underlay*.pcap"))
    if len(captures) == 1:
        sent = tunnelled(read_capture(captures[0]))
    else:
        sent = Counter()
        for host, capture in enumerate(captures, 1):
            sent += Counter(
                {
                    packet: count
                    for packet, count in tunnelled(read_capture(capture)).items()
                    if packet.src_ip[3] == host
                }
            )
    return Counter({packet: count for packet, count in sent.items() if packet.vni in vni})


@pytest.mark.parametrize(
    ("case", "folder", "vnis", "is_whole"),
    [
        ("two-tenants", "v4_3vni", (100, 200), False),
        ("migration", "migrate", (100, 200), True),
        ("broadcast", "bum", (100,), True),
    ],
)
def test_linux_sent_the_same(case: str, folder: str, vnis: Sequence[int], is_whole: bool) -> None:
    """Each inner frame goes from the same tunnel end point to the same others as in Linux's own network."""
    ours = tunnelled(read_capture(SAMPLES / case / "taps" / "3-underlay.pcapng"))
    ours = Counter({packet: count for packet, count in ours.items() if packet.vni in vnis})
    theirs = sent_by_linux(folder, vnis)
    assert sum(ours.values()) > 20
    assert not ours - theirs
    if is_whole:
        assert not theirs - ours


def test_linux_sent_the_same_to_a_group() -> None:
    """Red of the broadcast sample is Linux's network 100, under another number."""
    ours = tunnelled(read_capture(SAMPLES / "broadcast" / "taps" / "3-underlay.pcapng"))
    red = Counter({packet._replace(vni=100): count for packet, count in ours.items() if packet.vni == 300})
    assert red == sent_by_linux("mcast", (100,))


def test_design_example_of_the_tag() -> None:
    """PCP 5, DEI 0, VNID 5001; and nothing but the tag is new in any frame."""
    case = SAMPLES / "tagged"
    before, after = read_capture(case / "in.pcap"), read_capture(case / "out.pcap")
    tags = [frame.octets[12:18].hex(" ") for frame in after]
    assert tags[0] == "88 b5 a0 01 38 90"
    assert tags[1:] == [f"88 b5 {first} 01 38 90" for first in ("00", "70", "e0", "00", "00")]
    rest = [frame._replace(octets=frame.octets[:12] + frame.octets[18:]) for frame in after]
    assert rest == [frame._replace(orig_len=frame.orig_len + 6) for frame in before]


DEMO_RECEIVED = {  # by hand: the numbers of the frames that each VM is to get
    "blue-a": [2, 4, 12],
    "blue-b": [1, 3, 13],
    "blue-c": [1],
    "red-a": [6, 8, 14],
    "red-b": [5, 7, 15],
    "red-c": [5, 9],
    "ops-a": [10],
}


def test_every_vm_gets_what_it_was_sent(tmp_path: Path) -> None:
    """In the demo: these frames, octet for octet, and no others."""
    case = SAMPLES / "demo"
    dovetool("run", case / "in.pcapng", tmp_path / "out.pcapng", "-m", case / "map.yaml", "--split", tmp_path / "vms")
    sent = read_capture(case / "in.pcapng")
    assert {path.stem for path in (tmp_path / "vms").iterdir()} == set(DEMO_RECEIVED)
    for vm, numbers in DEMO_RECEIVED.items():
        got = read_capture(tmp_path / "vms" / f"{vm}.pcapng")
        assert_same(got, [sent[number - 1] for number in numbers], vm)


def stages_of(case: Path, spec: dict[str, Any]) -> list[Stage]:
    if spec["args"][0] == "strip":
        return [Strip()]
    vnid_map = VnidMap.load(case / "map.yaml")
    return vm_to_vm(vnid_map) if spec["args"][0] == "run" else [Tag(vnid_map)]


def as_captured(known: KnownFrame) -> Captured:
    return Captured(known.ts_ns, known.frame.orig_len, known.frame.octets, known.link_type, known.interface)


def after(journeys: Iterable[Sequence[PathStep]], stage: str) -> list[KnownFrame]:
    """What left a stage, in the order of the frames that came in."""
    steps = (step for steps in journeys for step in steps if step.stage == stage)
    return [frame for step in steps for frame in step.after]


def in_underlay(frames: Iterable[KnownFrame], vnid_map: VnidMap) -> Iterator[Captured]:
    """What of that has left its TEP, after which the interface is called there."""
    for frame in frames:
        port = vnid_map.port(frame.interface)
        if port is not None and not frame.local:
            yield as_captured(frame)._replace(interface=port.tep.name)


@each_case
def test_journeys_agree_with_the_pipeline(case: Path) -> None:
    """One frame after the other, the same frames are at each hop, and the same are rejected for the same reasons."""
    spec = tomllib.loads((case / "case.toml").read_text())
    stages = stages_of(case, spec)
    with CaptureReader(input_of(case)) as reader:
        journeys = [journey(known, stages) for known in known_frames(reader)]
    assert [steps[0].before.number for steps in journeys] == list(range(1, len(journeys) + 1))
    delivered = map(as_captured, after(journeys, stages[-1].name))
    assert_same(delivered, read_capture(next(case.glob("out.*"))), f"{case.name}, out")
    for name, stage in zip(HOPS[1:], stages, strict=False):
        if len(stages) > 1:
            frames, vnid_map = after(journeys, stage.name), VnidMap.load(case / "map.yaml")
            seen = in_underlay(frames, vnid_map) if is_beyond_tep(name) else map(as_captured, frames)
            assert_same(seen, read_capture(case / "taps" / f"{name}.pcapng"), f"{case.name}, {name}")
    ends = [way[-1] for steps in journeys for way in branches(steps)]
    refused = [Record(as_captured(end.before), end.reason) for end in ends if end.reason is not None]
    rejects = case / "rejects.pcapng"
    assert_same(refused, records(rejects) if rejects.exists() else [], f"{case.name}, rejects")
    assert len(refused) == sum(spec["summary"]["rejected"].values())
