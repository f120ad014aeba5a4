"""What is said about a frame depends on that frame alone, not on those that shared its verdict; so is where it goes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from both_ways import MAP, STAGES, batch_of, is_piece, put_through
from engines import NAMES as NAMES_OF_ENGINES
from engines import used
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Captured, captures, overlay_frames, tagged_frames, vm_frames

from dovetool.engine.flow_table import Classifier
from dovetool.engine.stage_runner import StageRunner
from dovetool.frame.view import FrameView
from dovetool.observe.annotate import Annotator
from dovetool.observe.names import Names
from dovetool.observe.observe import Detail, Observe
from dovetool.observe.split_keys import ByEncap, ByTep, ByVm, ByVnid, Sorter
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.stage import Stage
from dovetool.verdict.verdict import Copies, Reject, Verdict, carry_out, settled

TUNNELS, UNDERLAY = (
    Observe(selectors_of(MAP), MAP.tpid, detail=detail) for detail in (Detail.TUNNELS, Detail.UNDERLAY)
)
NAMES = Names(MAP)
SORTERS: dict[str, Sorter] = {
    "vnid": ByVnid(TUNNELS, NAMES),
    "tep": ByTep(UNDERLAY, NAMES),
    "encap": ByEncap(TUNNELS),
    "vm": ByVm(TUNNELS, MAP),
}
ANY = overlay_frames() | tagged_frames() | vm_frames()


def view_of(one: Captured) -> FrameView:
    return FrameView(one.frame.octets, one.frame.orig_len, link_type=one.link_type, ts_ns=one.ts_ns)


def remarks(undecided: Verdict, one: Captured) -> list[str]:
    """What is to be said about each frame that a verdict makes of one, alone."""
    verdict = settled(undecided, one.frame)
    made = carry_out(verdict, one.frame)
    if isinstance(made, Reject) or isinstance(verdict, Reject):
        return []
    if isinstance(verdict, Copies):
        return [text for copy in verdict.verdicts for text in remarks(copy, one)]
    return [verdict.remark] * len(made)


@pytest.mark.on_both_engines
@pytest.mark.parametrize("name", STAGES)
@settings(max_examples=15)
@given(data=st.data())
def test_remarks(name: str, data: st.DataObject) -> None:
    plain, frames = STAGES[name]
    (stage,) = Annotator(UNDERLAY, NAMES).annotated([plain])
    parts = []
    for part in (data.draw(captures(frames)), data.draw(captures(frames))):
        whole = [one for one in part if not is_piece(plain, one)]
        if whole:
            parts.append((whole, [text for one in whole for text in remarks(stage.decide(view_of(one)), one)]))
    for engine in NAMES_OF_ENGINES:
        with used(engine):
            runner, bare = StageRunner(stage), StageRunner(plain)
            for whole, expected in parts:
                compare(stage, runner, bare, whole, expected)


def compare(
    stage: Stage, runner: StageRunner, bare: StageRunner, frames: Sequence[Captured], expected: Sequence[str]
) -> None:
    outcome = put_through(runner, batch_of(frames))
    found = [runner.forward(number).remark for number in outcome.verdicts.tolist()]
    assert found == expected
    assert all(text.startswith(f"dovetool {stage.name}: ") for text in found)
    before = put_through(bare, batch_of(frames)).forwarded
    after = outcome.forwarded
    assert [after.frame(row) for row in range(len(after))] == [before.frame(row) for row in range(len(before))]


@pytest.mark.on_both_engines
@pytest.mark.parametrize("name", SORTERS)
@settings(max_examples=25)
@given(data=st.data())
def test_shares(name: str, data: st.DataObject) -> None:
    sorter = SORTERS[name]
    parts = data.draw(captures(ANY)), data.draw(captures(ANY))
    expected = [[sorter.shares(view_of(one)) for one in frames] for frames in parts]
    for engine in NAMES_OF_ENGINES:
        with used(engine):
            classifier = Classifier(sorter.shares, sorter.change_times_ns)
            for frames, answers in zip(parts, expected, strict=True):
                numbers = classifier.numbers(batch_of(frames)).tolist() if frames else []
                assert [classifier.answers[number] for number in numbers] == answers
