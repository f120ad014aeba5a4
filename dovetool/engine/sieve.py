"""Duplicates kept out of a run: they are rejected before its first stage, and counted there."""

from __future__ import annotations

from collections import Counter
from dataclasses import field

import numpy as np

from dovetool.capture.batch import Batch
from dovetool.engine.counts import REASONS
from dovetool.engine.duplicates import Duplicates
from dovetool.engine.side_outputs import Rejects
from dovetool.engine.tally import Tally
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason

_DUPLICATE = REASONS.index(Reason.DUPLICATE)


@dataclass(slots=True)
class Sieve:
    """Lets no duplicate through.

    Attributes:
        duplicates: knows them.
    """

    duplicates: Duplicates
    _octets: int = field(init=False, default=0)

    def sifted(self, batch: Batch, rejects: Rejects | None) -> Batch:
        """The frames of a batch that are none; the others are kept with the rejected ones."""
        flags = self.duplicates.of(batch)
        rows = np.flatnonzero(flags)
        if not len(rows):
            return batch
        rejected = batch.take(rows)
        self._octets += int(rejected.wire_len.sum())
        if rejects is not None:
            rejects.write(rejected, REASONS, np.full(len(rows), _DUPLICATE))
        return batch.take(np.flatnonzero(~flags))

    def add_to(self, tally: Tally) -> None:
        """Count those that were rejected."""
        found = self.duplicates.found
        if found:
            tally.add(Tally(tally.stage, frames_in=found, rejected=_counted(found), bytes_in=self._octets))


def _counted(found: int) -> Counter[str]:
    return Counter({str(Reason.DUPLICATE): found})
