"""Answer about every frame of a batch by a number, and find it out once a flow.

Why that is right is told in `docs/architecture.md`, "The flow table": view, shape, key, number. Keys have all that the
answer can depend on, since frames are read through a `FrameView`, and are compared as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch
from dovetool.engine import kernel
from dovetool.engine.context import Contexts
from dovetool.engine.threads import THREADS
from dovetool.frame.view import FrameView, Shape

Ids = NDArray[np.int32]
"""(n,) numbers of answers."""
Answer = TypeVar("Answer", bound=Hashable)
Value = TypeVar("Value", bound=Hashable)

MANY = 1 << 17
"""Answers of which a capture of any length may need no more at a time."""
MOST_KEYS = 1 << 18
MOST_SHAPES = 48


class Numbered(Generic[Value]):
    """Values by number, so that columns can hold them; each once.

    Attributes:
        values: the values by their number.
    """

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._numbers: dict[Value, int] = {}

    def number(self, value: Value) -> int:
        """The number of a value, a new one when it has none yet."""
        number = self._numbers.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


Frames: TypeAlias = tuple[
    NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]
]
"""The octets of a block, and offset, captured octets, octets on the wire (n,), words of context (k, n) of n frames."""


def usable(table: kernel.FlowTable | None, contexts: int) -> kernel.FlowTable:
    """The table, or an empty one when there is none or it has grown beyond its bounds."""
    if table is None or len(table) > MOST_KEYS or table.shapes > MOST_SHAPES:
        return kernel.FlowTable(contexts)
    return table


def known(table: kernel.FlowTable, frames: Frames) -> Ids:
    """The numbers (n,) of the flows of n frames, -1 for those that a table does not have."""
    count = len(frames[1])
    numbers = np.full(count, -1, np.int32)
    if len(table):
        THREADS.share(lambda start, stop: table.find(*frames, numbers, start, stop, True), count)
    return numbers


class Flows:
    """The flows that were met so far, and the number of the answer about each."""

    def __init__(self, change_times_ns: tuple[int, ...] = (), *, with_tenants: bool = False) -> None:
        """Answer about frames.

        Args:
            change_times_ns: ascending times in ns; between two of them no answer depends on the time.
            with_tenants: answers depend on the network that a frame came in by what its file says.
        """
        self._contexts = Contexts(change_times_ns, with_tenants=with_tenants)
        self._table: kernel.FlowTable | None = None

    def numbers(
        self,
        batch: Batch,
        decide: Callable[[FrameView], tuple[int, Shape]],
    ) -> Ids:
        """The number (n,) of the answer about each frame of a batch.

        Args:
            batch: n frames.
            decide: gets a frame of a new flow; gives a number, and what was looked at.
        """
        context = self._contexts.words(batch)
        self._table = table = usable(self._table, len(context))
        frames = batch.octets, batch.offset, batch.caplen, batch.wire_len, context
        numbers = known(table, frames)
        look, count, row = self._contexts.viewer(batch), len(batch), 0
        while (row := table.find(*frames, numbers, row, count, False)) < count:
            numbers[row], shape = decide(look(row))
            table.learn(shape, *frames, row, int(numbers[row]))
            row += 1
        return numbers

    def forget(self) -> None:
        """Find everything out anew."""
        self._table = None


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
            change_times_ns: ascending times in ns; between two of them all decisions about a frame are alike.
            most: when there are more answers, all are forgotten before the next batch, so that memory stays within
                bounds; whoever goes by numbers from batch to batch has to watch `generation`. None: a number is for
                good.
        """
        self.generation = 0
        self._ask, self._most = ask, most
        self._found: Numbered[Answer] = Numbered()
        self._flows = Flows(change_times_ns, with_tenants=True)

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
        return self._flows.numbers(batch, self._decide)

    def _decide(self, view: FrameView) -> tuple[int, Shape]:
        return self._found.number(self._ask(view)), view.shape()
