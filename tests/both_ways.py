"""Put frames through a stage both ways: in batches, and one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from engines import NAMES, used
from hypothesis import strategies as st
from routed_network import frames_between, routed_frames, routed_map
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
from dovetool.capture.batch import Batch, Framing, Interface
from dovetool.capture.blocks import BLOCKS
from dovetool.capture.framing import BARE, lay_out
from dovetool.capture.pcap import RECORDS, PcapFormat
from dovetool.engine.stage_runner import Outcome, StageRunner
from dovetool.engine.tally import Tally
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.stage import Stage
from dovetool.stages.strip import Strip
from dovetool.stages.switch import Tag
from dovetool.stages.translate import Translate
from dovetool.stages.untag import Untag
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Frame, Gather, Reject, Verdict, carry_out, settled

MAP, SMALL = sample_map(), small_mtu_map()
ROUTED, ROUTED_ONCE = routed_map(), routed_map(l3vni=None)
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
    "tag routed": (Tag(ROUTED), routed_frames()),
    "tag routed once": (Tag(ROUTED_ONCE), routed_frames()),
    "decap routed": (Decap(ROUTED), frames_between()),
    "untag": (Untag(MAP), tagged_frames()),
    "encap enforced": (enforced([Encap(MAP)], MAP)[0], tagged_frames()),
    "decap enforced": (enforced([Decap(MAP)], MAP)[0], overlay_frames()),
    "untag enforced": (enforced([Untag(MAP)], MAP)[0], tagged_frames()),
    "untag tep1": (Untag(MAP, MAP.tep("tep1"), name_receivers=True), tagged_frames()),
}
NANOSECONDS = PcapFormat(1, nanoseconds=True)


def put_through(runner: StageRunner, batch: Batch, framing: Framing = RECORDS) -> Outcome:
    """What becomes of a batch of which not so much is made that it comes in parts."""
    (outcome,) = runner.process(batch, framing)
    return outcome


def batch_of(frames: Sequence[Captured]) -> Batch:
    """The frames as a reader would hand them out."""
    caplen = np.array([len(one.frame.octets) for one in frames], np.int64)
    offset, size = lay_out(caplen, BARE, None)
    block = BLOCKS.take(size)
    joined = np.frombuffer(b"".join(one.frame.octets for one in frames), np.uint8)
    block[: len(joined)] = joined
    block[len(joined) :] = 0xEE
    times = np.array([one.ts_ns for one in frames], np.int64)
    places = sorted({(one.link_type, one.interface) for one in frames})
    interface = np.array([places.index((one.link_type, one.interface)) for one in frames], np.int64)
    return Batch(
        octets=block,
        offset=offset,
        caplen=caplen,
        orig_len=np.array([one.frame.orig_len for one in frames], np.int64),
        stamp=NANOSECONDS.from_ns(times, interface),
        interface=interface,
        interfaces=tuple(Interface(link, name=name) for link, name in places),
        clock=NANOSECONDS,
    )


def view_of(one: Captured) -> FrameView:
    """A frame as a stage sees it."""
    return FrameView(
        one.frame.octets, one.frame.orig_len, link_type=one.link_type, interface=one.interface, ts_ns=one.ts_ns
    )


def scalar(decided: Sequence[tuple[Captured, Verdict]], tally: Tally) -> tuple[list[Captured], list[Reason]]:
    """What becomes of one frame after the other, and why others are rejected; `tally` gets it all."""
    made: list[Captured] = []
    reasons: list[Reason] = []
    for one, undecided in decided:
        verdict = settled(undecided, one.frame)
        result = carry_out(verdict, one.frame)
        tally.frames_in += 1
        tally.bytes_in += max(one.frame.orig_len, len(one.frame.octets))
        if isinstance(result, Reject):
            tally.rejected[str(result.reason)] += 1
            reasons.append(result.reason)
        elif isinstance(verdict, Forward | Copies):
            _count(tally, verdict, result)
            made += _captured(one, verdict, result)
    return made, reasons


def _count(tally: Tally, verdict: Forward | Copies, made: Sequence[Frame]) -> None:
    """Of several copies, the one that may be the least long is counted."""
    copies = verdict.verdicts if isinstance(verdict, Copies) else (verdict,)
    counted = min(copies, key=lambda copy: copy.longest)
    tally.forwarded += 1
    tally.replicas += len(made) - 1
    tally.bytes_out += sum(max(frame.orig_len, len(frame.octets)) for frame in made)
    tally.notes.update(map(str, verdict.notes))
    if counted.vnid is not None:
        tally.vnids[counted.vnid] += 1
    if isinstance(verdict, Forward):
        tally.unchanged += verdict.unchanged
        tally.loss.update(verdict.loss)


def _captured(one: Captured, verdict: Forward | Copies, made: Sequence[Frame]) -> list[Captured]:
    copies = verdict.verdicts if isinstance(verdict, Copies) else (verdict,)
    by = [copy for copy in copies for _ in carry_out(copy, one.frame)]  # type: ignore[union-attr]  # it is no Reject
    stay = [copy.unchanged or copy.keeps_link for copy in by]
    links = [one.link_type if stays else ETHERNET for stays in stay]
    return [replace(one, frame=frame, link_type=link) for frame, link in zip(made, links, strict=True)]


def is_piece(stage: Stage, one: Captured) -> bool:
    """Say whether a frame is a piece of a packet, and so depends on others; test_gathering has those."""
    return isinstance(stage.decide(view_of(one)), Gather)


def frames_of(batch: Batch) -> list[Captured]:
    """The frames of a batch."""
    times, places = batch.ts_ns.tolist(), [batch.interfaces[index] for index in batch.interface.tolist()]
    return [
        Captured(Frame(batch.frame(row), int(batch.orig_len[row])), times[row], place.link_type, place.name)
        for row, place in enumerate(places)
    ]


def check(stage: Stage, drawn: Sequence[Sequence[Captured]]) -> None:
    """Put the parts of a capture through a runner of each engine, and compare frame by frame, and the counts.

    What is to come of them, which is the longer work, is found out once for both: tests are marked `on_both_engines`.
    """
    expected, parts = Tally(stage.name), []
    for part in drawn:
        verdicts = [(one, stage.decide(view_of(one))) for one in part]
        decided = [(one, verdict) for one, verdict in verdicts if not isinstance(verdict, Gather)]
        if decided:
            parts.append(([one for one, _ in decided], *scalar(decided, expected)))
    for engine in NAMES:
        with used(engine):
            _check(StageRunner(stage), parts, expected)


def _check(
    runner: StageRunner, parts: Sequence[tuple[list[Captured], list[Captured], list[Reason]]], expected: Tally
) -> None:
    for frames, made, reasons in parts:
        found: list[Captured] = []
        found_reasons: list[Reason] = []
        for outcome in runner.process(batch_of(frames), RECORDS):
            found += frames_of(outcome.forwarded)
            found_reasons += [list(Reason)[index] for index in outcome.reasons.tolist()]
        assert found_reasons == reasons
        assert next((pair for pair in zip(found, made, strict=True) if pair[0] != pair[1]), None) is None
    assert runner.tally() == expected
