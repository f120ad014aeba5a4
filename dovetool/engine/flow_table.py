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
_MOST_IN_A_BATCH = 128


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


class Bounded:
    """A table of flows that stays within bounds, whatever frames come.

    Each frame is sought under every shape, and a capture can have another one in each of its frames, as with Geneve
    options of random lengths. So when there are many, a new one has to come twice to be learned.
    """

    def __init__(self) -> None:
        self._table: kernel.FlowTable | None = None
        self._shapes: set[Shape] = set()
        self._met: set[Shape] = set()

    def for_batch(self, contexts: int) -> kernel.FlowTable:
        """The table for the frames of a batch with so many words of context, emptied when it has grown too large."""
        table = self._table
        if table is None or len(table) > MOST_KEYS or table.shapes > MOST_SHAPES:
            self._table = table = kernel.FlowTable(contexts)
            self._shapes = set()
        self._met = set()
        return table

    def takes(self, shape: Shape) -> bool:
        """Say whether flows of a shape are to be learned."""
        if shape in self._shapes:
            return True
        count = len(self._shapes)
        if count >= MOST_SHAPES and (count >= _MOST_IN_A_BATCH or shape not in self._met):
            self._met.add(shape)
            return False
        self._shapes.add(shape)
        return True

    def forget(self) -> None:
        """Learn all flows anew."""
        self._table = None


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
        self._known = Bounded()

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
        table = self._known.for_batch(len(context))
        frames = batch.octets, batch.offset, batch.caplen, batch.wire_len, context
        numbers = known(table, frames)
        look, count, row = self._contexts.viewer(batch), len(batch), 0
        while (row := table.find(*frames, numbers, row, count, False)) < count:
            numbers[row], shape = decide(look(row))
            if self._known.takes(shape):
                table.learn(shape, *frames, row, int(numbers[row]))
            row += 1
        return numbers

    def forget(self) -> None:
        """Find everything out anew."""
        self._known.forget()


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
