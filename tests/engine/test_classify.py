"""What a number of an answer stands for: one answer for good, or until all are forgotten."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from both_ways import batch_of
from strategies import Captured

from dovetool.engine import kernel
from dovetool.engine.completer import Completer
from dovetool.engine.flow_table import MANY, Classifier
from dovetool.frame.view import FrameView
from dovetool.verdict.verdict import Frame

AT_A_TIME = 20_000


def first_octets(view: FrameView) -> bytes:
    return view.take(0, 4)


def frames(first: int, count: int) -> list[Captured]:
    """Frames that are all different."""
    return [Captured(Frame(number.to_bytes(4, "big"), 4), 0, 1) for number in range(first, first + count)]


def fed(classifier: Classifier[bytes]) -> list[bytes]:
    """What the numbers that were given stand for at the end, after more answers than `MANY`."""
    numbers: list[int] = []
    for first in range(0, MANY + 2 * AT_A_TIME, AT_A_TIME):
        numbers += classifier.numbers(batch_of(frames(first, AT_A_TIME))).tolist()
    assert classifier.numbers(batch_of(frames(0, 1))).tolist() == numbers[:1]
    return [classifier.answers[number] for number in numbers]


def test_a_number_is_for_good() -> None:
    """Whoever keeps numbers, as split does for its files, can rely on them."""
    classifier = Classifier(first_octets)
    assert fed(classifier) == [number.to_bytes(4, "big") for number in range(len(classifier.answers))]
    assert (len(classifier.answers) > MANY, classifier.generation) == (True, 0)


def test_answers_are_forgotten_within_bounds() -> None:
    classifier = Classifier(first_octets, most=AT_A_TIME)
    for first in (0, AT_A_TIME):
        classifier.numbers(batch_of(frames(first, AT_A_TIME)))
    assert (len(classifier.answers), classifier.generation) == (2 * AT_A_TIME, 0)
    numbers = classifier.numbers(batch_of(frames(7, 2))).tolist()
    assert (numbers, classifier.generation) == ([0, 1], 1)
    assert classifier.answers == [number.to_bytes(4, "big") for number in (7, 8)]


SHAPES = 300
MOST_SHAPES = 128


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> list[kernel.FlowTable]:
    """The tables of flows that were begun."""
    begun: list[kernel.FlowTable] = []
    make = kernel.FlowTable

    def begin(contexts: int) -> kernel.FlowTable:
        begun.append(make(contexts))
        return begun[-1]

    monkeypatch.setattr(kernel, "FlowTable", begin)
    return begun


def of_many_shapes(times: int) -> list[Captured]:
    """Frames that tell where to look next: each somewhere else, and so often."""
    octets = [number.to_bytes(2, "big") + bytes(number) + b"\x01" for number in range(1, SHAPES)]
    return [Captured(Frame(each, len(each)), 0, 1) for each in octets for _ in range(times)]


def test_a_new_shape_in_every_frame(tables: list[kernel.FlowTable]) -> None:
    """A frame is sought under each shape, so that the time would grow with the square of the frames."""
    asked: Counter[int] = Counter()

    def place(view: FrameView) -> int:
        at = view.word(0)
        asked[at] += 1
        return at + view.take(2 + at, 1)[0]

    classifier = Classifier(place)
    for times, learned_after in ((1, 1), (3, 2)):
        asked.clear()
        numbers = classifier.numbers(batch_of(of_many_shapes(times))).tolist()
        assert [classifier.answers[number] for number in numbers[::times]] == list(range(2, SHAPES + 1))
        assert {asked[at] for at in range(60, MOST_SHAPES - 1)} == {learned_after}
    assert max(table.shapes for table in tables) <= MOST_SHAPES


def test_second_answers_that_depend_on_ever_other_places(tables: list[kernel.FlowTable]) -> None:
    completer = Completer(lambda number, _, found: [number] * found.count, lambda at: ((at, 1),), int, ())
    begun = np.arange(1, SHAPES)
    assert completer.numbers(batch_of(of_many_shapes(1)), begun).tolist() == begun.tolist()
    assert max(table.shapes for table in tables) <= MOST_SHAPES
