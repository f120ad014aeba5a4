"""Ticks of every resolution to nanoseconds and back, against Python's own integers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.capture.pcapng_clock import PcapngClock, Timing
from dovetool.errors import TimeRangeError

LAST = 2**63 - 1
resolutions = st.integers(0, 255)
COARSE = [*range(10), *range(0x80, 0x80 + 30)]
FINE = [*range(9, 20), *range(0x80 + 30, 0x80 + 34)]
offsets = st.sampled_from([0, 0, 1, -1, 3600, 1_700_000_000, -1_700_000_000])
ticks_64 = st.integers(0, 2**64 - 1) | st.integers(0, 2**20)


def per_second(resolution: int) -> int:
    return int(2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution)


@given(resolutions, offsets, st.lists(ticks_64, min_size=1, max_size=5))
def test_ticks_are_exact_nanoseconds_rounded_down(resolution: int, offset: int, ticks: list[int]) -> None:
    unit, timing = per_second(resolution), Timing(resolution, offset)
    exact = [tick * 10**9 // unit + offset * 10**9 for tick in ticks]
    assert [timing.exact_ns(tick) for tick in ticks] == exact
    seen = timing.to_ns(np.array(ticks, np.uint64)).tolist()
    for want, got in zip(exact, seen, strict=True):
        assert got == want if abs(want) <= LAST else LAST - 10**9 < got * (1 if want > 0 else -1) <= LAST


@given(st.sampled_from(COARSE), offsets, st.data())
def test_ticks_survive_the_way_to_nanoseconds_and_back(resolution: int, offset: int, data: st.DataObject) -> None:
    """A tick is not shorter than a nanosecond, so no two of them fall together."""
    most = min(2**64 - 1, 5 * 10**9 * per_second(resolution))
    ticks = np.array(data.draw(st.lists(st.integers(0, most), min_size=1, max_size=5)), np.uint64)
    timing = Timing(resolution, offset)
    assert timing.from_ns(timing.to_ns(ticks)).tolist() == ticks.tolist()


@given(st.sampled_from(FINE), st.integers(0, 10**9))
def test_nanoseconds_survive_finer_ticks(resolution: int, ts_ns: int) -> None:
    timing = Timing(resolution)
    assert timing.to_ns(timing.from_ns(np.array([ts_ns]))).tolist() == [ts_ns]


@given(resolutions, offsets, st.integers(-(2**62), 2**62))
def test_nanoseconds_become_the_nearest_tick_or_an_error(resolution: int, offset: int, ts_ns: int) -> None:
    timing, times = Timing(resolution, offset), np.array([0, ts_ns])[1:]
    exact = Fraction((ts_ns - offset * 10**9) * per_second(resolution), 10**9)
    if 0 <= exact < 2**64 - 1:
        assert abs(timing.from_ns(times).tolist()[0] - exact) < 1
    elif not -1 < exact < 2**64:
        with pytest.raises(TimeRangeError, match="not one that its interface in the output can tell"):
            timing.from_ns(times)


@given(st.lists(st.tuples(resolutions, offsets, st.integers(0, 2**40)), min_size=1, max_size=6))
def test_each_interface_has_its_own_ticks(frames: list[tuple[int, int, int]]) -> None:
    timings = [Timing(resolution, offset) for resolution, offset, _ in frames]
    stamps = np.array([tick for *_, tick in frames], np.uint64)
    clock, interface = PcapngClock(tuple(timings)), np.arange(len(frames))
    alone = [int(timing.to_ns(stamps[row : row + 1])[0]) for row, timing in enumerate(timings)]
    assert clock.to_ns(stamps, interface).tolist() == alone
    back = [int(timing.from_ns(np.array([ns]))[0]) for timing, ns in zip(timings, alone, strict=True)]
    assert clock.from_ns(np.array(alone), interface).tolist() == back


@pytest.mark.parametrize("offset", [2**62, -(2**62), 2**63 - 1, -(2**63)])
def test_an_absurd_offset_stops_at_the_ends_of_time(offset: int) -> None:
    ns = int(Timing(6, offset).to_ns(np.array([2**64 - 1], np.uint64))[0])
    assert LAST - 1000 < abs(ns) <= LAST
    assert (ns > 0) == (offset > 0)


def test_an_offset_can_bring_ticks_back() -> None:
    """Neither of the two fits 64 bits of nanoseconds; their sum does."""
    offset = -(18 * 10**9)
    assert Timing(6, offset).to_ns(np.array([18 * 10**15 + 5], np.uint64)).tolist() == [5000]
