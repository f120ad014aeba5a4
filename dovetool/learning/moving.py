"""Whether an address that sent from several TEPs moved from one to another, or is at all of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dovetool.learning.facts import GuestFacts, Run

_MOST_MOVES = 2
MOST_OVERLAP_NS = 5_000_000_000
"""So long a live migration may be seen at both places."""


def have_moved(runs: Sequence[Run]) -> bool:
    """Say whether a VM was at one place after the other, and not at several at once."""
    in_turn = all(one.span.last_ns < other.span.first_ns for one, other in pairwise(runs))
    return in_turn and len(runs) <= _MOST_MOVES + 1


def migration_of(facts: GuestFacts) -> tuple[Run, Run] | None:
    """The two places of a VM that is at both for a short time, as live migration has it; None where it did not move."""
    whole = [Run(tep, visit.whole) for tep, visit in facts.places.items()]
    if len(whole) != 2:
        return None
    old, new = sorted(whole, key=lambda run: run.span.first_ns)
    overlap = old.span.last_ns - new.span.first_ns
    is_short = overlap < min(MOST_OVERLAP_NS, (new.span.last_ns - old.span.first_ns) // 3)
    return (old, new) if is_short and old.span.last_ns < new.span.last_ns else None


def stays_of(facts: GuestFacts) -> tuple[Run, ...]:
    """The places of a VM that moved, one after the other; none where it did not."""
    if len(facts.places) < 2:
        return ()
    runs = facts.runs()
    return tuple(runs) if have_moved(runs) else migration_of(facts) or ()
