"""The batch way and the scalar way are one: same frames, same order, same reasons. Borders: `test_batch_at_borders`."""

from __future__ import annotations

import numpy as np
import pytest
from both_ways import NANOSECONDS, STAGES, batch_of, check, put_through
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Captured, captures, overlay_frames, tagged_frames

from dovetool.capture.copying import copy_runs
from dovetool.engine import key_table, stage_runner
from dovetool.engine.stage_runner import StageRunner
from dovetool.stages.strip import Strip


@pytest.mark.parametrize("name", STAGES)
@settings(max_examples=15)
@given(data=st.data())
def test_batch_equals_scalar(name: str, data: st.DataObject) -> None:
    """Any frames, in two batches through one runner, come out as they do one by one."""
    stage, frames = STAGES[name]
    check(stage, [data.draw(captures(frames)), data.draw(captures(frames))])


@settings(max_examples=15)
@given(data=st.data())
def test_colliding_hashes_are_told_apart(data: st.DataObject) -> None:
    """Even if all keys had the same hash, no frame would get the verdict of another flow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_table, "_MULTIPLIERS", np.zeros(256, np.uint64))
        check(Strip(), [data.draw(captures(overlay_frames())), data.draw(captures(overlay_frames()))])


@pytest.mark.parametrize("name", ["strip", "tag", "encap", "decap", "translate to Geneve"])
@settings(max_examples=10)
@given(data=st.data())
def test_verdicts_that_were_forgotten_are_found_again(name: str, data: st.DataObject) -> None:
    """So memory stays within bounds at any number of flows; what was counted before stays counted."""
    stage, frames = STAGES[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage_runner, "_MOST_VERDICTS", 0)
        check(stage, [data.draw(captures(frames)) for _ in range(3)])


@settings(max_examples=15)
@given(first=captures(tagged_frames()), dropped=captures(tagged_frames()), last=captures(tagged_frames()))
def test_a_batch_can_be_taken_back(first: list[Captured], dropped: list[Captured], last: list[Captured]) -> None:
    """Even if verdicts were forgotten before it."""
    stage = STAGES["encap"][0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage_runner, "_MOST_VERDICTS", 0)
        runner = StageRunner(stage)
        put_through(runner, batch_of(first), NANOSECONDS)
        runner.mark()
        put_through(runner, batch_of(dropped), NANOSECONDS)
        runner.roll_back()
        made = put_through(runner, batch_of(last), NANOSECONDS).forwarded
    other = StageRunner(stage)
    put_through(other, batch_of(first), NANOSECONDS)
    expected = put_through(other, batch_of(last), NANOSECONDS).forwarded
    assert [made.frame(row) for row in range(len(made))] == [expected.frame(row) for row in range(len(expected))]
    assert runner.tally() == other.tally()


@given(lengths=st.lists(st.integers(0, 3000), max_size=60), seed=st.integers(0, 9))
def test_copy_runs_leaves_the_rest_alone(lengths: list[int], seed: int) -> None:
    """Runs land where they should, and the octets between them stay as they were."""
    rng = np.random.default_rng(seed)
    length = np.array(lengths, np.int64)
    gaps = rng.integers(0, 9, len(lengths))
    source = rng.integers(0, 256, int(length.sum()) + 1, dtype=np.uint8)
    source_at = np.cumsum(length) - length
    target_at = np.cumsum(length + gaps) - length
    target = np.full(int((length + gaps).sum()) + 1, 0xEE, np.uint8)
    expected = target.copy()
    for src, dst, size in zip(source_at.tolist(), target_at.tolist(), lengths, strict=True):
        expected[dst : dst + size] = source[src : src + size]
    copy_runs(source, source_at, target, target_at, length)
    assert np.array_equal(target, expected)
