"""Copying runs in bulk gives what slicing them one by one gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.capture.batch import SLACK, Annex
from dovetool.capture.copying import copy_runs, gather, scatter
from dovetool.capture.framing import BARE, lay_out
from dovetool.capture.pcap import PcapFormat
from dovetool.capture.pcapng import PcapngFraming

RNG = np.random.default_rng(1)
SOURCE = RNG.integers(0, 256, 1 << 17, np.uint8)

lengths = st.lists(
    st.one_of(st.integers(0, 70), st.sampled_from([0, 60, 1514]), st.integers(0, 40_000), st.just(16_384)), max_size=60
)


@given(lengths, st.integers(1, 40), st.integers(0, 2**32))
def test_runs_are_copied_and_nothing_else(sizes: list[int], repeat: int, seed: int) -> None:
    """Any lengths, rare or common, from anywhere to places with gaps between them, which stay as they are."""
    length = np.array(sizes * repeat if sum(sizes) * repeat < 1 << 22 else sizes, np.int64)
    rng = np.random.default_rng(seed)
    source_at = rng.integers(0, len(SOURCE) - length, endpoint=True) if len(length) else length
    gaps = rng.integers(0, 5, len(length))
    target_at = np.cumsum(length + gaps) - length
    target = np.full(int((length + gaps).sum()) + 3, 0xAA, np.uint8)
    expected = target.copy()
    for src, dst, size in zip(source_at.tolist(), target_at.tolist(), length.tolist(), strict=True):
        expected[dst : dst + size] = SOURCE[src : src + size]
    copy_runs(SOURCE, source_at, target, target_at, length)
    assert np.array_equal(target, expected)


def test_gather_reads_what_scatter_wrote() -> None:
    block = np.zeros(100, np.uint8)
    at = np.array([90, 3, 50])
    rows = np.arange(21, dtype=np.uint8).reshape(3, 7)
    scatter(block, at, rows, 7)
    assert np.array_equal(gather(block, at, 7).view(np.uint8).reshape(3, 7), rows)
    assert block.sum() == rows.sum()


@pytest.mark.parametrize("framing", [BARE, PcapFormat(1), PcapngFraming()])
@given(caplen=st.lists(st.integers(0, 50), max_size=20))
def test_laid_out_frames_have_their_room(framing: PcapFormat | PcapngFraming, caplen: list[int]) -> None:
    """Each record begins where the one before it ends, and the last ends with the block."""
    length = np.array(caplen, np.int64)
    annex = Annex(np.zeros(SLACK, np.uint8), length * 0, length % 3 * 4, length > 99)
    offset, size = lay_out(length, framing, annex)
    ends = offset + length + framing.trail(length, annex)
    assert (offset - framing.lead).tolist() == [0, *ends.tolist()][:-1] if caplen else size == 0
    assert size == (ends[-1] if caplen else 0)
