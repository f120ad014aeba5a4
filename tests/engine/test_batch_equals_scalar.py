"""The batch way and the scalar way are one: same frames, same order, same reasons. Borders: `test_batch_at_borders`."""

from __future__ import annotations

import pytest
from both_ways import STAGES, check
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import captures

from dovetool.engine import decider

pytestmark = pytest.mark.on_both_engines


@pytest.mark.parametrize("name", STAGES)
@settings(max_examples=15)
@given(data=st.data())
def test_batch_equals_scalar(name: str, data: st.DataObject) -> None:
    """Any frames, in two batches through one runner, come out as they do one by one."""
    stage, frames = STAGES[name]
    check(stage, [data.draw(captures(frames)), data.draw(captures(frames))])


@pytest.mark.parametrize("name", ["strip", "tag", "encap", "decap", "translate to Geneve"])
@settings(max_examples=10)
@given(data=st.data())
def test_verdicts_that_were_forgotten_are_found_again(name: str, data: st.DataObject) -> None:
    """So memory stays within bounds at any number of flows; what was counted before stays counted."""
    stage, frames = STAGES[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decider, "_MOST_VERDICTS", 0)
        check(stage, [data.draw(captures(frames)) for _ in range(3)])
