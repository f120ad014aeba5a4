"""Looking at batches is looking at frames one by one, and the sums are those of a loop."""

from __future__ import annotations

from collections import Counter

import pytest
from both_ways import batch_of, view_of
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Captured, captures, overlay_frames, sample_map, tagged_frames, vm_frames

from dovetool.analysis.frame_selection import Finder, Picker, Window
from dovetool.analysis.frame_summary import Sight
from dovetool.analysis.statistics import Statistics
from dovetool.analysis.summaries import Sightings
from dovetool.analysis.time_bins import SECOND, TimeBins
from dovetool.engine.flow_table import Classifier
from dovetool.observe.by import By
from dovetool.observe.dissection import dissect
from dovetool.observe.frame_filter import FrameFilter
from dovetool.observe.grouping import DETAILS, LATER, Grouping, Key, key_of
from dovetool.observe.located import Located
from dovetool.observe.names import Names
from dovetool.observe.observation import Observation
from dovetool.observe.observe import Detail, Observe

NAMES = Names(sample_map())
SOME = settings(max_examples=30)
FRAMES = st.one_of(overlay_frames(), tagged_frames(), vm_frames())


@SOME
@given(captures(FRAMES), st.sampled_from([*Detail, Detail.ALL]))
def test_one_observation_serves_a_flow(frames: list[Captured], detail: Detail) -> None:
    observe = Observe(detail=detail)
    classifier = Classifier(observe.observe)
    numbers = classifier.numbers(batch_of(frames)).tolist()
    assert [classifier.answers[number] for number in numbers] == [observe.observe(view_of(one)) for one in frames]


@SOME
@given(captures(FRAMES), st.sampled_from([*Detail, Detail.ALL]))
def test_what_is_read_later_is_what_would_have_been_read_at_once(frames: list[Captured], detail: Detail) -> None:
    """Of every frame, though the observation was made of another one of its flow."""
    observe = Observe(detail=detail, later=Detail.ALL)
    classifier = Classifier(observe.observe)
    numbers = classifier.numbers(batch_of(frames)).tolist()
    found = [
        classifier.answers[number].completed(one.frame.octets) for number, one in zip(numbers, frames, strict=True)
    ]
    assert found == [Observe().observe(view_of(one)) for one in frames]


@SOME
@given(captures(FRAMES))
def test_names_follow_the_time(frames: list[Captured]) -> None:
    """A VM that moves keeps its name; who has its address later does not get it earlier."""
    sightings = Sightings(Sight(Observe(detail=Detail.TUNNELS, later=Detail.ALL), NAMES))
    half, found = len(frames) // 2, []
    for part in (frames[:half], frames[half:]):
        if part:
            batch = batch_of(part)
            found += sightings.complete(batch, sightings.begin(batch)[1])
    assert found == [Sight(Observe(), NAMES).look(view_of(one)) for one in frames]


def alone(grouping: Grouping, seen: Observation, one: Captured) -> list[tuple[Key, bool]]:
    """The conversation of one frame, all of which is read before."""
    whole = seen.completed(one.frame.octets)
    return [(key_of(found), back) for found, back in grouping.conversations(whole, view_of(one), Located(1, {}))]


@pytest.mark.parametrize("by", list(By))
@SOME
@given(frames=captures(FRAMES))
def test_sums_are_those_of_a_loop(by: By, frames: list[Captured]) -> None:
    """Frames, octets and overhead of every group, in two batches."""
    grouping = Grouping(by, Observe(detail=DETAILS[by], later=LATER[by]), NAMES)
    statistics = Statistics(grouping)
    half = len(frames) // 2
    for part in (frames[:half], frames[half:]):
        if part:
            statistics.feed(batch_of(part))
    counted, octets, overhead = Counter[object](), Counter[object](), 0
    for one in frames:
        share = grouping.share(view_of(one))
        length = max(one.frame.orig_len, len(one.frame.octets))
        overhead += share.overhead
        for key, back in share.keys if share.seen is None else alone(grouping, share.seen, one):
            counted[key, back] += 1
            octets[key, back] += length
    totals = statistics.totals
    assert (totals.frames, totals.overhead) == (len(frames), overhead)
    groups = statistics.groups()
    if by is By.TIME:
        assert sum(group.frames[0] for group in groups) == len(frames)
        return
    found = {(group.key, bool(back)): group.frames[back] for group in groups for back in (0, 1) if group.frames[back]}
    assert found == counted
    assert {
        (group.key, bool(back)): group.octets[back] for group in groups for back in (0, 1) if group.octets[back]
    } == {key: count for key, count in octets.items() if count}
    for group in groups:
        assert sum(group.series) == sum(group.octets)


@SOME
@given(captures(FRAMES), st.data())
def test_a_finder_finds_what_is_wanted(frames: list[Captured], data: st.DataObject) -> None:
    """By number, time, network and encapsulation, as one would frame by frame."""
    count = len(frames)
    first = data.draw(st.integers(1, count + 1))
    last = data.draw(st.integers(first, count + 2))
    after_ns = data.draw(st.sampled_from([one.ts_ns for one in frames]))
    vnids = frozenset(data.draw(st.sets(st.sampled_from([5001, 5002, 5003]))))
    encaps = frozenset(data.draw(st.sets(st.sampled_from(["vxlan", "dove", "none"]))))
    wanted = FrameFilter(NAMES, vnids, encaps)
    finder = Finder(Sight(Observe(), NAMES, wanted=wanted), Picker(Window(((first, last),), after_ns)))
    expected = [
        number
        for number, one in enumerate(frames, 1)
        if first <= number <= last
        and one.ts_ns >= after_ns
        and wanted.chooses(Observe().observe(view_of(one)), one.ts_ns)
    ]
    assert [seen.known.number for seen in finder.found(batch_of(frames))] == expected


@SOME
@given(captures(FRAMES), st.integers(0, 6), st.integers(0, 10), st.data())
def test_spans_begin_with_the_first_frame_of_the_capture(
    frames: list[Captured], first: int, last: int, data: st.DataObject
) -> None:
    """Wherever batches end, and whatever the order of the times is."""
    picker = Picker(Window(first_after_ns=first * SECOND, last_after_ns=last * SECOND))
    half = data.draw(st.integers(1, len(frames)))
    parts = [batch_of(frames[:half]), *([batch_of(frames[half:])] if frames[half:] else [])]
    start_ns = frames[0].ts_ns
    inside = [start_ns + first * SECOND <= one.ts_ns <= start_ns + last * SECOND for one in frames]
    found = [number for part, before in zip(parts, (0, half), strict=False) for number in picker.rows(part) + before]
    assert found == [at for at, is_in in enumerate(inside) if is_in]


@SOME
@given(captures(FRAMES))
def test_any_frame_can_be_taken_apart(frames: list[Captured]) -> None:
    """Every octet that was captured belongs to a layer, and every field says what its octets hold."""
    for one in frames:
        dissection = dissect(view_of(one), Observe(), NAMES)
        octets, covered = one.frame.octets, bytearray(len(one.frame.octets))
        for layer in dissection.layers:
            assert layer.offset + layer.length <= len(octets)
            covered[layer.offset : layer.offset + layer.length] = b"\1" * layer.length
            for each in layer.fields:
                assert each.is_generated or octets[each.offset : each.offset + each.length] == each.octets
        assert all(covered), covered.hex()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-10, 10**6 * SECOND)), min_size=1, max_size=50))
def test_bins_lose_nothing(frames: list[tuple[int, int]]) -> None:
    """However wide they become, and in whatever order times come."""
    import numpy as np

    bins = TimeBins(most=8)
    for group, ts_ns in frames:
        bins.add(4, np.array([group]), np.array([ts_ns]), np.array([1]))
    assert bins.sums.shape[1] <= 8
    assert bins.sums.sum(axis=1)[:4].tolist() == [sum(one == group for one, _ in frames) for group in range(4)]
    for group, ts_ns in frames:
        assert bins.sums[group, ts_ns // bins.width_ns - bins.first] > 0
