"""Losses of translation, counted by batch."""

from __future__ import annotations

import pytest
from both_ways import batch_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import Captured, overlay_frames

from dovetool.capture.framing import BARE
from dovetool.engine.stage_runner import StageRunner
from dovetool.frame.view import FrameView
from dovetool.stages.translate import Translate
from dovetool.verdict.verdict import Forward, Frame, settled
from dovetool.wire import ENCAPSULATIONS, Carrier

OVER_IP = [each.name for each in ENCAPSULATIONS.values() if each.is_written and each.carrier is not Carrier.LINK]


@pytest.mark.parametrize("to", OVER_IP)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_losses_of_batches(to: str, data: st.DataObject) -> None:
    """Counted by batch, the losses are those of the frames one by one."""
    frames = data.draw(st.lists(overlay_frames(), min_size=1, max_size=6))
    stage = Translate(to)
    runner = StageRunner(stage)
    list(runner.process(batch_of([Captured(Frame(octets, len(octets)), 0, 1) for octets in frames]), BARE))
    counted: dict[str, int] = {}
    for octets in frames:
        verdict = settled(stage.decide(FrameView(octets)), Frame(octets, len(octets)))
        for kind in verdict.loss if isinstance(verdict, Forward) else ():
            counted[kind] = counted.get(kind, 0) + 1
    if not runner.pending:
        assert runner.tally().loss == counted
