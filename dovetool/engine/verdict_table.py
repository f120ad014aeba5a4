"""Verdicts by number, with a column for each thing that a whole batch needs to know of them.

What forwarded frames are made of is a program of the core: a head put together from constant octets and copies of the
frame's own, then the rest of the frame, then fields to patch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dovetool.engine import kernel
from dovetool.engine.asking import Asking
from dovetool.engine.flow_table import Ids
from dovetool.frame.view import NO_LIMIT
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Gather, Reject, Splice, Verdict

if TYPE_CHECKING:
    from dovetool.verdict.fragmentation import Cut
    from dovetool.verdict.pieces import Piece

NONE = -1
KEEP = -2
"""In the place of a port or a tunnel end point: what is known of it stays."""
_REASONS = {reason: number for number, reason in enumerate(Reason)}


def pieces_of(splices: tuple[Splice, ...]) -> tuple[tuple[tuple[int, int], ...], bytes, int]:
    """The head that splices make.

    Returns:
        Its pieces: where in the frame each begins, -1 for constant octets, and how long it is; the constant octets; and
        where in the frame the rest begins.
    """
    pieces: list[tuple[int, int]] = []
    at = 0
    for splice in splices:
        if splice.offset > at:
            pieces.append((at, splice.offset - at))
        if splice.insert:
            pieces.append((NONE, len(splice.insert)))
        at = splice.offset + splice.cut
    return tuple(pieces), b"".join(splice.insert for splice in splices), at


@dataclass(frozen=True, slots=True)
class Choice:
    """The verdicts of a batch.

    Attributes:
        verdicts: (n,) number of the verdict of each frame.
        counts: how often each number occurs.
        present: the numbers that do, ascending.
    """

    verdicts: Ids
    counts: NDArray[np.int64]
    present: NDArray[np.int64]

    @classmethod
    def of(cls, verdicts: Ids) -> Self:
        """The choice that these verdicts are."""
        counts = np.bincount(verdicts)
        return cls(verdicts, counts, np.flatnonzero(counts))


class VerdictTable:
    """All verdicts of a stage so far, numbered, with a column for each thing that the batch needs to know of them."""

    COLUMNS = (
        *("program", "longest", "over", "rejected", "copies"),
        *("vnid", "ingress", "tep", "origin", "local", "copy", "unchanged", "remarked", "linked"),
        *("checks", "answers_at", "piece", "otherwise", "cut"),
    )

    _BLANK: ClassVar[dict[str, int]] = {**dict.fromkeys(COLUMNS, NONE), "longest": NO_LIMIT}

    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []
        self.programs = kernel.Programs()
        self.questions = Asking()
        self.pieces: list[Piece] = []
        self.cuts: list[Cut] = []
        self._children: list[tuple[int, ...]] = []
        self._answered: list[int] = []
        self._numbers: dict[Verdict, int] = {}
        self._rejections: dict[Reason, int] = {}
        self._new: list[tuple[int, ...]] = []
        self._table: NDArray[np.int64] = np.empty((len(self.COLUMNS), 64), np.int64)
        self._known = 0

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
            known = self._known + len(self._new)
            if known > self._table.shape[1]:
                grown = np.empty((len(self.COLUMNS), 2 * known), np.int64)
                grown[:, : self._known] = self._table[:, : self._known]
                self._table = grown
            self._table[:, self._known : known] = np.array(self._new, np.int64).T
            self._new, self._known = [], known
        return self._table[self.COLUMNS.index(name), : self._known]

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
        return {
            "program": NONE if verdict.unchanged else self._program(verdict),
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

    def _program(self, verdict: Forward) -> int:
        pieces, constants, rest = pieces_of(verdict.splices)
        number: int = self.programs.add(pieces, constants, rest, verdict.trim, verdict.patches)
        return number

    def _rejection(self, reason: Reason) -> int:
        """The number of a rejection for a reason alone."""
        number = self._rejections.get(reason)
        if number is None:
            number = self._rejections[reason] = self.number(Reject(reason))
        return number

    def _limit(self, verdict: Forward) -> dict[str, int]:
        over = NONE if verdict.limit is None else self._rejection(verdict.limit.reason)
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
        numbers = [self.number(otherwise) for otherwise in verdict.guard.otherwise]
        self._answered += numbers
        return {
            "checks": self.questions.number(verdict.guard.checks),
            "answers_at": len(self._answered) - len(numbers),
        }


def _or_none(value: int | None) -> int:
    return NONE if value is None else value
