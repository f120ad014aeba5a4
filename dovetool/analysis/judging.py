"""What is wrong with single frames: what they have in common with their flow, and what they answer by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dovetool.analysis.frame_summary import Judge, Judgement
from dovetool.capture.batch import Batch, Column
from dovetool.engine.checking import answers_about, combined_answers
from dovetool.engine.classify import MANY, Classifier
from dovetool.engine.key_table import Ids
from dovetool.engine.numbered import Numbered
from dovetool.verdict.check import Check
from dovetool.verdict.verdict import combinations

Verdict = tuple[str, ...] | None


def other_answers(
    batch: Batch, sets: Column, questions: Sequence[tuple[Check, ...]]
) -> Iterator[tuple[Column, int, int]]:
    """The frames that answer a question in another way than that all is well.

    Args:
        batch: n frames.
        sets: (n,) number of the set of questions about each; negative for none.
        questions: the sets.

    Yields:
        Rows of frames, the place of the question in its set, and their answer.
    """
    for number in np.flatnonzero(np.bincount(sets[sets >= 0])).tolist():
        rows = np.flatnonzero(sets == number)
        frames = batch.take(rows)
        for place, check in enumerate(questions[number]):
            answers = answers_about(check, frames)
            for answer in np.flatnonzero(np.bincount(answers)[1:]) + 1:
                yield rows[answers == answer], place, int(answer)


class Judging:
    """Judges frames by a map.

    Attributes:
        verdicts: the verdicts by their number.
    """

    def __init__(self, judge: Judge | None, change_times_ns: tuple[int, ...]) -> None:
        self._found: Numbered[Verdict] = Numbered()
        self._sets: Numbered[tuple[Check, ...]] = Numbered()
        ask = judge or (lambda _: None)
        self._flows: Classifier[Judgement | None] = Classifier(ask, change_times_ns, most=MANY)
        self._known: list[tuple[int, int]] = []
        self._generation = 0

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """The verdicts by their number."""
        return self._found.values

    def numbers(self, batch: Batch) -> Ids:
        """The number (n,) of the verdict about each frame of a batch."""
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
            checks = self._sets.values[number]
            if checks:
                rows = np.flatnonzero(sets_of == number)
                self._answered(numbers, flows, rows, combined_answers(checks, batch.take(rows)))
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
