"""Sums of many runs of octets at once are those of each run by itself."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dovetool.capture.batch import SLACK
from dovetool.engine.sums import fold_words, sum_of_fixed, sum_of_runs
from dovetool.wire.checksum import ones_sum


@given(
    octets=st.binary(min_size=1, max_size=300),
    runs=st.lists(st.tuples(st.integers(0, 299), st.integers(0, 300)), min_size=1, max_size=9),
    beyond=st.integers(0, 255),
)
def test_sums_of_runs(octets: bytes, runs: list[tuple[int, int]], beyond: int) -> None:
    """At even and odd places, of even and odd lengths, in any order, overlapping; what lies beyond does not count."""
    block = np.frombuffer(octets + bytes([beyond]) * SLACK, np.uint8).copy()
    pairs = [(start % len(octets), length) for start, length in runs]
    pairs = [(start, min(length, len(octets) - start)) for start, length in pairs]
    start, length = (np.array(column, np.int64) for column in zip(*pairs, strict=True))
    expected = [ones_sum(octets[at : at + size]) for at, size in pairs]
    assert fold_words(sum_of_runs(block, start, length)).tolist() == expected


def test_sums_of_fixed_length() -> None:
    block = np.arange(64, dtype=np.uint8)
    expected = [ones_sum(bytes(range(at, at + 20))) for at in (0, 3, 40)]
    assert fold_words(sum_of_fixed(block, np.array([0, 3, 40]), 20)).tolist() == expected
