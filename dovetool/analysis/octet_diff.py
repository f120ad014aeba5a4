"""What a stage made of the octets of a frame: which stayed, which went, which came, which are others now."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from dovetool.values import dataclass
from dovetool.verdict.verdict import Forward


class RunKind(StrEnum):
    """What became of octets."""

    SAME = "same"
    REMOVED = "removed"
    INSERTED = "inserted"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Run:
    """Octets side by side that had the same fate.

    Attributes:
        kind: what became of them.
        before_at: where they stand in the old frame, or would.
        after_at: where they stand in the new one, or would.
        before: the old octets; none where they are new.
        after: the new octets; none where they are gone.
    """

    kind: RunKind
    before_at: int
    after_at: int
    before: bytes = b""
    after: bytes = b""


def difference(before: bytes, after: bytes, way: Forward) -> list[Run]:
    """Compare a frame with what one way of a verdict made of it; the runs cover all octets of both."""
    runs: list[Run] = []
    at = made = 0
    end = max(len(before) - way.trim, 0)
    for splice in way.splices:
        kept = min(splice.offset, end) - at
        runs += _kept(before, after, at, made, kept)
        at, made = at + kept, made + kept
        if splice.cut:
            gone = before[at : min(at + splice.cut, end)]
            runs.append(Run(RunKind.REMOVED, at, made, before=gone))
            at += len(gone)
        if splice.insert:
            new = after[made : made + len(splice.insert)]
            runs.append(Run(RunKind.INSERTED, at, made, after=new))
            made += len(new)
    kept = min(max(len(after) - made, 0), max(len(before) - at, 0))
    runs += _kept(before, after, at, made, kept)
    if at + kept < len(before):
        runs.append(Run(RunKind.REMOVED, at + kept, made + kept, before=before[at + kept :]))
    return runs


def _kept(before: bytes, after: bytes, at: int, made: int, length: int) -> Iterator[Run]:
    """Octets that no splice touches; patches may have changed some of them."""
    if before[at : at + length] == after[made : made + length]:
        if length > 0:
            yield Run(RunKind.SAME, at, made, before[at : at + length], after[made : made + length])
        return
    start = 0
    while start < length:
        same = before[at + start] == after[made + start]
        end = start + 1
        while end < length and (before[at + end] == after[made + end]) == same:
            end += 1
        old, new = before[at + start : at + end], after[made + start : made + end]
        yield Run(RunKind.SAME if same else RunKind.CHANGED, at + start, made + start, old, new)
        start = end
