"""Digests of parts of a block: of each as if it were alone."""

from __future__ import annotations

import random

import numpy as np

from dovetool.following.digests import digests, mixed


def test_equal_parts_have_equal_digests_wherever_they_stand() -> None:
    choice = random.Random(1)
    block = np.frombuffer(choice.randbytes(6000), np.uint8)
    start = np.array([choice.randrange(3000) for _ in range(300)])
    length = np.array([choice.randrange(-2, 900) for _ in range(300)])
    found = digests(block, start, length)
    for row, (at, size) in enumerate(zip(start.tolist(), length.tolist(), strict=True)):
        part = block[at : at + max(size, 0)]
        alone = np.concatenate([np.zeros(5, np.uint8), part, np.frombuffer(choice.randbytes(80), np.uint8)])
        again = digests(alone, np.array([5]), np.array([size]))
        assert (again.whole[0], again.begin[0]) == (found.whole[row], found.begin[row])


def test_an_octet_more_or_another_one_makes_another_digest() -> None:
    block = np.zeros(200, np.uint8)
    seen = set()
    for size in range(100):
        seen.add(int(digests(block, np.array([0]), np.array([size])).whole[0]))
    for at in range(90):
        other = block.copy()
        other[at] = 1
        seen.add(int(digests(other, np.array([0]), np.array([90])).whole[0]))
    assert len(seen) == 190


def test_the_beginning_is_of_64_octets() -> None:
    block = np.arange(200, dtype=np.uint8)
    other = np.where(np.arange(200) == 64, 0, block).astype(np.uint8)
    one, two = (digests(each, np.array([0]), np.array([150])) for each in (block, other))
    assert one.begin == two.begin
    assert one.whole != two.whole


def test_order_counts() -> None:
    one, other = np.array([3], np.uint64), np.array([5], np.uint64)
    assert mixed(one, other) != mixed(other, one)
