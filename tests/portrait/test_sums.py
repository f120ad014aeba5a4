"""Sums by key: what is kept is exact, and what is not stands in others."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dovetool.portrait.sums import Amount, Sums

batches = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9000), st.integers(-(10**18), 10**18)), max_size=20),
    max_size=8,
)


def counted(batch: list[tuple[int, int, int]], sums: Sums[int]) -> None:
    keys = sorted({key for key, *_ in batch})
    numbers = np.array([keys.index(key) for key, *_ in batch], np.int64)
    octets, times = (np.array([row[place] for row in batch], np.int64) for place in (1, 2))
    sums.add(keys, numbers, octets, times)


@given(batches)
def test_all_is_kept_where_there_is_room(rows: list[list[tuple[int, int, int]]]) -> None:
    sums: Sums[int] = Sums()
    for batch in rows:
        counted(batch, sums)
    every = [row for batch in rows for row in batch]
    found = {each.key: each for each in sums.ranked()}
    assert set(found) == {key for key, *_ in every}
    for key, each in found.items():
        own = [row for row in every if row[0] == key]
        assert each.amount == Amount(len(own), sum(octets for _, octets, _ in own))
        assert (each.first_ns, each.last_ns) == (min(row[2] for row in own), max(row[2] for row in own))
    ranks = [-each.amount.octets for each in sums.ranked()]
    assert ranks == sorted(ranks)
    assert (sums.others, sums.given_up) == (Amount(), 0)


@given(batches)
def test_nothing_is_lost_where_there_is_not(rows: list[list[tuple[int, int, int]]]) -> None:
    sums: Sums[int] = Sums(most=6)
    for batch in rows:
        counted(batch, sums)
        assert len(sums) <= 6
    total = sums.others
    for each in sums.ranked():
        total = total.plus(each.amount)
    every = [row for batch in rows for row in batch]
    assert total == Amount(len(every), sum(octets for _, octets, _ in every))


def test_the_largest_are_kept() -> None:
    sums: Sums[int] = Sums(most=10)
    counted([(1000, 10**6, 0)], sums)
    for first in range(0, 400, 5):
        counted([(key, 60, 0) for key in range(first, first + 5)], sums)
        counted([(1000, 10**6, 0)], sums)
    assert sums.ranked()[0].key == 1000
    assert sums.ranked()[0].amount == Amount(81, 81 * 10**6)
