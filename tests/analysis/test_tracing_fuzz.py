"""Whatever a frame is, it can be traced from every stage on, and shown."""

from __future__ import annotations

import io
import json

import pytest
from cli_traffic import MAP, Record
from frames import BROADCAST, VM1, VM2, eth, tagged, underlay, vm_frame
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from dovetool.analysis.single_frame import KnownFrame
from dovetool.analysis.trace import Tracer
from dovetool.observe.dissection import header_parts
from dovetool.observe.observe import Observe
from dovetool.stages.first_stage import STAGES
from dovetool.stages.map_selectors import selectors_of
from dovetool.verdict.verdict import Frame
from dovetool.views.tracing.trace import TraceView
from dovetool.views.tracing.trace_json import TraceJson
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.load import parse

VNID_MAP = VnidMap.from_model(parse(MAP.encode(), "map"))
SELECTORS = selectors_of(VNID_MAP)
OBSERVE = Observe(SELECTORS, VNID_MAP.tpid)
ARP = bytes.fromhex("00010800060400010200000000 0a0a0000010000000000000a000002")
WELL_FORMED = [
    vm_frame(90, VM2, VM1),
    vm_frame(90, BROADCAST, VM1),
    tagged(vm_frame(90, VM2, VM1), pcp=5),
    underlay(vm_frame(90, VM2, VM1), tos=1),
    underlay(underlay(vm_frame(90))),
    underlay(tagged(vm_frame(90))),
    eth(BROADCAST, VM1, 0x0806, ARP),
    underlay(vm_frame(90))[:20] + b"\x20\0" + underlay(vm_frame(90))[22:],  # a first fragment
    vm_frame(90)[:12] + b"\x81\0\xa0\x05\x81\0\0\x07" + vm_frame(90)[12:],
]


@st.composite
def frames(draw: st.DrawFn) -> Record:
    """A frame that was well-formed, until some octets changed and the snap length cut it; or any octets."""
    octets = bytearray(draw(st.sampled_from(WELL_FORMED) | st.binary(max_size=120)))
    for _ in range(draw(st.integers(0, 3)) if octets else 0):
        octets[draw(st.integers(0, min(len(octets), 90) - 1))] = draw(st.integers(0, 255))
    kept = draw(st.integers(0, len(octets)) | st.just(len(octets)))
    return Record(bytes(octets[:kept]), draw(st.sampled_from([kept, len(octets), len(octets) + 7])))


@settings(max_examples=150)
@given(frame=frames(), link_type=st.sampled_from([1, 1, 1, 101, 113, 276, 147]), width=st.sampled_from([40, 80, 200]))
@pytest.mark.parametrize("begin_at", [None, *STAGES])
def test_any_frame_can_be_traced(begin_at: str | None, frame: Record, link_type: int, width: int) -> None:
    known = KnownFrame(Frame(*frame), link_type=link_type)
    trace = Tracer(VNID_MAP, SELECTORS, begin_at=begin_at).trace(known)
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(TraceView(VNID_MAP, SELECTORS, width).tree(trace))
    answer = json.loads(json.dumps(TraceJson(VNID_MAP, SELECTORS).of(trace)))
    ended = answer["outcome"]["verdict"]
    assert (ended in ("rejected", "partly")) == trace.is_rejected
    assert len(answer["steps"]) == len(trace.steps)


@given(frame=frames(), link_type=st.sampled_from([1, 101, 113, 0]))
def test_headers_lie_side_by_side(frame: Record, link_type: int) -> None:
    """From the first octet to the last that was captured."""
    spans = header_parts(KnownFrame(Frame(*frame), link_type=link_type).view(), OBSERVE)
    ends = [0, *(span.end for span in spans)]
    assert [span.offset for span in spans] == ends[:-1]
    assert ends[-1] >= len(frame.octets)
    assert all(span.length > 0 for span in spans)


def test_headers_by_name() -> None:
    frame = WELL_FORMED[4]
    spans = header_parts(KnownFrame(Frame(frame, len(frame))).view(), OBSERVE)
    tunnel = ["Ethernet", "EtherType", "IPv4", "UDP", "VXLAN"]
    assert [span.label for span in spans] == [*tunnel, *tunnel, "Ethernet", "EtherType", "IPv4", "UDP", "payload"]
    frame = WELL_FORMED[8]
    spans = header_parts(KnownFrame(Frame(frame, len(frame))).view(), OBSERVE)
    assert [(span.offset, span.detail) for span in spans if span.label == "802.1Q"] == [
        (12, "ID 5, priority 5"),
        (16, "ID 7, priority 0"),
    ]
