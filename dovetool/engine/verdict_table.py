"""Verdicts as arrays, so that the verdicts of a whole batch can be carried out by array operations.

A `Recipe` is what forwarded frames of one layout have in common: a head put together from constant octets and copies
of the frame's own, then the rest of the frame, then fields to patch. Verdicts that differ only in constants share one.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dovetool.engine.key_table import Ids
from dovetool.frame.view import NO_LIMIT
from dovetool.verdict.check import Check
from dovetool.verdict.fragmentation import Cut
from dovetool.verdict.patch import Patch
from dovetool.verdict.pieces import Piece as PacketPiece
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Gather, Reject, Splice, Verdict

NONE = -1
KEEP = -2
"""In the place of a port or a tunnel end point: what is known of it stays."""
_REASONS = {reason: number for number, reason in enumerate(Reason)}


@dataclass(frozen=True, slots=True)
class Piece:
    """Octets of the new head: `length` of them, copied from `source` of the frame, or constant when it is -1."""

    source: int
    length: int


@dataclass(slots=True)
class Recipe:
    """The layout of a forwarded frame.

    Attributes:
        pieces: the head, piece by piece.
        rest: where in the frame the octets begin that follow the head.
        patches: the patches of a verdict of this layout; others differ in constants only.
    """

    pieces: tuple[Piece, ...]
    rest: int
    patches: tuple[Patch, ...]
    _count: int = 0
    _new: list[tuple[bytes, tuple[int, ...]]] = field(default_factory=list)
    _constants: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    _params: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def add(self, constants: bytes, params: tuple[int, ...]) -> int:
        """Take in the constants of one more verdict; returns their row."""
        self._new.append((constants, params))
        self._count += 1
        return self._count - 1

    @property
    def arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Constant octets of the head, all rows one behind the other, and constants of the patches, a row a verdict."""
        if self._new:
            constants, params = zip(*self._new, strict=True)
            self._constants = np.concatenate([self._constants, np.frombuffer(b"".join(constants), np.uint8)])
            self._params = np.concatenate([self._params, np.array(params, np.int64).ravel()])
            self._new = []
        return self._constants, self._params.reshape(self._count, -1)

    @property
    def constant_len(self) -> int:
        """Constant octets in a row."""
        return sum(piece.length for piece in self.pieces if piece.source == NONE)

    @property
    def head(self) -> int:
        """Octets of the head."""
        return sum(piece.length for piece in self.pieces)


def pieces_of(splices: tuple[Splice, ...]) -> tuple[tuple[Piece, ...], int, bytes]:
    """The head that splices make, where the rest of the frame begins, and the constant octets."""
    pieces: list[Piece] = []
    at = 0
    for splice in splices:
        if splice.offset > at:
            pieces.append(Piece(at, splice.offset - at))
        if splice.insert:
            pieces.append(Piece(NONE, len(splice.insert)))
        at = splice.offset + splice.cut
    return tuple(pieces), at, b"".join(splice.insert for splice in splices)


@dataclass(frozen=True, slots=True)
class Choice:
    """The verdicts of a batch.

    Attributes:
        verdicts: (n,) number of the verdict of each frame.
        present: the numbers that occur among them, ascending.
    """

    verdicts: Ids
    present: NDArray[np.int64]

    @classmethod
    def of(cls, verdicts: Ids) -> Self:
        """The choice that these verdicts are."""
        return cls(verdicts, np.flatnonzero(np.bincount(verdicts)))


class VerdictTable:
    """All verdicts of a stage so far, numbered, with a column for each thing that the batch needs to know of them."""

    COLUMNS = (
        *("recipe", "row", "head", "rest", "trim", "longest", "over", "rejected", "copies"),
        *("vnid", "ingress", "tep", "origin", "local", "copy", "unchanged", "remarked", "linked"),
        *("checks", "answers_at", "piece", "otherwise", "cut"),
    )

    _BLANK: ClassVar[dict[str, int]] = {**dict.fromkeys(COLUMNS, NONE), "longest": NO_LIMIT}

    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []
        self.recipes: list[Recipe] = []
        self.checks: list[tuple[Check, ...]] = []
        self.pieces: list[PacketPiece] = []
        self.cuts: list[Cut] = []
        self._children: list[tuple[int, ...]] = []
        self._check_numbers: dict[tuple[Check, ...], int] = {}
        self._answered: list[int] = []
        self._numbers: dict[Verdict, int] = {}
        self._layouts: dict[Hashable, int] = {}
        self._new: list[tuple[int, ...]] = []
        self._table: NDArray[np.int64] = np.empty((0, len(self.COLUMNS)), np.int64)

    def number(self, verdict: Verdict) -> int:
        """The number of a verdict, a new one when it has none yet."""
        number = self._numbers.get(verdict)
        if number is None:
            row, children = self._row(verdict)  # may number other verdicts first
            number = self._numbers[verdict] = len(self.verdicts)
            self.verdicts.append(verdict)
            self._new.append(row)
            self._children.append(children or (number,))
        return number

    def of(self, name: str, choice: Choice) -> NDArray[np.int64] | int:
        """A property of the verdicts of a batch: (n,) values, or one number when all of them agree in it."""
        column = self.column(name)
        present = column[choice.present]
        if len(present) and (present == present[0]).all():
            return int(present[0])
        values: NDArray[np.int64] = column[choice.verdicts]
        return values

    def column(self, name: str) -> NDArray[np.int64]:
        """A property of every verdict, by number."""
        if self._new:
            self._table = np.concatenate([self._table, np.array(self._new, np.int64)])
            self._new = []
        return self._table[:, self.COLUMNS.index(name)]

    def copy_verdicts(self, verdicts: Ids, copy: NDArray[np.int64]) -> Ids:
        """The verdict that each copy (n,) of frames with these verdicts is made by: its own, or the n-th of several."""
        counts = np.array([len(children) for children in self._children], np.int64)
        flat = np.array([child for children in self._children for child in children], np.int32)
        starts = np.cumsum(counts) - counts
        made_by: Ids = flat[starts[verdicts] + copy]
        return made_by

    def answered(self, verdicts: Ids, combination: NDArray[np.int64]) -> Ids:
        """The verdicts that take the place of guarded ones (n,) by the answers of their frames.

        Args:
            verdicts: the guarded ones.
            combination: places among the `combinations` of answers, from 1.
        """
        found: Ids = np.array(self._answered, np.int32)[self.column("answers_at")[verdicts] + combination - 1]
        return found

    def _row(self, verdict: Verdict) -> tuple[tuple[int, ...], tuple[int, ...]]:
        blank = self._BLANK.copy()
        if isinstance(verdict, Reject):
            blank |= {"rejected": _REASONS[verdict.reason], "copies": 0}
            return tuple(blank.values()), ()
        if isinstance(verdict, Copies):
            children = tuple(self.number(copy) for copy in verdict.verdicts)
            strictest = min(verdict.verdicts, key=lambda copy: copy.longest)
            shared = {"copies": len(children), "vnid": _or_none(strictest.vnid), **self._limit(strictest)}
            shared |= self._guard(verdict)
            return tuple((blank | shared).values()), children
        if isinstance(verdict, Gather):
            self.pieces.append(verdict.piece)
            gathered = {"piece": len(self.pieces) - 1, "otherwise": self.number(verdict.otherwise), "copies": 0}
            return tuple((blank | gathered).values()), ()
        return tuple((blank | self._forward(verdict)).values()), ()

    def _forward(self, verdict: Forward) -> dict[str, int]:
        pieces, rest, constants = pieces_of(verdict.splices)
        layout = (pieces, rest, tuple((type(patch), patch.layout) for patch in verdict.patches))
        number = self._layouts.setdefault(layout, len(self.recipes))
        if number == len(self.recipes):
            self.recipes.append(Recipe(pieces, rest, verdict.patches))
        recipe = self.recipes[number]
        params = tuple(value for patch in verdict.patches for value in patch.constants)
        return {
            "recipe": number,
            "row": recipe.add(constants, params),
            "head": recipe.head,
            "rest": rest,
            "trim": verdict.trim,
            "copies": 1,
            "vnid": _or_none(verdict.vnid),
            "ingress": KEEP if verdict.ingress is None else verdict.ingress,
            "tep": KEEP if verdict.tep is None else verdict.tep,
            "origin": KEEP if verdict.origin is None else verdict.origin,
            "local": int(verdict.local),
            "copy": int(verdict.is_copy),
            "unchanged": int(verdict.unchanged),
            "remarked": int(bool(verdict.remark or verdict.loss)),
            "linked": int(verdict.keeps_link),
            **self._limit(verdict),
            **self._guard(verdict),
            **self._cut(verdict),
        }

    def _limit(self, verdict: Forward) -> dict[str, int]:
        over = NONE if verdict.limit is None else self.number(Reject(verdict.limit.reason))
        return {"longest": verdict.longest, "over": over}

    def _cut(self, verdict: Forward) -> dict[str, int]:
        if verdict.cut is None:
            return {}
        if verdict.cut not in self.cuts:
            self.cuts.append(verdict.cut)
        return {"cut": self.cuts.index(verdict.cut)}

    def _guard(self, verdict: Forward | Copies) -> dict[str, int]:
        if verdict.guard is None:
            return {}
        checks = self._check_numbers.setdefault(verdict.guard.checks, len(self.checks))
        if checks == len(self.checks):
            self.checks.append(verdict.guard.checks)
        numbers = [self.number(otherwise) for otherwise in verdict.guard.otherwise]
        self._answered += numbers
        return {
            "checks": checks,
            "answers_at": len(self._answered) - len(numbers),
        }


def _or_none(value: int | None) -> int:
    return NONE if value is None else value
