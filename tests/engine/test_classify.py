"""What a number of an answer stands for: one answer for good, or until all are forgotten."""

from __future__ import annotations

from both_ways import batch_of
from strategies import Captured

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
