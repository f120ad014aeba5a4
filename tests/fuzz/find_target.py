"""Tables of flows that learn frames and look others up, several threads at a time."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from hostile import Column, Frames, number, refused
from numpy.typing import NDArray

from dovetool.core.flows import FlowTable
from dovetool.engine import plain_kernel
from dovetool.frame.view import NO_LIMIT

if TYPE_CHECKING:
    from dovetool.core.flows import Shape

_Columns = tuple[NDArray[np.uint8], Column, Column, Column, NDArray[np.uint64]]
_MOST = 0x7FFF_FFFF
_MASKS = (0xFF, 0xFF00, 0, (1 << 64) - 1, 1 << 63, 0xFFFF_FFFF)
_VALUES = ((), (0x0101,), (0, 1), (0x0100, 0x0001, 0x0101), tuple(range(0, 0x10000, 0x1001)), (-1, 0x10000, 0xFFFF))
_POOL = ThreadPoolExecutor(3)


def find(choice: random.Random) -> int:
    """Learn and look up; returns how often."""
    table = _Table(choice)
    for _ in range(choice.randrange(2, 6)):
        table.learn(_some_frames(choice, straight=True))
    for _ in range(3):
        table.look_up(_some_frames(choice, straight=choice.random() < 0.5))
    table.learn_while_others_ask(_some_frames(choice, straight=True))
    return table.executions


def _some_frames(choice: random.Random, *, straight: bool) -> Frames:
    """Frames of few different octets, so that they are alike."""
    lengths = [choice.choice((0, 1, 9, 20, 24, 40)) for _ in range(choice.choice((0, 1, 4, 30)))]
    return Frames(choice, [bytes(choice.choices(b"\0\0\0\1\1\x80", k=size)) for size in lengths], straight=straight)


def _shape(choice: random.Random) -> Shape:
    words = tuple(
        (number(choice, choice.randrange(16), 0.03), choice.choice(_MASKS)) for _ in range(choice.randrange(4))
    )
    lengths = tuple((choice.randrange(20), number(choice, 4, 0.05)) for _ in range(choice.randrange(3)))
    choices = tuple(
        (number(choice, choice.randrange(20), 0.03), choice.choice(_VALUES)) for _ in range(choice.randrange(3))
    )
    ends = [at + (mask.bit_length() + 7) // 8 for at, mask in words] + [at + 2 for at, _ in (*lengths, *choices)]
    low = number(choice, max(ends, default=0), 0.05)
    below = choice.choice((NO_LIMIT, NO_LIMIT, low + 5, number(choice, low)))
    return words, lengths, choices, (low, below), (choice.choice((0, 1, 20)), number(choice, NO_LIMIT, 0.05))


class _Table:
    """A table, and a plain one for each shape: a flow may be found by any of them, and which comes first may change."""

    def __init__(self, choice: random.Random) -> None:
        self.choice, self.executions = choice, 0
        self.width = choice.randrange(3)
        self.core = FlowTable(self.width)
        self.shapes = [_shape(choice) for _ in range(choice.randrange(1, 4))]
        self.plain = {shape: plain_kernel.FlowTable(self.width) for shape in self.shapes}

    def _contexts(self, frames: Frames) -> NDArray[np.uint64]:
        words = [self.choice.choice((0, 1, (1 << 64) - 1)) for _ in range(self.width * len(frames))]
        return np.array(words, np.uint64).reshape(self.width, len(frames))

    def learn(self, frames: Frames) -> None:
        """Learn some of the frames, at numbers and rows that may not be there."""
        contexts = self._contexts(frames)
        for _ in range(self.choice.randrange(1, 12)):
            shape = self.choice.choice(self.shapes)
            row = number(self.choice, self.choice.randrange(len(frames) or 1))
            flow = min(max(number(self.choice, self.choice.randrange(1000)), -5), _MOST)
            columns = frames.block, frames.offset, frames.caplen, frames.wire, contexts
            self.executions += 1
            if not refused(lambda: self.core.learn(shape, *columns, row, flow)):  # noqa: B023  (called at once)
                self.plain[shape].learn(shape, *columns, row, flow)
        assert len(self.core) == sum(map(len, self.plain.values()))

    def look_up(self, frames: Frames) -> None:
        """Look the frames up, in whole and in part, alone and with others."""
        contexts, count = self._contexts(frames), len(frames)
        columns = frames.block, frames.offset, frames.caplen, frames.wire, contexts
        start, stop = number(self.choice, 0), number(self.choice, count)
        given = np.array([self.choice.choice((-1, -1, -1, 7, -(1 << 31))) for _ in range(count)], np.int32)
        is_right = 0 <= start <= stop <= count
        rows = [row for row in range(start, stop) if given[row] < 0] if is_right else []
        is_refused = not is_right or not frames.lie_within(rows)
        tries = [given.copy() for _ in range(3)]
        calls = [lambda one=one: self.core.find(*columns, one, start, stop, True) for one in tries]
        self.executions += len(tries) + 1
        assert all(was == is_refused for was in _POOL.map(refused, calls))
        until = given.copy()
        if is_refused:
            refused(lambda: self.core.find(*columns, until, start, stop, False))
            return
        known = {row: self._known(columns, row) for row in rows}
        for one in tries:
            for row in range(count):
                assert int(one[row]) in known.get(row, {int(given[row])}) or (int(one[row]) < 0 and not known[row])
        new = self.core.find(*columns, until, start, stop, False)
        assert new == next((row for row in rows if not known[row]), stop)

    def _known(self, columns: _Columns, row: int) -> set[int]:
        """The numbers that the flow of a frame may have."""
        found = set()
        for table in self.plain.values():
            one = np.full(row + 1, -1, np.int32)
            table.find(*columns, one, row, row + 1, True)
            found.add(int(one[row]))
        return found - {-1}

    def learn_while_others_ask(self, frames: Frames) -> None:
        """The table says no to who changes it while it is read; and whoever reads has its own order of shapes."""
        contexts = self._contexts(frames)
        columns = frames.block, frames.offset, frames.caplen, frames.wire, contexts

        def ask() -> None:
            for _ in range(5):
                self.core.find(*columns, np.full(len(frames), -1, np.int32), 0, len(frames), True)

        asking = [_POOL.submit(ask) for _ in range(2)]
        for row in range(len(frames)):
            with suppress(ValueError, RuntimeError):
                self.core.learn(self.shapes[0], *columns, row, row)
        for one in asking:
            one.result()
        self.executions += 10 + len(frames)
