"""The second question about frames: what each has for itself where others that look the same have something else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column
from dovetool.engine.context import Contexts
from dovetool.engine.flow_table import Bounded, Ids, known
from dovetool.frame.view import FrameView, shape_of
from dovetool.observe.located import Located, Place

Answer = TypeVar("Answer")


class Completer(Generic[Answer]):
    """Answers the second question about many frames at once, and once about those that have the same.

    It may depend on nothing else but the first answer, the octets at the places that this left open, the interface
    and the time.
    """

    def __init__(
        self,
        complete: Callable[[int, FrameView, Located], Sequence[Answer]],
        places: Callable[[int], tuple[Place, ...]],
        number: Callable[[Answer], int],
        change_times_ns: tuple[int, ...],
    ) -> None:
        """Ask about frames.

        Args:
            complete: gets the number of the first answer about some frames, one of them, which has the interface and
                the time of all, and what each has at the places that were left open; gives the second answers.
            places: these places, by the number of the first answer.
            number: the number of a second answer; they come in the order of their frames, and may come again.
            change_times_ns: ascending times in ns; between two of them the answer does not depend on the time.
        """
        self._complete, self._places, self._number = complete, places, number
        self._contexts = Contexts(change_times_ns, with_tenants=True)
        self._known = Bounded()

    def numbers(self, batch: Batch, begun: NDArray[np.integer]) -> Ids:
        """The number (n,) of the second answer about each frame of a batch.

        Args:
            batch: n frames.
            begun: (n,) number of the first answer about each.
        """
        words = self._contexts.words(batch, begun)
        table = self._known.for_batch(len(words))
        frames = batch.octets, batch.offset, batch.caplen, batch.wire_len, words
        numbers = known(table, frames)
        new = np.flatnonzero(numbers < 0)
        parts = list(same_words(words, new))
        if len(new):
            numbers[new] = [self._number(answer) for answer in self._answers(batch, begun, parts)]
        for rows in parts:
            shape = shape_of(self._places(int(begun[rows[0]])))
            if self._known.takes(shape):
                table.learn_all(shape, *frames, rows, numbers[rows])
        return numbers

    def _answers(self, batch: Batch, begun: NDArray[np.integer], parts: Sequence[Column]) -> Iterable[Answer]:
        """The answers about the frames of some parts, in the order of the frames."""
        look, octets = self._contexts.viewer(batch), batch.octets.tobytes()
        answers: list[Answer] = []
        for rows in parts:
            number = int(begun[rows[0]])
            found = located(octets, batch, rows, self._places(number))
            answers += self._complete(number, look(int(rows[0])), found)
        return answers if len(parts) < 2 else map(answers.__getitem__, np.argsort(np.concatenate(parts)).tolist())

    def forget(self) -> None:
        """First answers, or second ones, get other numbers."""
        self._known.forget()


def located(octets: bytes, batch: Batch, rows: Column, places: Sequence[Place]) -> Located:
    """What frames of a batch, whose block has these octets, have at some places, which were captured of all of them."""
    starts = batch.offset[rows].tolist()
    values = {
        (at, length): [
            octets[start : start + length] for start in (starts if not at else [each + at for each in starts])
        ]
        for at, length in places
    }
    return Located(len(starts), values)


def same_words(words: NDArray[np.uint64], rows: Column) -> Iterator[Column]:
    """Those of the rows of frames that have the same words (k, n), together; whose first comes first, first."""
    if not len(rows):
        return
    varying = [word for word in words[:, rows] if (word != word[0]).any()]
    if not varying:
        yield rows
        return
    numbers = np.unique(varying[0], return_inverse=True)[1]
    for word in varying[1:]:
        numbers = np.unique(numbers * len(rows) + np.unique(word, return_inverse=True)[1], return_inverse=True)[1]
    order = np.argsort(numbers, kind="stable")
    parts = np.split(rows[order], np.flatnonzero(np.diff(numbers[order])) + 1)
    yield from sorted(parts, key=lambda part: int(part[0]))
