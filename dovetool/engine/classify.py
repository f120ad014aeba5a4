"""Ask a question about every frame of a batch, once a flow: the frames that look the same share the answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from dovetool.capture.batch import Batch
from dovetool.engine.flows import Flows
from dovetool.engine.key_table import Ids
from dovetool.engine.numbered import Numbered
from dovetool.frame.view import FrameView

Answer = TypeVar("Answer", bound=Hashable)


MANY = 1 << 17
"""Answers of which a capture of any length may need no more at a time."""


class Classifier(Generic[Answer]):
    """A question with the answers found so far.

    Attributes:
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
        self.generation = 0
        self._most = most
        self._found: Numbered[Answer] = Numbered()
        self._flows = Flows(lambda view: self._found.number(ask(view)), change_times_ns, with_tenants=True)

    @property
    def answers(self) -> list[Answer]:
        """The answers by their number, those of the last batch and of others before it."""
        return self._found.values

    def numbers(self, batch: Batch) -> Ids:
        """The number (n,) of the answer about each frame of a batch."""
        if self._most is not None and len(self.answers) > self._most:
            self._found = Numbered()
            self._flows.forget()
            self.generation += 1
        return self._flows.numbers(batch)
