"""The list of packets: its lines say of each frame what is known of it when it is looked at alone."""

from __future__ import annotations

from both_ways import batch_of, view_of
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Captured, captures, overlay_frames, sample_map, tagged_frames, vm_frames

from dovetool.analysis.frame_selection import Finder, Picker, Window
from dovetool.analysis.frame_summary import Judgement, Sight
from dovetool.frame.view import FrameView
from dovetool.observe.names import Names
from dovetool.observe.observe import Detail, Observe
from dovetool.observe.protocols import protocol_name
from dovetool.views.frames.frame_info import Info
from dovetool.views.frames.packet_list import PacketList
from dovetool.views.numbers import seconds_text
from dovetool.wire.addresses import address_text
from dovetool.wire.fields import BROADCAST

MAP = sample_map()
NAMES = Names(MAP)
FRAMES = st.one_of(overlay_frames(), overlay_frames(), tagged_frames(), vm_frames())
START_NS = 5


def judged(_: FrameView) -> Judgement:
    return Judgement()


def cells_of(number: int, one: Captured) -> list[str]:
    """The cells of one frame that are not empty, from a look at it alone."""
    sighting = Sight(Observe(), NAMES).look(view_of(one))
    seen, inner, overlays = sighting.seen, sighting.seen.inner, sighting.seen.overlays
    src, dst = (inner.src_mac, inner.dst_mac) if inner.protocol is None else (inner.src_ip, inner.dst_ip)
    cells = (
        str(number),
        seconds_text(one.ts_ns - START_NS, 6),
        seen.hop,
        *((NAMES.tep(end) or address_text(end) for end in (overlays[0].src, overlays[0].dst)) if overlays else ()),
        "/".join(overlay.encap for overlay in overlays),
        "/".join(map(str, seen.vnids)),
        "/".join(NAMES.network(vnid) or "?" for vnid in seen.vnids),
        sighting.src_vm or address_text(src),
        sighting.dst_vm or ("broadcast" if inner.dst_mac == BROADCAST else address_text(dst)),
        protocol_name(inner),
        str(max(one.frame.orig_len, len(one.frame.octets))),
        Info.of(seen).text(one.frame),
        "ok",
    )
    return [cell for cell in cells if cell]


@settings(max_examples=40)
@given(captures(FRAMES), st.sampled_from([Detail.TUNNELS, Detail.MACS | Detail.IPS, Detail.ALL]))
def test_a_line_says_what_a_look_at_its_frame_says(frames: list[Captured], detail: Detail) -> None:
    """Whatever of a frame was read before and what was only located; again with what was kept of the first time."""
    finder = Finder(Sight(Observe(detail=detail, later=Detail.ALL), NAMES, judged), Picker(Window()))
    shown, batch = PacketList(NAMES, START_NS, 1000), batch_of(frames)
    first, again = shown.lines(finder.found(batch))[2:], shown.lines(finder.found(batch))
    assert first == again
    found = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in first]
    assert found == [cells_of(number, one) for number, one in enumerate(frames, 1)]


def test_frames_without_any_have_no_lines() -> None:
    found = Finder(Sight(Observe(), NAMES), Picker(Window(((9, 9),)))).found(batch_of([]))
    assert PacketList(NAMES, 0, 80).lines(found) == []
