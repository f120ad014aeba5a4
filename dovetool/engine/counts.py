"""What a stage has done so far, counted by verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dovetool.engine.tally import Tally
from dovetool.engine.verdict_table import NONE, VerdictTable
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason

REASONS = [str(reason) for reason in Reason]
"""By the numbers that stand for them in columns."""


@dataclass(slots=True)
class Counts:
    """Counts of a stage.

    Attributes:
        stage: its name.
        bytes_in: octets on the wire of the frames that came in.
        bytes_out: of those that went on.
        fragments: beyond the first of a packet.
        had_fcs: frames that ended in a frame check sequence.
    """

    stage: str
    bytes_in: int = 0
    bytes_out: int = 0
    fragments: int = 0
    had_fcs: int = 0
    _by_verdict: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    _past: Tally | None = None

    def add(self, counts: NDArray[np.int64]) -> None:
        """Count frames by the number of their verdict."""
        if len(counts) > len(self._by_verdict):
            self._by_verdict = np.concatenate(
                [self._by_verdict, np.zeros(2 * len(counts) - len(self._by_verdict), np.int64)]
            )
        self._by_verdict[: len(counts)] += counts

    def settled(self, table: VerdictTable, absorbed: int) -> Counts:
        """The same counts, from when on other verdicts have the numbers; arguments as of `tally`."""
        return Counts(self.stage, _past=self.tally(table, absorbed))

    def tally(self, table: VerdictTable, absorbed: int) -> Tally:
        """What happened so far.

        Args:
            table: the verdicts that were counted by number.
            absorbed: pieces that went into a packet, all but one of each.
        """
        tally = Tally(self.stage, bytes_in=self.bytes_in, bytes_out=self.bytes_out)
        tally.frames_in = tally.absorbed = absorbed
        tally.replicas = self.fragments
        tally.notes += Counter({str(Reason.FCS_REMOVED): self.had_fcs})
        columns = [table.column(name) for name in ("copies", "rejected", "unchanged", "vnid")]
        for number in np.flatnonzero(self._by_verdict).tolist():
            _count(tally, int(self._by_verdict[number]), table, number, *(int(column[number]) for column in columns))
        if self._past is not None:
            tally.add(self._past)
        tally.check()
        return tally


def _count(  # noqa: PLR0913, PLR0917  (a number each)
    tally: Tally, count: int, table: VerdictTable, number: int, copies: int, rejected: int, unchanged: int, vnid: int
) -> None:
    tally.frames_in += count
    if rejected != NONE:
        tally.rejected[REASONS[rejected]] += count
        return
    tally.forwarded += count
    tally.replicas += count * (copies - 1)
    tally.unchanged += count * (unchanged == 1)
    if vnid != NONE:
        tally.vnids[vnid] += count
    for note in getattr(table.verdicts[number], "notes", ()):
        tally.notes[str(note)] += count
    for kind in getattr(table.verdicts[number], "loss", ()):
        tally.loss[kind] += count
