"""A trace ends as `run` does: for every frame of every sample, through gateways, and in pieces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from cli_traffic import STRANGER
from frames import BROADCAST, VM1, VM2, eth, tagged, underlay, vm_frame
from in_process import dovetool
from plain_capture import Captured, read_capture, records, write_frames

from dovetool.analysis.frame_path import branches
from dovetool.analysis.octet_diff import RunKind, difference
from dovetool.analysis.single_frame import KnownFrame, frame_numbered, known_frames
from dovetool.analysis.trace import Trace, Tracer
from dovetool.capture.reader import CaptureReader
from dovetool.stages.map_selectors import selectors_of
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Frame
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.load import parse

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
WITH_MAP = sorted(path.parent for path in SAMPLES.glob("*/map.yaml") if any(path.parent.glob("in.*")))
MAP = """\
version: 1
networks: {blue: {vnid: 5001, unknown_unicast: flood}, red: {vnid: 5002, group: 239.0.0.2}}
teps:
  tep1: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan]%s}
  tep2: {ip: 192.0.2.2, mac: "02:00:00:00:01:02", encap: [geneve]}
  tep3: {ip: 192.0.2.3, mac: "02:00:00:00:01:03", encap: [vxlan]}
  tep4: {underlay: l2, mac: "02:00:00:00:01:04", encap: [pbb]}
  gw1: {ip: 192.0.2.9, underlay: both, mac: "02:00:00:00:01:09", encap: [vxlan, geneve, pbb], gateway: true}
switches:
  sw1: {tep: tep1, ports: {p1: blue, p2: red, p3: blue}}
  sw2: {tep: tep2, ports: {p1: blue}}
  sw3: {tep: tep3, ports: {p1: blue, p2: red}}
  sw4: {tep: tep4, ports: {p1: blue}}
vms:
  vm1: {mac: "02:00:00:00:00:0a", ip: [10.0.0.1], at: sw1/p1}
  vm2: {mac: "02:00:00:00:00:0b", ip: [10.0.0.2], at: sw2/p1}
  vm3: {mac: "02:00:00:00:00:0c", ip: [10.0.0.3], at: sw3/p1}
  vm4: {mac: "02:00:00:00:00:0d", ip: [10.0.0.4], at: sw4/p1}
  vm5: {mac: "02:00:00:00:00:0e", ip: [10.0.0.5], at: sw3/p2}
  vm6: {mac: "02:00:00:00:00:0f", ip: [10.0.0.6], at: sw1/p3}
  vm7: {mac: "02:00:00:00:00:10", ip: [10.0.0.7], at: sw1/p2}
"""
_VMS = {number: VM1[:5] + bytes([9 + number]) for number in range(1, 8)}
FRAMES = [
    *(vm_frame(60 + 211 * to, _VMS[to], _VMS[of]) for of in _VMS for to in _VMS if of != to),
    *(vm_frame(400, BROADCAST, mac) for mac in _VMS.values()),
    vm_frame(1400, VM2, VM1),
    vm_frame(80, STRANGER, VM1),
    vm_frame(80, VM2, STRANGER),
    tagged(vm_frame(90, VM2, VM1), 5001, 5),
    tagged(vm_frame(90, VM2, VM1), 99),
    vm_frame(90)[:13],
    eth(VM2, VM1, 0x0800, b"\x45\0"),
]


def traces(capture: Path, vnid_map: VnidMap, begin_at: str | None = None) -> list[Trace]:
    """The trace of each frame."""
    tracer = Tracer(vnid_map, selectors_of(vnid_map), begin_at=begin_at)
    with CaptureReader(capture) as reader:
        return [tracer.trace(known) for known in known_frames(reader)]


def captured(known: KnownFrame) -> Captured:
    return Captured(known.ts_ns, known.frame.orig_len, known.frame.octets, known.link_type, known.interface)


def received(made: Sequence[Trace]) -> dict[str, list[Captured]]:
    """What each VM got."""
    got: defaultdict[str, list[Captured]] = defaultdict(list)
    for trace in made:
        for step in (way[-1] for way in branches(trace.steps)):
            for way, frame in zip(step.ways, step.after, strict=bool(step.after)):
                for vm in way.receivers:
                    got[vm].append(captured(frame))
    return dict(got)


def refused(made: Sequence[Trace]) -> list[tuple[Captured, str]]:
    """What was stopped, and why."""
    ends = (way[-1] for trace in made for way in branches(trace.steps))
    return [(captured(step.before), str(step.reason)) for step in ends if step.reason is not None]


def assert_ends_as_run(capture: Path, map_file: Path, folder: Path) -> list[Trace]:
    """Each frame reaches the same VMs with the same octets, or is stopped for the same reason at the same stage."""
    out, vms, rejects = folder / "out.pcapng", folder / "vms", folder / "rejects.pcapng"
    summary = dovetool("run", capture, out, "-m", map_file, "--split", vms, "--rejects", rejects)
    made = traces(capture, VnidMap.load(map_file), "tag")
    assert received(made) == {path.stem: read_capture(path) for path in vms.iterdir()}
    expected = sorted((frame, comment) for frame, comment in records(rejects))
    assert sorted(refused(made)) == expected
    assert len(expected) == sum(summary["rejected"].values())
    return made


@pytest.mark.parametrize("case", WITH_MAP, ids=lambda path: path.name)
def test_samples_end_as_run(case: Path, tmp_path: Path) -> None:
    made = assert_ends_as_run(next(case.glob("in.*")), case / "map.yaml", tmp_path)
    assert {trace.known.number for trace in made} == set(range(1, len(made) + 1))
    by_itself = traces(next(case.glob("in.*")), VnidMap.load(case / "map.yaml"))
    assert [trace.steps for trace in by_itself] == [trace.steps for trace in made], "a VM's frame begins at tag"


@pytest.mark.parametrize("special", ["", ", mtu: 576", ", mtu: 576, on_mtu: fragment"])
def test_network_with_gateways_ends_as_run(special: str, tmp_path: Path) -> None:
    """Gateways, groups, floods, layer 2, an MTU, fragments, and frames that are none."""
    (tmp_path / "map.yaml").write_text(MAP % special)
    made = assert_ends_as_run(write_frames(tmp_path / "in.pcap", FRAMES), tmp_path / "map.yaml", tmp_path)
    steps = [step for trace in made for step in trace.steps]
    assert any(step.pieces > 1 for step in steps) == (special.endswith("fragment"))
    assert any(step.reason is Reason.MTU_EXCEEDED for step in steps) == (special == ", mtu: 576")


def is_routed_here(trace: Trace, vnid_map: VnidMap) -> bool:
    """Say whether a tagged frame was sent into its network by the gateway, which does not tell where it came in."""
    octets = trace.known.frame.octets
    network = vnid_map.network(int.from_bytes(octets[14:18], "big") >> 4 & 0xFFFFFF)
    return network is not None and octets[6:12] in network.gateway_macs


@pytest.mark.parametrize("case", [path for path in WITH_MAP if (path / "taps").is_dir()], ids=lambda path: path.name)
def test_a_frame_begins_where_it_was_captured(case: Path) -> None:
    """What a switch sent begins at encap, what was in the underlay at decap, and all arrive where they did."""
    vnid_map = VnidMap.load(case / "map.yaml")
    taps = case / "taps"
    sent = traces(taps / "2-tagged.pcapng", vnid_map)
    assert {trace.beginning.stage for trace in sent if not is_routed_here(trace, vnid_map)} == {"encap"}
    made = traces(case / next(case.glob("in.*")).name, vnid_map)
    assert received(sent) == received(made)
    tunnels = traces(taps / "3-underlay.pcapng", vnid_map)
    assert {trace.beginning.stage for trace in tunnels} == {"decap"}
    through_it = [frame for trace in tunnels for frame in received([trace])]
    local = [step for trace in made for step in trace.steps if step.stage == "untag" and step.before.local]
    assert len(through_it) + sum(len(way.receivers) for step in local for way in step.ways) == sum(
        map(len, received(made).values())
    )


@pytest.mark.parametrize(
    ("octets", "stage"),
    [
        (vm_frame(), "tag"),
        (vm_frame(src=STRANGER), "tag"),
        (tagged(vm_frame()), "encap"),
        (tagged(vm_frame(src=STRANGER)), "untag"),
        (underlay(vm_frame()), "decap"),
        (underlay(vm_frame())[:42] + b"\0" + underlay(vm_frame())[43:], "decap"),
        (underlay(vm_frame())[:6] + VM1 + underlay(vm_frame())[12:], "tag"),
        (b"\1\2", "tag"),
    ],
)
def test_where_a_frame_begins(octets: bytes, stage: str) -> None:
    """An overlay packet of a VM's own is one more frame of it; a bad overlay header is still one of the underlay."""
    vnid_map = VnidMap.from_model(parse((MAP % "").encode(), "map"))
    made = Tracer(vnid_map, selectors_of(vnid_map)).trace(KnownFrame(Frame(octets, len(octets))))
    assert made.beginning.stage == stage
    assert made.steps[0].stage == stage


def test_lookups_answer_as_the_map(tmp_path: Path) -> None:
    """Every question that a stage asked has the answer of the plain map, and the stage decides the same by it."""
    (tmp_path / "map.yaml").write_text(MAP % "")
    vnid_map = VnidMap.load(tmp_path / "map.yaml")
    made = traces(write_frames(tmp_path / "in.pcap", FRAMES), vnid_map)
    lookups = [lookup for trace in made for step in trace.steps for lookup in step.lookups]
    for lookup in lookups:
        assert lookup.answer == getattr(vnid_map, lookup.question)(*lookup.key)
    asked = {lookup.question for lookup in lookups}
    assert {"station_by_mac", "stations_with_mac", "tep_by_ip", "tep_by_mac", "network", "gateway_between"} <= asked


def test_runs_make_both_frames(tmp_path: Path) -> None:
    """What stayed, went and came are all octets of the frame before and of the one after, in order."""
    (tmp_path / "map.yaml").write_text(MAP % "")
    seen: set[RunKind] = set()
    for trace in traces(write_frames(tmp_path / "in.pcap", FRAMES), VnidMap.load(tmp_path / "map.yaml")):
        for step in trace.steps:
            for way, made in zip(step.ways, step.after, strict=bool(step.after)):
                before, after = step.before.frame.octets, made.frame.octets
                runs = difference(before, after, way)
                assert b"".join(run.before for run in runs) == before
                assert b"".join(run.after for run in runs) == after
                for run in runs:
                    assert before[run.before_at :].startswith(run.before)
                    assert after[run.after_at :].startswith(run.after)
                    assert (run.before == run.after) == (run.kind is RunKind.SAME)
                    seen.add(run.kind)
    assert {RunKind.SAME, RunKind.INSERTED, RunKind.REMOVED} <= seen


def test_a_frame_is_found_by_its_number() -> None:
    for capture in (SAMPLES / "migration" / "in.pcapng", SAMPLES / "tagged" / "in.pcap"):
        expected = read_capture(capture)
        for number in (1, 2, len(expected) - 1, len(expected)):
            with CaptureReader(capture) as reader:
                found = frame_numbered(reader, number)
            assert isinstance(found, KnownFrame)
            assert (found.number, captured(found)) == (number, expected[number - 1])
        with CaptureReader(capture) as reader:
            assert frame_numbered(reader, len(expected) + 1) == len(expected)
