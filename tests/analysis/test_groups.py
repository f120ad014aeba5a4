"""Groups are put into order by columns as a sort of the groups themselves would do it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.analysis.group_numbers import GroupNumbers
from dovetool.analysis.groups import Group, Groups
from dovetool.errors import CaptureError

Row = tuple[tuple[int | str | None, ...], int, int]
PARTS = st.sampled_from([None, 5, 40, "a", "b"])
ROWS = st.lists(
    st.tuples(st.tuples(PARTS, PARTS), st.integers(0, 2), st.integers(0, 2)), unique_by=lambda row: row[0], max_size=12
)


def test_groups_are_bounded() -> None:
    numbers = GroupNumbers[str](most=2)
    assert [numbers.number(key) for key in ("a", "b", "a")] == [0, 1, 0]
    with pytest.raises(CaptureError, match="more than 2 groups; count by what has fewer values"):
        numbers.number("c")


def groups_of(rows: list[Row]) -> Groups:
    """Groups with so many frames, which were first seen then."""
    frames, first_ns = (np.array([row[at] for row in rows], np.int64) for at in (1, 2))
    both = np.stack([frames, 2 * frames], axis=1)
    return Groups(
        np.arange(len(rows)),
        lambda row: rows[row][0],
        both,
        both,
        frames,
        first_ns,
        first_ns + 9,
        np.zeros((0, 0), int),
    )


def by_key(row: Row) -> tuple[object, ...]:
    return tuple((part is None, str(part) if isinstance(part, str) else "", part) for part in row[0])


@given(ROWS, st.integers(0, 12))
def test_ranks_are_those_of_a_sort(rows: list[Row], most: int) -> None:
    """By amount, then by time, then by key; as far as it was asked for."""
    groups = groups_of(rows)
    expected = [row[0] for row in sorted(rows, key=lambda row: (-row[1], row[2], by_key(row)))]
    amount = -groups.frames[:, 0]
    assert [group.key for group in groups.ranked(amount)] == expected
    assert [group.key for group in groups.ranked(amount, most)[:most]] == expected[:most]
    assert [group.key for group in groups.by_key()] == [row[0] for row in sorted(rows, key=by_key)]


def test_a_group_has_what_the_columns_say() -> None:
    groups = groups_of([(("a", 1), 3, 7), (("b", None), 4, 8)])
    assert groups[1] == Group(("b", None), (4, 8), (4, 8), 4, 8, 17)
    assert [group.key for group in groups[:1]] == [("a", 1)]
    with pytest.raises(IndexError):
        groups[2]
