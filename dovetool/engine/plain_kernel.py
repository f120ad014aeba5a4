"""The classes of the compiled core in plain Python: the scalar functions of `verdict`, one frame after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dovetool.frame.view import Shape
from dovetool.verdict.check import Check, check_of
from dovetool.verdict.patch import Patch

Octets = NDArray[np.uint8]
Column = NDArray[np.int64]
Numbers = NDArray[np.int32]
Words = NDArray[np.uint64]


def _key(shape: Shape, frame: bytes, wire: int, context: tuple[int, ...]) -> tuple[object, ...] | None:
    """What a decision of a shape depends on; None for a frame that it does not fit."""
    if not (shape.caplen[0] <= len(frame) < shape.caplen[1] and shape.wire[0] <= wire < shape.wire[1]):
        return None
    words = (int.from_bytes(frame[at : at + 8], "little") & mask for at, mask in shape.words)
    lengths = ((base, _number(frame, at)) for at, base in shape.lengths)
    behind = (wire - base - length if length else None for base, length in lengths)
    chosen = ((values, _number(frame, at)) for at, values in shape.choices)
    places = (number if number in values else None for values, number in chosen)
    return context, *words, *behind, *places


def _number(frame: bytes, at: int) -> int:
    return int.from_bytes(frame[at : at + 2], "big")


class FlowTable:
    """The flows decided so far; see `core.flows`."""

    def __init__(self, contexts: int) -> None:
        self._flows: dict[Shape, dict[tuple[object, ...], int]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._flows.values()))

    @property
    def shapes(self) -> int:
        """How many shapes their keys have."""
        return len(self._flows)

    def clear(self) -> None:
        """Forget all of them."""
        self._flows.clear()

    def learn(
        self,
        shape: tuple[Any, ...],
        octets: Octets,
        offset: Column,
        caplen: Column,
        wire: Column,
        contexts: Words,
        row: int,
        number: int,
    ) -> None:
        """Note the number of the flow of a frame."""
        seen, frame, context = Shape(*shape), _frame(octets, offset, caplen, row), tuple(contexts[:, row].tolist())
        key = _key(seen, frame, int(wire[row]), context)
        if key is None:
            raise ValueError("a frame is not of the shape that was learned from it")
        self._flows.setdefault(seen, {})[key] = number

    def learn_all(
        self,
        shape: tuple[Any, ...],
        octets: Octets,
        offset: Column,
        caplen: Column,
        wire: Column,
        contexts: Words,
        rows: Column,
        numbers: Numbers,
    ) -> None:
        """Note the numbers of the flows of frames in some rows."""
        for row, number in zip(rows.tolist(), numbers.tolist(), strict=True):
            self.learn(shape, octets, offset, caplen, wire, contexts, row, number)

    def find(
        self,
        octets: Octets,
        offset: Column,
        caplen: Column,
        wire: Column,
        contexts: Words,
        numbers: Numbers,
        start: int,
        stop: int,
        to_end: bool,
    ) -> int:
        """Number the frames of known flows."""
        new = 0
        for row in range(start, stop):
            if numbers[row] >= 0:
                continue
            frame, context = _frame(octets, offset, caplen, row), tuple(contexts[:, row].tolist())
            number = self._found(frame, int(wire[row]), context)
            if number is not None:
                numbers[row] = number
            elif not to_end:
                return row
            else:
                new += 1
        return new if to_end else stop

    def _found(self, frame: bytes, wire: int, context: tuple[int, ...]) -> int | None:
        for shape, flows in self._flows.items():
            key = _key(shape, frame, wire, context)
            if key is not None and key in flows:
                return flows[key]
        return None


def _frame(octets: Octets, offset: Column, caplen: Column, row: int) -> bytes:
    start = int(offset[row])
    return octets[start : start + int(caplen[row])].tobytes()


class _Program:
    """What is done to the frames of one verdict."""

    def __init__(
        self,
        pieces: Sequence[tuple[int, int]],
        constants: bytes,
        rest: int,
        trim: int,
        patches: Sequence[Patch],
    ) -> None:
        self.pieces, self.constants, self.rest, self.trim, self.patches = pieces, constants, rest, trim, patches
        self.head = sum(length for _, length in pieces)

    def lengths(self, caplen: int, orig_len: int) -> tuple[int, int]:
        """Captured length and length on the wire of a new frame."""
        wire = max(orig_len, caplen) - self.trim
        grown = self.head - self.rest
        return max(min(caplen, wire) + grown, self.head), max(wire + grown, 0)

    def made(self, source: bytes, new_caplen: int, new_orig: int) -> bytes:
        """A new frame."""
        octets = bytearray(b"".join(self._head(source)))
        octets += source[self.rest :]
        del octets[new_caplen:]
        for patch in self.patches:
            patch.apply(octets, new_orig, source)
        return bytes(octets)

    def _head(self, source: bytes) -> Iterator[bytes]:
        used = 0
        for at, length in self.pieces:
            yield self.constants[used : used + length] if at < 0 else source[at : at + length]
            used += length if at < 0 else 0


class Programs:
    """What is to be done to frames, by number; see `core.frames`."""

    def __init__(self) -> None:
        self._programs: list[_Program] = []

    def __len__(self) -> int:
        return len(self._programs)

    def add(
        self,
        pieces: Sequence[tuple[int, int]],
        constants: bytes,
        rest: int,
        trim: int,
        patches: Sequence[Patch],
    ) -> int:
        """Take in one more; returns its number."""
        self._programs.append(_Program(pieces, constants, rest, trim, patches))
        return len(self._programs) - 1

    def measure(self, numbers: Numbers, caplen: Column, orig_len: Column, new_caplen: Column, new_orig: Column) -> None:
        """Work out how long the new frames are; see `core.frames`."""
        lengths = zip(numbers.tolist(), caplen.tolist(), orig_len.tolist(), strict=True)
        for row, (number, captured, original) in enumerate(lengths):
            both = (captured, original) if number < 0 else self._programs[number].lengths(captured, original)
            new_caplen[row], new_orig[row] = both

    def make(
        self,
        numbers: Numbers,
        octets: Octets,
        offset: Column,
        caplen: Column,
        orig_len: Column,
        out: Octets,
        out_offset: Column,
        new_caplen: Column,
        new_orig: Column,
        start: int,
        stop: int,
    ) -> None:
        """Write the new frames; see `core.frames`."""
        for row in range(start, stop):
            number, size, at = int(numbers[row]), int(new_caplen[row]), int(out_offset[row])
            made = _frame(octets, offset, caplen, row)
            if number >= 0:
                made = self._programs[number].made(made, size, int(new_orig[row]))
            out[at : at + size] = np.frombuffer(made, np.uint8)


class Questions:
    """What is asked of each frame, by number; see `core.checks`."""

    def __init__(self) -> None:
        self._asked: list[tuple[Check, ...]] = []

    def __len__(self) -> int:
        return len(self._asked)

    def add(self, questions: Sequence[tuple[Any, ...]]) -> int:
        """Take in what is asked together; returns its number."""
        self._asked.append(tuple(map(check_of, questions)))
        return len(self._asked) - 1

    def answers(
        self,
        number: int,
        octets: Octets,
        offset: Column,
        caplen: Column,
        orig_len: Column,
        rows: Column,
        out: Column,
        start: int,
        stop: int,
    ) -> None:
        """Put the place of each frame's answers among their combinations into `out`."""
        for at in range(start, stop):
            row = int(rows[at])
            frame, place = _frame(octets, offset, caplen, row), 0
            for check in self._asked[number]:
                place = place * check.answers + check.answer(frame, max(int(orig_len[row]), len(frame)))
            out[at] = place
