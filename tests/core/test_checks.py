"""Questions beside the plain answers."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walls import walled

from dovetool.core.checks import Questions
from dovetool.verdict.check import (
    OFFLOADED,
    RIGHT,
    WRONG,
    Check,
    ChecksumRight,
    EntropyIsHash,
    HeaderSumRight,
    MadeAgain,
    NotLonger,
    Segment,
)
from dovetool.verdict.verdict import Frame, combinations
from dovetool.wire.checksum import fold, ones_sum

SLACK = 256
Coded = tuple[Any, ...]


def ask(checks: tuple[Check, ...], frames: list[Frame]) -> list[int]:
    """The answers about frames in a block that ends at a wall."""
    caplen = np.array([len(frame.octets) for frame in frames], np.int64)
    orig_len = np.array([frame.orig_len for frame in frames], np.int64)
    block = walled(b"".join(frame.octets for frame in frames) + b"\xee" * SLACK)
    questions = Questions()
    number = questions.add(tuple(check.question for check in checks))
    rows, out = np.arange(len(frames))[::-1].copy(), np.full(len(frames), -1, np.int64)
    questions.answers(number, block, np.cumsum(caplen) - caplen, caplen, orig_len, rows, out, 0, len(frames))
    answers: list[int] = out[::-1].tolist()
    return answers


def plain(checks: tuple[Check, ...], frame: Frame) -> int:
    wire = max(frame.orig_len, len(frame.octets))
    return combinations(checks).index(tuple(check.answer(frame.octets, wire) for check in checks))


places = st.integers(0, 70)
address_places = st.tuples(places, st.sampled_from([0, 8, 32]))
segments = st.builds(Segment, places, places, places, places, address_places, st.sampled_from([6, 17]))
sums = st.builds(
    ChecksumRight,
    places,
    places,
    st.sampled_from([0, 0, 0, 1, 5, -3, 200]),
    address_places,
    st.sampled_from([0, 17]),
    st.lists(segments, max_size=2).map(tuple),
)
flows = st.lists(st.tuples(places, st.integers(0, (1 << 64) - 1)), max_size=14).map(tuple)
checks = st.one_of(
    st.builds(NotLonger, st.integers(0, 90)),
    st.builds(EntropyIsHash, places, flows, st.sampled_from([1, 2])),
    st.builds(HeaderSumRight, places, st.sampled_from([20, 24, 60])),
    sums,
    sums.map(MadeAgain),
)
frames = st.builds(
    lambda octets, more: Frame(octets, max(len(octets) + more, 0)),
    st.one_of(st.binary(max_size=90), st.lists(st.sampled_from(b"\0\0\xff\1"), max_size=90).map(bytes)),
    st.sampled_from([0, 0, 0, 1, 9, 70_000, -4]),
)


@given(asked=st.lists(checks, max_size=4).map(tuple), about=st.lists(frames, min_size=1, max_size=4))
def test_answers_are_the_plain_ones(asked: tuple[Check, ...], about: list[Frame]) -> None:
    assert ask(asked, about) == [plain(asked, frame) for frame in about]


def put(octets: bytes, at: int, word: int) -> bytes:
    return octets[:at] + word.to_bytes(2, "big") + octets[at + 2 :]


@given(
    content=st.binary(min_size=60, max_size=90),
    with_addresses=st.booleans(),
    is_left=st.booleans(),
    length=st.sampled_from([0, 12, 40]),
    off=st.sampled_from([0, 0, 1]),
)
def test_a_checksum_that_is_right_left_or_wrong(
    content: bytes, with_addresses: bool, is_left: bool, length: int, off: int
) -> None:
    """And one that is right for a segment inside whose own checksum is left."""
    segment = Segment(40, 34, 30, 30, (20, 8), 17)
    check = ChecksumRight(10, 4, 0, (12, 8) if with_addresses else (0, 0), 17, (segment,))
    octets = put(put(content, 30, length), 10, 0)
    end = len(octets)
    pseudo = ones_sum(octets[12:20], 17 + end - 4) if with_addresses else 0
    if is_left:
        octets = put(octets, 40, segment.pseudo(octets, end))
        total = ones_sum(octets[4:34], pseudo + (segment.pseudo(octets, end) ^ 0xFFFF))
    else:
        total = ones_sum(octets[4:], pseudo)
    right = put(octets, 10, fold((total ^ 0xFFFF) + off))
    about = [Frame(right, end), Frame(put(octets, 10, fold(pseudo)), end), Frame(right, end + 1)]
    for asked in ((check,), (MadeAgain(check),), (MadeAgain(check), check)):
        assert ask(asked, about) == [plain(asked, frame) for frame in about]
    if not is_left and not off:
        assert ask((check,), about)[:1] == [RIGHT]


@pytest.mark.parametrize(("word", "expected"), [(0xFFFF - 0x4500, RIGHT), (0, OFFLOADED), (1, WRONG)])
def test_the_sum_of_a_header(word: int, expected: int) -> None:
    header = put(b"\x45" + bytes(19), 10, word)
    assert ask((HeaderSumRight(2, 20),), [Frame(b"ab" + header, 22), Frame(b"ab" + header[:19], 22)]) == [
        expected,
        RIGHT,
    ]


@pytest.mark.parametrize(("octets", "length"), [(9, 2), (9, 1), (8, 2), (7, 1)])
def test_the_hash_of_a_flow(octets: int, length: int) -> None:
    content = bytes(range(1, octets + 1))
    ports = [content[:7] + bytes(pair) for pair in product(range(0, 256, 5), range(0, 256, 3))]
    check = EntropyIsHash(7, ((0, 0xFF_FFFF_FFFF),), length)
    about = [Frame(port[:octets], octets) for port in ports]
    assert ask((check,), about) == [plain((check,), frame) for frame in about]


OCTETS, COLUMN, FAR = np.zeros(20 + SLACK, np.uint8), np.array([10, 10], np.int64), (1 << 63) - 1


@pytest.mark.parametrize(
    ("offset", "caplen", "orig_len", "rows"),
    [
        ([0, -1], [10, 10], [10, 10], [0, 1]),
        ([0, 11], [10, 10], [10, 10], [0, 1]),
        ([0, FAR], [10, 10], [10, 10], [0, 1]),
        ([0, 10], [10, FAR], [10, 10], [0, 1]),
        ([0, 10], [10, -1], [10, 10], [0, 1]),
        ([0, 10], [10, 10], [10, FAR], [0, 1]),
        ([0, 10], [10, 10], [10, -1], [0, 1]),
        ([0, 10], [10, 10], [10, 10], [0, 2]),
        ([0, 10], [10, 10], [10, 10], [0, -1]),
        ([0, 10], [10], [10, 10], [0, 1]),
        ([0, 10], [10, 10], [10], [0, 1]),
        ([0, 10], [10, 10], [10, 10], [0]),
    ],
)
def test_columns_that_lie_are_refused(
    offset: list[int], caplen: list[int], orig_len: list[int], rows: list[int]
) -> None:
    questions = Questions()
    questions.add((NotLonger(5).question,))
    columns = [np.array(column, np.int64) for column in (offset, caplen, orig_len, rows)]
    at, captured, on_wire, asked = columns
    with pytest.raises(ValueError, match=r"outside its block|different lengths"):
        questions.answers(0, OCTETS, at, captured, on_wire, asked, np.zeros(2, np.int64), 0, 2)


@pytest.mark.parametrize(("number", "start", "stop"), [(1, 0, 2), (-1, 0, 2), (0, -1, 2), (0, 2, 1), (0, 0, 3)])
def test_rows_and_questions_that_are_not_there_are_refused(number: int, start: int, stop: int) -> None:
    questions = Questions()
    questions.add(())
    with pytest.raises(ValueError, match="questions"):
        questions.answers(number, OCTETS, COLUMN, COLUMN, COLUMN, np.array([0, 1]), np.zeros(2, np.int64), start, stop)


@pytest.mark.parametrize(
    "question",
    [
        (5, 0),
        (1, -1, (), 2),
        (1, 0, (), 3),
        (1, 0, ((-1, 1),), 2),
        (2, 0, 10),
        (2, -1, 20),
        (3, -1, 0, 0, 0, 0, 0, ()),
        (3, 0, 0, 1 << 40, 0, 0, 0, ()),
        (4, 0, 0, 0, 0, -8, 0, ()),
        (4, 0, 0, 0, 0, 0, 0, ((0, 0, -1, 0, 0, 0, 0),)),
        (4, 0, 0, 0, 0, 0, 0, ((0, 0),)),
    ],
)
def test_what_is_no_question_is_refused(question: Coded) -> None:
    with pytest.raises(ValueError, match="question"):
        Questions().add((question,))
