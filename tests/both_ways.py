"""Put frames through a stage both ways: in batches, and one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from strategies import (
    Captured,
    overlay_frames,
    sample_map,
    small_mtu_map,
    stripping_map,
    tagged_frames,
    vm_frames,
)

from dovetool.audit.enforced import enforced
from dovetool.capture.batch import Batch, Interface
from dovetool.capture.framing import BARE, Framing, lay_out, new_block
from dovetool.capture.pcap import PcapFormat
from dovetool.engine.stage_runner import Outcome, StageRunner
from dovetool.frame.view import FrameView
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.stage import Stage
from dovetool.stages.strip import Strip
from dovetool.stages.switch import Tag, Untag
from dovetool.stages.translate import Translate
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Frame, Gather, Reject, carry_out, settled

MAP, SMALL = sample_map(), small_mtu_map()
STAGES: dict[str, tuple[Stage, st.SearchStrategy[bytes]]] = {
    "strip": (Strip(), overlay_frames()),
    "strip one": (Strip(depth=1, ethernet_only=False), overlay_frames()),
    "translate to Geneve": (Translate("geneve"), overlay_frames()),
    "translate to VXLAN": (Translate("vxlan"), overlay_frames()),
    "translate to NVGRE": (Translate("nvgre"), overlay_frames()),
    "tag": (Tag(MAP), vm_frames()),
    "tag port": (Tag(MAP, MAP.port("sw1/p1")), vm_frames()),
    "encap": (Encap(MAP), tagged_frames()),
    "encap local": (Encap(MAP, MAP.tep("tep1"), keep_local=True), tagged_frames()),
    "encap vlan": (Encap(MAP, MAP.tep("tep2")), tagged_frames()),
    "encap inherit": (Encap(MAP, MAP.tep("tep3")), tagged_frames()),
    "encap IPv6": (Encap(MAP, MAP.tep("tep6")), tagged_frames()),
    "encap fragments": (Encap(SMALL, SMALL.tep("tep1")), tagged_frames()),
    "encap IPv6 fragments": (Encap(SMALL, SMALL.tep("tep6")), tagged_frames()),
    "decap": (Decap(MAP), overlay_frames()),
    "decap tep2": (Decap(MAP, MAP.tep("tep2")), overlay_frames()),
    "decap strips": (Decap(stripping_map()), overlay_frames()),
    "encap strips": (Encap(stripping_map()), tagged_frames()),
    "untag": (Untag(MAP), tagged_frames()),
    "encap enforced": (enforced([Encap(MAP)], MAP)[0], tagged_frames()),
    "decap enforced": (enforced([Decap(MAP)], MAP)[0], overlay_frames()),
    "untag enforced": (enforced([Untag(MAP)], MAP)[0], tagged_frames()),
    "untag tep1": (Untag(MAP, MAP.tep("tep1"), name_receivers=True), tagged_frames()),
}
NANOSECONDS = PcapFormat(1, nanoseconds=True)


def put_through(runner: StageRunner, batch: Batch, framing: Framing) -> Outcome:
    """What becomes of a batch of which not so much is made that it comes in parts."""
    (outcome,) = runner.process(batch, framing)
    return outcome


def batch_of(frames: Sequence[Captured]) -> Batch:
    """The frames as a reader would hand them out."""
    caplen = np.array([len(one.frame.octets) for one in frames], np.int64)
    offset, size = lay_out(caplen, BARE, None)
    block = new_block(size)
    joined = np.frombuffer(b"".join(one.frame.octets for one in frames), np.uint8)
    block[: len(joined)] = joined
    block[len(joined) :] = 0xEE
    times = np.array([one.ts_ns for one in frames], np.int64)
    links = sorted({one.link_type for one in frames})
    interface = np.array([links.index(one.link_type) for one in frames], np.int64)
    return Batch(
        octets=block,
        offset=offset,
        caplen=caplen,
        orig_len=np.array([one.frame.orig_len for one in frames], np.int64),
        stamp=NANOSECONDS.from_ns(times, interface),
        interface=interface,
        interfaces=tuple(Interface(link) for link in links),
        clock=NANOSECONDS,
    )


def view_of(one: Captured) -> FrameView:
    """A frame as a stage sees it."""
    return FrameView(one.frame.octets, one.frame.orig_len, link_type=one.link_type, ts_ns=one.ts_ns)


def scalar(
    stage: Stage, frames: Sequence[Captured], notes: Counter[str]
) -> tuple[list[tuple[Frame, int]], Counter[str]]:
    """What the stage does with one frame after the other; `notes` gets what it notes of them."""
    made: list[tuple[Frame, int]] = []
    reasons: Counter[str] = Counter()
    for one in frames:
        verdict = settled(stage.decide(view_of(one)), one.frame)
        result = carry_out(verdict, one.frame)
        if isinstance(result, Reject):
            reasons[result.reason] += 1
        else:
            notes.update(map(str, verdict.notes if not isinstance(verdict, Reject) else ()))
            made += [(frame, one.ts_ns) for frame in result]
    return made, reasons


def is_piece(stage: Stage, one: Captured) -> bool:
    """Say whether a frame is a piece of a packet, and so depends on others; test_gathering has those."""
    return isinstance(stage.decide(view_of(one)), Gather)


def check(stage: Stage, drawn: Sequence[Sequence[Captured]]) -> None:
    """Put the parts of a capture through one runner, and compare frame by frame."""
    parts = [[one for one in part if not is_piece(stage, one)] for part in drawn]
    parts = [part for part in parts if part]
    runner = StageRunner(stage)
    all_reasons: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    for frames in parts:
        expected, reasons = scalar(stage, frames, notes)
        all_reasons += reasons
        outcome = put_through(runner, batch_of(frames), NANOSECONDS)
        out = outcome.forwarded
        times = out.ts_ns.tolist()
        found = [(Frame(out.frame(row), int(out.orig_len[row])), times[row]) for row in range(len(out))]
        assert found == expected
        assert Counter(list(Reason)[index] for index in outcome.reasons.tolist()) == reasons
    tally = runner.tally()
    assert tally.rejected == all_reasons
    assert tally.notes == notes
    assert tally.frames_in == sum(map(len, parts)) == tally.forwarded + tally.rejected_total
