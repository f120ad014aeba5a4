"""Digests of frames: equal where the parts are, wherever they stand; and the block ends at a wall."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from walls import walled

from dovetool.core import digests as core_digests
from dovetool.engine import plain_digests

SLACK = 256
NOWHERE = 1 << 40
SECRET = np.array([0x9E3779B97F4A7C15, 5, 0xD6E8FEB86659FD93, 7], np.uint64)
Kind = tuple[int, tuple[int, int, int, int]]  # where parts begin, and the edges of two holes
kinds = st.tuples(
    st.integers(0, 9), st.lists(st.integers(0, 40), min_size=4, max_size=4).map(lambda e: tuple(sorted(e)))
)
frames = st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 2)), max_size=8)


def digested(module: ModuleType, about: list[tuple[bytes, int]], layouts: list[Kind]) -> list[tuple[int, int]]:
    lengths = np.array([len(octets) for octets, _ in about], np.int64)
    block = walled(b"".join(octets for octets, _ in about) + b"\xee" * SLACK)
    numbers = np.array([kind for _, kind in about], np.int32)
    begins = np.array([begin for begin, _ in layouts], np.int64)
    holes = np.array([edges for _, edges in layouts], np.int64)
    out: NDArray[np.uint64] = np.zeros((2, len(about)), np.uint64)
    module.digest_frames(block, np.cumsum(lengths) - lengths, lengths, numbers, begins, holes, SECRET, out)
    return [(first, second) for first, second in out.T.tolist()]


def parts(octets: bytes, kind: Kind) -> tuple[bytes, ...]:
    """What is digested: what lies between the holes."""
    begin, (a, b, c, d) = kind
    at, found = begin, []
    for hole, behind in ((a, b), (c, d), (NOWHERE, NOWHERE)):
        if at < len(octets):
            found.append(octets[at : max(at, min(hole, len(octets)))])
        at = max(at, behind)
    return tuple(found)


@pytest.mark.parametrize("module", [core_digests, plain_digests], ids=["core", "plain"])
@given(about=frames, layouts=st.lists(kinds, min_size=3, max_size=3))
def test_digests_are_equal_where_the_parts_are(
    module: ModuleType, about: list[tuple[bytes, int]], layouts: list[Kind]
) -> None:
    found = digested(module, about, layouts)
    told = [parts(octets, layouts[kind]) for octets, kind in about]
    for n in range(len(about)):
        for m in range(n):
            assert (found[n] == found[m]) is (told[n] == told[m])


def test_the_block_is_not_left() -> None:
    """The last frame ends where its slack begins, and the slack at a wall."""
    assert len(set(digested(core_digests, [(bytes(n), 0) for n in range(30)], [(0, (NOWHERE,) * 4)]))) == 30


@pytest.mark.parametrize(
    ("offset", "end", "kind", "begin"), [(0, 41, 0, 0), (-1, 8, 0, 0), (0, 8, 1, 0), (0, 8, -1, 0), (0, 8, 0, -1)]
)
def test_what_does_not_fit_is_an_error(offset: int, end: int, kind: int, begin: int) -> None:
    at, behind, first = (np.array([value], np.int64) for value in (offset, end, begin))
    block, out, number = walled(bytes(40 + SLACK)), np.zeros((2, 1), np.uint64), np.array([kind], np.int32)
    with pytest.raises(ValueError, match="frame 0 lies outside its block, or is of kind"):
        core_digests.digest_frames(block, at, behind, number, first, np.full((1, 4), NOWHERE), SECRET, out)


def test_columns_have_to_belong_together() -> None:
    row, out = np.zeros(1, np.int64), np.zeros((2, 1), np.uint64)
    block, number = walled(bytes(SLACK)), np.zeros(1, np.int32)
    for holes, secret in ((np.zeros((1, 3), np.int64), SECRET), (np.zeros((1, 2), np.int64), SECRET[:3])):
        with pytest.raises(ValueError, match="no such digest"):
            core_digests.digest_frames(block, row, row, number, row, holes, secret, out)
    with pytest.raises(ValueError, match="different lengths"):
        core_digests.digest_frames(block, row, row[:0], number, row, np.zeros((1, 2), np.int64), SECRET, out)
