"""Columns of values beside those of plain Python, on blocks that end at a wall."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from walls import walled

from dovetool.core import columns as core_columns
from dovetool.core.value_table import ValueTable
from dovetool.engine import plain_columns

SLACK = 256
NONE = -7
Frame = tuple[bytes, int, int]  # octets, those that may be read, kind
places = st.integers(-3, 40)
frames = st.lists(st.tuples(st.binary(max_size=40), st.integers(-3, 45), st.integers(0, 2)), max_size=6)
keys = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 1 << 32, (1 << 64) - 1])), max_size=300)


def columns(about: list[Frame]) -> tuple[NDArray[Any], ...]:
    """Frames as the core is given them; no more can be read of one than it has."""
    lengths = np.array([len(octets) for octets, _, _ in about], np.int64)
    end = np.array([min(end, len(octets)) for octets, end, _ in about], np.int64)
    kinds = np.array([kind for _, _, kind in about], np.int32)
    block = walled(b"".join(octets for octets, _, _ in about) + b"\xee" * SLACK)
    return block, np.cumsum(lengths) - lengths, end, kinds


@given(frames, st.lists(st.tuples(st.tuples(places, places, places), st.integers(1, 8), st.integers(0, 1)), max_size=3))
def test_numbers_are_the_plain_ones(about: list[Frame], asked: list[tuple[tuple[int, int, int], int, int]]) -> None:
    """Up to one end or another one, which is as far as the frame goes."""
    block, offset, end, kinds = columns(about)
    ends = np.stack([end, [len(octets) for octets, _, _ in about]]).astype(np.int64).reshape(2, len(about))
    where = np.array([at for at, _, _ in asked], np.int64).reshape(len(asked), 3)
    numbers = np.array([number for _, *number in asked], np.int64).reshape(len(asked), 2)
    found = []
    for module in (core_columns, plain_columns):
        out = np.zeros((len(asked), len(about)), np.int64)
        module.read_numbers(block, offset, ends, kinds, where, numbers, NONE, out)
        found.append(out.tolist())
    assert found[0] == found[1]
    for column, (at, length, which) in zip(found[0], asked, strict=True):
        for number, (octets, _, kind), last in zip(column, about, ends[which].tolist(), strict=True):
            value = octets[at[kind] : at[kind] + length] if 0 <= at[kind] <= last - length else b""
            assert number == (int.from_bytes(value, "big", signed=length == 8) if value else NONE)


@given(frames, st.lists(st.tuples(places, st.integers(-1, 16)), min_size=3, max_size=3))
def test_keys_are_the_plain_ones(about: list[Frame], where: list[tuple[int, int]]) -> None:
    at, lengths = np.array(where, np.int64).T.copy()
    found = []
    for module in (core_columns, plain_columns):
        out = np.full((3, len(about)), 9, np.uint64)
        module.read_keys(*columns(about), at, lengths, out)
        found.append(out.tolist())
    assert found[0] == found[1]


@given(st.lists(keys, max_size=4))
def test_values_get_the_numbers_of_a_dictionary(batches: list[list[tuple[int, int]]]) -> None:
    ours, plain = ValueTable(2), plain_columns.ValueTable(2)
    for batch in batches:
        words = np.array(batch, np.uint64).reshape(-1, 2).T.copy()
        numbers, expected = np.zeros((2, len(batch)), np.int32)
        ours.number(words, numbers)
        plain.number(words, expected)
        assert numbers.tolist() == expected.tolist()
    assert ours.values(0) == plain.values(0)
    assert ours.values(1) == plain.values(1)
    assert len(ours) == len(plain)


def test_a_table_grows() -> None:
    """Many more values than there is room for at first, twice."""
    table, numbers = ValueTable(1), np.zeros(100_000, np.int32)
    for _ in range(2):
        table.number(np.arange(100_000, dtype=np.uint64)[None], numbers)
        assert (numbers == np.arange(100_000)).all()
    assert table.values(99_999) == [(99_999,)]
    assert table.values(100_000) == []


_FRAMES = ("octets", "offset", "end", "kinds")


def _numbers(**changed: Any) -> None:  # noqa: ANN401
    said: dict[str, Any] = dict(zip(_FRAMES, columns([(b"abcdef", 6, 0)]), strict=True)) | changed
    told = {"places": np.zeros((1, 1), np.int64), "numbers": np.array([[2, 0]]), "out": np.zeros((1, 1), np.int64)}
    core_columns.read_numbers(ends=said.pop("end")[None], none=NONE, **(told | said))


def _keys(**changed: Any) -> None:  # noqa: ANN401
    block, offset, end, kinds = columns([(b"abcdef", 6, 0)])
    said: dict[str, Any] = {
        "octets": block,
        "offset": offset,
        "end": end,
        "kinds": kinds,
        "places": np.zeros(1, np.int64),
    }
    core_columns.read_keys(**(said | {"lengths": np.ones(1, np.int64), "keys": np.zeros((3, 1), np.uint64)} | changed))


@pytest.mark.parametrize("read", [_numbers, _keys])
@pytest.mark.parametrize(
    "changed",
    [
        {"offset": np.array([1], np.int64)},
        {"offset": np.array([-1], np.int64)},
        {"end": np.array([7], np.int64)},
        {"end": np.array([1 << 62], np.int64)},
        {"kinds": np.array([1], np.int32)},
        {"kinds": np.array([-1], np.int32)},
        {"offset": np.zeros(2, np.int64)},
        {"kinds": np.zeros(2, np.int32)},
        {"octets": np.zeros(0, np.uint8)},
    ],
)
def test_what_lies_outside_is_refused(read: Callable[..., None], changed: dict[str, NDArray[Any]]) -> None:
    read()
    with pytest.raises(ValueError, match=r"lies outside its block|columns of different lengths"):
        read(**changed)


def test_what_cannot_be_is_refused() -> None:
    for length, end in ((0, 0), (9, 0), (-1, 0), (1, 1), (1, -1)):
        with pytest.raises(ValueError, match=f"a number of {length} octets, up to end {end}"):
            _numbers(numbers=np.array([[length, end]]))
    with pytest.raises(ValueError, match="1 numbers in 2 places, for 1 columns"):
        _numbers(places=np.zeros((2, 1), np.int64))
    _numbers(places=np.array([[(1 << 63) - 1]]))
    _keys(places=np.array([(1 << 63) - 1]))
    with pytest.raises(ValueError, match="has long values"):
        _keys(lengths=np.array([17]))
    with pytest.raises(ValueError, match="keys of 2 words"):
        _keys(keys=np.zeros((2, 1), np.uint64))
    with pytest.raises(ValueError, match="values of 0 words"):
        ValueTable(0)
    with pytest.raises(ValueError, match="1 values of 2 words in keys of 3 by 1"):
        ValueTable(2).number(np.zeros((3, 1), np.uint64), np.zeros(1, np.int32))
    with pytest.raises(ValueError, match="values from number -1"):
        ValueTable(2).values(-1)


def test_a_table_is_for_one_at_a_time() -> None:
    """Whoever comes while another is at work is refused, or has come later; no number is wrong."""
    table, count = ValueTable(1), 1 << 20
    words, refused, wrong = np.arange(count, dtype=np.uint64)[None], list[str](), list[int]()

    def number() -> None:
        numbers = np.zeros(count, np.int32)
        try:
            table.number(words, numbers)
        except RuntimeError as error:
            refused.append(str(error))
        else:
            wrong.extend(np.flatnonzero(numbers != np.arange(count)).tolist())

    threads = [threading.Thread(target=number) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(refused) <= {"a table of values is used by two at a time"}
    assert (wrong, len(table)) == ([], count)
