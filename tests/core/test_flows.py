"""The table of flows beside a dictionary of keys that are read in plain Python."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from walls import walled

from dovetool.core.flows import FlowTable
from dovetool.frame.view import NO_LIMIT

if TYPE_CHECKING:
    from dovetool.core.flows import Shape

SLACK = 256
Key = tuple[object, ...]
ANY_LENGTH = (0, NO_LIMIT)


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame, its length on the wire, and what is known about it from outside."""

    octets: bytes
    wire: int
    context: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Frames as the table is given them."""

    octets: NDArray[np.uint8]
    offset: NDArray[np.int64]
    caplen: NDArray[np.int64]
    wire: NDArray[np.int64]
    contexts: NDArray[np.uint64]

    @classmethod
    def of(cls, frames: list[Seen], gap: bytes = b"") -> Columns:
        """The frames with something between them and behind, in a block that ends at a wall."""
        caplen = np.array([len(frame.octets) for frame in frames], np.int64)
        offset = len(gap) * np.arange(1, len(frames) + 1) + np.cumsum(caplen) - caplen
        block = b"".join(gap + frame.octets for frame in frames) + b"\xa5" * SLACK
        wire = np.array([frame.wire for frame in frames], np.int64)
        width = len(frames[0].context) if frames else 0
        contexts = np.array([frame.context for frame in frames], np.uint64).reshape(len(frames), width)
        return cls(walled(block), offset, caplen, wire, np.ascontiguousarray(contexts.T))

    def find(self, table: FlowTable, numbers: NDArray[np.int32], start: int, to_end: bool) -> int:
        columns = (self.octets, self.offset, self.caplen, self.wire, self.contexts)
        return table.find(*columns, numbers, start, len(numbers), to_end)

    def learn(self, table: FlowTable, shape: Shape, row: int, number: int) -> None:
        table.learn(shape, self.octets, self.offset, self.caplen, self.wire, self.contexts, row, number)

    def learn_all(self, table: FlowTable, shape: Shape, rows: Sequence[int], numbers: Sequence[int]) -> None:
        columns = (self.octets, self.offset, self.caplen, self.wire, self.contexts)
        table.learn_all(shape, *columns, np.array(rows, np.int64), np.array(numbers, np.int32))


def key_of(shape: Shape, frame: Seen) -> Key | None:
    """What a decision of a shape saw of a frame; None when it cannot have been of that shape."""
    words, lengths, choices, caplen, wire = shape
    if not (caplen[0] <= len(frame.octets) < caplen[1] and wire[0] <= frame.wire < wire[1]):
        return None

    def number(at: int) -> int:
        return int.from_bytes(frame.octets[at : at + 2], "big")

    return (
        *(int.from_bytes(frame.octets[at : at + 8], "little") & mask for at, mask in words),
        *(frame.wire - base - number(at) if number(at) else None for at, base in lengths),
        *(number(at) if number(at) in values else None for at, values in choices),
        *frame.context,
    )


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    places = st.integers(0, 20)
    masks = st.one_of(st.sampled_from([0xFF, 0xFF00, (1 << 64) - 1]), st.integers(1, (1 << 64) - 1))
    words = tuple(sorted(draw(st.dictionaries(places, masks, max_size=3)).items()))
    lengths = tuple(draw(st.lists(st.tuples(places, st.integers(0, 20)), max_size=2)))
    values = st.lists(st.integers(0, 0xFFFF), max_size=12, unique=True).map(tuple)
    near = st.sampled_from([(0x0101,), (0, 1), (0x0100, 0x0001, 0x0101)])
    choices = tuple(draw(st.lists(st.tuples(places, st.one_of(near, values)), max_size=2)))
    ends = [at + (mask.bit_length() + 7) // 8 for at, mask in words] + [at + 2 for at, _ in (*lengths, *choices)]
    low = max(ends, default=0) + draw(st.integers(0, 2))
    wire_low = draw(st.sampled_from([0, low, low + 3]))
    below = draw(st.sampled_from([NO_LIMIT, NO_LIMIT, low, low + 1, low + 4]))
    wire_below = draw(st.sampled_from([NO_LIMIT, NO_LIMIT, wire_low + 1, low + 4]))
    return words, lengths, choices, (low, below), (wire_low, wire_below)


@st.composite
def frames_for(draw: st.DrawFn, shape: Shape, contexts: int) -> Seen:
    """A frame of few different octets, of a length at the limits of the shape or beside them."""
    edges = [edge for edge in (*shape[3], *shape[4], 24) if edge < 1 << 16]
    near = st.sampled_from([length for edge in edges for length in (edge - 1, edge, edge + 1) if length >= 0])
    length = draw(near)
    octets = draw(st.lists(st.sampled_from(b"\0\0\0\1\1\x80"), min_size=length, max_size=length).map(bytes))
    longer = st.sampled_from([0, 1, 70_000, 1 << 32])
    wire = max(draw(st.one_of(near, longer.map(lambda more: length + more))), length)
    context = draw(st.tuples(*[st.sampled_from([0, 1, (1 << 64) - 1])] * contexts))
    return Seen(octets, wire, context)


@given(data=st.data(), contexts=st.integers(0, 2), gap=st.binary(max_size=3))
def test_flows_are_those_of_a_dictionary(data: st.DataObject, contexts: int, gap: bytes) -> None:
    table = FlowTable(contexts)
    known: dict[tuple[Shape, Key], int] = {}
    asked = data.draw(st.lists(shapes(), min_size=1, max_size=3))
    sight = st.sampled_from(asked).flatmap(lambda shape: frames_for(shape, contexts))
    frames = data.draw(st.lists(sight, min_size=1, max_size=10))
    columns, row, numbers = Columns.of(frames, gap), 0, np.full(len(frames), -1, np.int32)

    def fitting(frame: Seen) -> set[int]:
        keys = [(shape, key) for shape in asked if (key := key_of(shape, frame)) is not None]
        return {known[key] for key in keys if key in known}

    while row < len(frames):
        new = columns.find(table, numbers, row, to_end=False)
        for seen in range(row, new):
            assert int(numbers[seen]) in fitting(frames[seen])
        assert (numbers[new:] == -1).all()
        if new < len(frames):
            assert not fitting(frames[new])
            shape = data.draw(st.sampled_from(asked))
            key = key_of(shape, frames[new])
            if key is None:
                with pytest.raises(ValueError, match="not of the shape"):
                    columns.learn(table, shape, new, 0)
            else:
                known[shape, key] = new
                columns.learn(table, shape, new, new)
        row = new + 1
    assert (len(table), table.shapes) == (len(known), len({shape for shape, _ in known}))
    again = np.full(len(frames), -1, np.int32)
    unknown = columns.find(table, again, 0, to_end=True)
    assert unknown == sum(not fitting(frame) for frame in frames)
    assert [number in (fitting(frame) or {-1}) for frame, number in zip(frames, again.tolist(), strict=True)]


@given(data=st.data(), shape=shapes())
def test_one_shape_tells_its_frames_apart(data: st.DataObject, shape: Shape) -> None:
    """Exactly, whatever else is known."""
    frames = data.draw(st.lists(frames_for(shape, 1), min_size=1, max_size=20))
    columns, table = Columns.of(frames), FlowTable(1)
    keys = [key_of(shape, frame) for frame in frames]
    known = {key: row for row, key in enumerate(keys) if key is not None}
    for row in known.values():
        columns.learn(table, shape, row, row)
    numbers = np.full(len(frames), -1, np.int32)
    columns.find(table, numbers, 0, to_end=True)
    assert numbers.tolist() == [-1 if key is None else known[key] for key in keys]


@given(data=st.data(), shape=shapes(), gap=st.binary(max_size=3))
def test_many_are_learned_as_one_by_one(data: st.DataObject, shape: Shape, gap: bytes) -> None:
    """In any order and more than once; up to the one that is not of the shape."""
    frames = data.draw(st.lists(frames_for(shape, 1), min_size=1, max_size=20))
    rows = data.draw(st.lists(st.integers(0, len(frames) - 1), max_size=20))
    columns, together, single = Columns.of(frames, gap), FlowTable(1), FlowTable(1)
    fits = [key_of(shape, frames[row]) is not None for row in rows]
    good = fits.index(False) if False in fits else len(rows)
    for number, row in enumerate(rows[:good]):
        columns.learn(single, shape, row, number)
    if good < len(rows):
        with pytest.raises(ValueError, match="not of the shape"):
            columns.learn_all(together, shape, rows, range(len(rows)))
    else:
        columns.learn_all(together, shape, rows, range(len(rows)))
    assert (len(together), together.shapes) == (len(single), single.shapes)
    found = [np.full(len(frames), -1, np.int32) for _ in range(2)]
    for table, numbers in zip((together, single), found, strict=True):
        columns.find(table, numbers, 0, to_end=True)
    assert found[0].tolist() == found[1].tolist()


def many(count: int) -> list[Seen]:
    return [Seen(number.to_bytes(4, "big") + bytes(6), 10, (number % 3,)) for number in range(count)]


WIDE: Shape = (((0, (1 << 64) - 1),), (), (), (8, NO_LIMIT), ANY_LENGTH)


def test_thousands_of_flows_are_all_found_again() -> None:
    columns, table = Columns.of(many(5000)), FlowTable(1)
    numbers = np.full(5000, -1, np.int32)
    for row in range(5000):
        assert columns.find(table, numbers, row, to_end=False) == row
        columns.learn(table, WIDE, row, 3 * row)
    assert columns.find(table, numbers, 0, to_end=True) == 0
    assert (numbers == 3 * np.arange(5000)).all()
    assert len(table) == 5000


def test_a_flow_learned_again_has_the_last_number() -> None:
    columns, table = Columns.of(many(2)), FlowTable(1)
    columns.learn(table, WIDE, 1, 4)
    columns.learn(table, WIDE, 1, 5)
    numbers = np.full(2, -1, np.int32)
    assert columns.find(table, numbers, 0, to_end=True) == 1
    assert (numbers.tolist(), len(table)) == ([-1, 5], 1)


def test_what_has_a_number_keeps_it() -> None:
    columns, table = Columns.of(many(2)), FlowTable(1)
    columns.learn(table, WIDE, 1, 4)
    numbers = np.array([7, 8], np.int32)
    assert columns.find(table, numbers, 0, to_end=True) == 0
    assert numbers.tolist() == [7, 8]


def test_a_table_can_be_cleared() -> None:
    columns, table = Columns.of(many(1)), FlowTable(1)
    columns.learn(table, WIDE, 0, 0)
    table.clear()
    assert (len(table), table.shapes) == (0, 0)
    assert columns.find(table, np.full(1, -1, np.int32), 0, to_end=True) == 1


def test_shapes_met_often_change_places_and_find_the_same() -> None:
    narrow: Shape = (((0, 0xFF00_0000),), (), (), (4, 9), ANY_LENGTH)
    rare = [Seen(bytes(4), 4, (0,))]
    columns, table = Columns.of(rare + many(50)), FlowTable(1)
    columns.learn(table, narrow, 0, 99)
    for row in range(1, 51):
        columns.learn(table, WIDE, row, row)
    for _ in range(3):
        numbers = np.full(51, -1, np.int32)
        assert columns.find(table, numbers, 0, to_end=True) == 0
        assert numbers.tolist() == [99, *range(1, 51)]


def test_threads_find_the_same() -> None:
    columns, table = Columns.of(many(2000)), FlowTable(1)
    for row in range(0, 2000, 2):
        columns.learn(table, WIDE, row, row)
    found = [np.full(2000, -1, np.int32) for _ in range(4)]
    crew = [threading.Thread(target=columns.find, args=(table, numbers, 0, True)) for numbers in found]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    expected = np.where(np.arange(2000) % 2 == 0, np.arange(2000), -1)
    assert all((numbers == expected).all() for numbers in found)


GOOD = Columns.of(many(3))


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, offset=np.array([0, -1, 0])),
        replace(GOOD, offset=np.array([0, 31, 0])),
        replace(GOOD, offset=np.array([0, (1 << 63) - 1, 0])),
        replace(GOOD, offset=np.array([0, -(1 << 63), 0])),
        replace(GOOD, caplen=np.array([10, -1, 10])),
        replace(GOOD, caplen=np.array([10, 21, 10])),
        replace(GOOD, caplen=np.array([10, (1 << 63) - 1, 10])),
        replace(GOOD, octets=GOOD.octets[:SLACK]),
        replace(GOOD, octets=GOOD.octets[:0]),
        replace(GOOD, wire=GOOD.wire[:2]),
        replace(GOOD, contexts=GOOD.contexts[:, :2].copy()),
        replace(GOOD, contexts=np.zeros((2, 3), np.uint64)),
    ],
)
def test_columns_that_lie_are_refused(bad: Columns) -> None:
    table = FlowTable(1)
    GOOD.learn(table, WIDE, 0, 0)
    for to_end in (True, False):
        with pytest.raises(ValueError, match=r"outside its block|different lengths|words of context"):
            bad.find(table, np.array([0, -1, 0], np.int32), 0, to_end)
    with pytest.raises(ValueError, match=r"outside its block|different lengths|words of context"):
        bad.learn(table, WIDE, 1, 0)
    with pytest.raises(ValueError, match=r"outside its block|different lengths|words of context"):
        bad.learn_all(table, WIDE, [1], [0])


@pytest.mark.parametrize(("start", "stop", "count"), [(-1, 2, 3), (2, 1, 3), (0, 4, 3), (0, 3, 4)])
def test_rows_that_are_not_there_are_refused(start: int, stop: int, count: int) -> None:
    columns = (GOOD.octets, GOOD.offset, GOOD.caplen, GOOD.wire, GOOD.contexts)
    with pytest.raises(ValueError, match="frames"):
        FlowTable(1).find(*columns, np.full(count, -1, np.int32), start, stop, True)


@pytest.mark.parametrize(("row", "number"), [(-1, 0), (3, 0), (0, -1)])
def test_numbers_and_rows_that_cannot_be_are_refused(row: int, number: int) -> None:
    with pytest.raises(ValueError, match="number"):
        GOOD.learn(FlowTable(1), WIDE, row, number)
    table = FlowTable(1)
    with pytest.raises(ValueError, match="number"):
        GOOD.learn_all(table, WIDE, [1, row], [5, number])
    assert len(table) == 1
    with pytest.raises(ValueError, match="2 rows with 1 numbers"):
        GOOD.learn_all(table, WIDE, [1, 2], [5])


@pytest.mark.parametrize(
    "shape",
    [
        (((3, 0xFF00_0000_0000),), (), (), (8, NO_LIMIT), ANY_LENGTH),
        (((-1, 0xFF),), (), (), (8, NO_LIMIT), ANY_LENGTH),
        ((), ((7, 0),), (), (8, NO_LIMIT), ANY_LENGTH),
        ((), ((0, -1),), (), (8, NO_LIMIT), ANY_LENGTH),
        ((), ((0, 1 << 62),), (), (8, NO_LIMIT), ANY_LENGTH),
        ((), (), ((-2, (1,)),), (8, NO_LIMIT), ANY_LENGTH),
        ((), (), ((7, (1,)),), (8, NO_LIMIT), ANY_LENGTH),
        ((), (), (), (-1, NO_LIMIT), ANY_LENGTH),
        ((), (), (), (0, NO_LIMIT), (-1, NO_LIMIT)),
    ],
)
def test_shapes_that_reach_beyond_their_frames_are_refused(shape: Shape) -> None:
    with pytest.raises(ValueError, match="a shape"):
        GOOD.learn(FlowTable(1), shape, 0, 0)
