"""What is wrong with single frames: what they have in common with their flow, and what they answer by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dovetool.analysis.frame_summary import Judge, Judgement
from dovetool.capture.batch import Batch, Column
from dovetool.engine.asking import Asking
from dovetool.engine.flow_table import MANY, Classifier, Ids, Numbered
from dovetool.verdict.verdict import combinations

Verdict = tuple[str, ...] | None


def other_answers(batch: Batch, sets: Column, questions: Asking) -> Iterator[tuple[Column, int, int]]:
    """The frames that answer a question in another way than that all is well.

    Args:
        batch: n frames.
        sets: (n,) number of what is asked about each; negative for nothing.
        questions: the questions by number.

    Yields:
        Rows of frames, the place of the question among those asked together, and their answer.
    """
    for number in np.flatnonzero(np.bincount(sets[sets >= 0])).tolist():
        rows = np.flatnonzero(sets == number)
        places = questions.answers(number, batch, rows)
        rows, places = rows[places > 0], places[places > 0]
        combined = combinations(questions.checks(number))
        for at in np.flatnonzero(np.bincount(places)).tolist():
            for place, answer in enumerate(combined[at]):
                if answer:
                    yield rows[places == at], place, answer


class Judging:
    """Judges frames by a map.

    Attributes:
        verdicts: the verdicts by their number.
    """

    def __init__(self, judge: Judge | None, change_times_ns: tuple[int, ...]) -> None:
        self._found: Numbered[Verdict] = Numbered()
        self._sets = Asking()
        self._is_asked, ask = judge is not None, judge or (lambda _: None)
        self._flows: Classifier[Judgement | None] = Classifier(ask, change_times_ns, most=MANY)
        self._known: list[tuple[int, int]] = []
        self._generation = 0

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """The verdicts by their number."""
        return self._found.values

    def numbers(self, batch: Batch) -> Ids:
        """The number (n,) of the verdict about each frame of a batch."""
        if not self._is_asked:
            return np.full(len(batch), self._found.number(None), np.int32)
        flows = self._flows.numbers(batch)
        if self._flows.generation != self._generation:
            self._generation, self._known = self._flows.generation, []
        for judgement in self._flows.answers[len(self._known) :]:
            verdict = None if judgement is None else judgement.verdict()
            checks = () if judgement is None else judgement.checks
            self._known.append((self._found.number(verdict), self._sets.number(checks)))
        of_flow, sets = np.array(self._known, np.int32).reshape(-1, 2).T
        numbers: Ids = of_flow[flows]
        sets_of = sets[flows]
        for number in np.flatnonzero(np.bincount(sets_of)).tolist():
            if self._sets.checks(number):
                rows = np.flatnonzero(sets_of == number)
                self._answered(numbers, flows, rows, self._sets.answers(number, batch, rows))
        return numbers

    def _answered(self, numbers: Ids, flows: Ids, rows: Column, places: Column) -> None:
        """Put in the verdicts about frames by the places of their answers among the combinations."""
        rows, places = rows[places > 0], places[places > 0]
        steps, which = np.unique(flows[rows].astype(np.int64) << 32 | places, return_inverse=True)
        for at, step in enumerate(steps.tolist()):
            judgement = self._flows.answers[step >> 32]
            if judgement is not None:
                answers = combinations(judgement.checks)[step & 0xFFFF_FFFF]
                numbers[rows[which == at]] = self._found.number(judgement.verdict(answers))
