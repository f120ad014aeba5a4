"""Verdicts by number, with a column for each thing that a whole batch needs to know of them.

What forwarded frames are made of is a program of the core: a head put together from constant octets and copies of the
frame's own, then the rest of the frame, then fields to patch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from dovetool.engine import kernel
from dovetool.engine.asking import Asking
from dovetool.engine.flow_table import Ids
from dovetool.frame.view import NO_LIMIT
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Reject, Splice, Verdict

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


class _Row(NamedTuple):
    """What a batch needs to know of a verdict, by the names of the columns."""

    program: int = NONE
    longest: int = NO_LIMIT
    over: int = NONE
    rejected: int = NONE
    copies: int = NONE
    vnid: int = NONE
    ingress: int = NONE
    tep: int = NONE
    origin: int = NONE
    local: int = NONE
    copy: int = NONE
    unchanged: int = NONE
    remarked: int = NONE
    linked: int = NONE
    checks: int = NONE
    answers_at: int = NONE
    piece: int = NONE
    otherwise: int = NONE
    cut: int = NONE


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

    COLUMNS = _Row._fields

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
        self._new: list[_Row] = []
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

    def _row(self, verdict: Verdict) -> tuple[_Row, tuple[int, ...]]:
        if isinstance(verdict, Forward):
            return self._forward(verdict), ()
        if isinstance(verdict, Reject):
            return _Row(rejected=_REASONS[verdict.reason], copies=0), ()
        if isinstance(verdict, Copies):
            children = tuple(self.number(copy) for copy in verdict.verdicts)
            strictest = min(verdict.verdicts, key=lambda copy: copy.longest)
            row = _Row(copies=len(children), vnid=_or(NONE, strictest.vnid), over=self._over(strictest))
            return row._replace(longest=strictest.longest, **self._guard(verdict)), children
        self.pieces.append(verdict.piece)
        return _Row(piece=len(self.pieces) - 1, otherwise=self.number(verdict.otherwise), copies=0), ()

    def _forward(self, verdict: Forward) -> _Row:
        unchanged = verdict.unchanged
        row = _Row(
            program=NONE if unchanged else self._program(verdict),
            longest=verdict.longest,
            over=self._over(verdict),
            copies=1,
            vnid=_or(NONE, verdict.vnid),
            ingress=_or(KEEP, verdict.ingress),
            tep=_or(KEEP, verdict.tep),
            origin=_or(KEEP, verdict.origin),
            local=int(verdict.local),
            copy=int(verdict.is_copy),
            unchanged=int(unchanged),
            remarked=int(bool(verdict.remark or verdict.loss)),
            linked=int(verdict.keeps_link),
            cut=NONE if verdict.cut is None else self._cut(verdict.cut),
        )
        return row if verdict.guard is None else row._replace(**self._guard(verdict))

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

    def _over(self, verdict: Forward) -> int:
        return NONE if verdict.limit is None else self._rejection(verdict.limit.reason)

    def _cut(self, cut: Cut) -> int:
        if cut not in self.cuts:
            self.cuts.append(cut)
        return self.cuts.index(cut)

    def _guard(self, verdict: Forward | Copies) -> dict[str, int]:
        if verdict.guard is None:
            return {}
        numbers = [self.number(otherwise) for otherwise in verdict.guard.otherwise]
        self._answered += numbers
        return {
            "checks": self.questions.number(verdict.guard.checks),
            "answers_at": len(self._answered) - len(numbers),
        }


def _or(otherwise: int, value: int | None) -> int:
    return otherwise if value is None else value
