"""Ask a question about every frame of a batch, once a flow: the frames that look the same share the answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from dovetool.capture.batch import Batch
from dovetool.pipeline.context import Contexts
from dovetool.pipeline.flow_cache import FlowCache
from dovetool.pipeline.key_table import Ids
from dovetool.stages.view import FrameView, Shape

Answer = TypeVar("Answer", bound=Hashable)


MANY = 1 << 17
"""Answers of which a capture of any length may need no more at a time."""


class Classifier(Generic[Answer]):
    """A question with the answers found so far.

    Attributes:
        answers: the answers by their number, those of the last batch and of others before it.
        generation: how often all answers were forgotten; numbers begin again then.
    """

    def __init__(
        self, ask: Callable[[FrameView], Answer], change_times_ns: tuple[int, ...] = (), *, most: int | None = None
    ) -> None:
        """Ask about frames.

        Args:
            ask: the question; it may depend on nothing but what it reads through the view, and the time.
            change_times_ns: ascending times in ns; between two of them the answer does not depend on the time.
            most: when there are more answers, all are forgotten before the next batch, so that memory stays within
                bounds; whoever goes by numbers from batch to batch has to watch `generation`. None: a number is for
                good.
        """
        self.answers: list[Answer] = []
        self.generation = 0
        self._ask, self._most = ask, most
        self._numbers: dict[Answer, int] = {}
        self._contexts = Contexts(change_times_ns)
        self._cache = FlowCache()

    def numbers(self, batch: Batch) -> Ids:
        """The number (n,) of the answer about each frame of a batch."""
        if self._most is not None and len(self.answers) > self._most:
            self.answers, self._numbers, self._cache = [], {}, FlowCache()
            self.generation += 1
        look = self._contexts.viewer(batch)

        def decide(row: int) -> tuple[int, Shape]:
            view = look(row)
            number = self._number(self._ask(view))
            return number, view.shape()

        return self._cache.verdicts(batch, self._contexts.words(batch), decide)

    def _number(self, answer: Answer) -> int:
        number = self._numbers.setdefault(answer, len(self.answers))
        if number == len(self.answers):
            self.answers.append(answer)
        return number
