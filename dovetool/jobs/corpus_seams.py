"""Captures that follow each other, as the files of a rotated one do: packets whose pieces lie in two of them.

Who works on a capture alone gives up what is not whole at its end. So what was waited for there comes along with its
result. Where the next capture is of the same row by its name, and goes on at that time and by the same interfaces, both
are done once more by the process that shares out the work: the first without these pieces, the second with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dovetool.capture.batch import Batch, Interface
from dovetool.capture.merging.labels import series_of
from dovetool.engine.part_work import Seams
from dovetool.jobs.job import Finished
from dovetool.jobs.opening import open_capture
from dovetool.jobs.problem_files import kept
from dovetool.jobs.task import FAILURES, Outcome, problem_of

if TYPE_CHECKING:
    from dovetool.engine.reassembly import Held
    from dovetool.jobs.corpus_rewriting import Rewrite

_JOINED = "where packets in pieces lie in two captures, they are whole in the second one"


def joined_up(outcomes: Iterator[Outcome[Finished]], rewrite: Rewrite) -> Iterator[Outcome[Finished]]:
    """The same outcomes; of captures between which packets lie, what became of them when they were done once more."""
    before: Outcome[Finished] | None = None
    for outcome in outcomes:
        if before is None:
            before = outcome
            continue
        now, before = _joined(before, outcome, rewrite)
        yield now
    if before is not None:
        yield before


def _joined(
    first: Outcome[Finished], second: Outcome[Finished], rewrite: Rewrite
) -> tuple[Outcome[Finished], Outcome[Finished]]:
    if first.result is None or second.result is None:
        return first, second
    began, ended = first.result.held
    if not ended or not _goes_on(ended, first.task.source, second.task.source, rewrite.job.bounds.timeout_ns):
        return first, second
    return (
        _again(first, Seams(1, goes_on=True, held=began), rewrite),
        _again(second, Seams(1, goes_on=False, held=ended), rewrite),
    )


def _again(outcome: Outcome[Finished], seams: Seams, rewrite: Rewrite) -> Outcome[Finished]:
    try:
        result = rewrite.again(outcome.task, seams)
    except FAILURES as error:
        return outcome._replace(result=None, problem=kept(outcome.task, problem_of(outcome.task.source, error)))
    return outcome._replace(result=replace(result, remarks=(*result.remarks, _JOINED)))


class _Start(NamedTuple):
    """How a capture begins."""

    ts_ns: int
    interfaces: list[Interface]


def _goes_on(held: Held, first: Path, second: Path, timeout_ns: int) -> bool:
    """Say whether a capture is a part of the same rotated one, and begins while the pieces held are waited for."""
    if series_of(first) != series_of(second):
        return False
    seen_ns = max(packet.since_ns for _, packet in held)
    before, after = _start(first), _start(second)
    if before is None or after is None or before.interfaces != after.interfaces:
        return False
    return seen_ns <= after.ts_ns <= seen_ns + timeout_ns


def _start(path: Path) -> _Start | None:
    """None where a capture has no frame, or none can be read, as its own task has told."""
    with suppress(*FAILURES), open_capture(path) as reader:
        batches = (item for item in reader if isinstance(item, Batch) and len(item))
        return next((_Start(int(batch.ts_ns[0]), list(batch.interfaces)) for batch in batches), None)
    return None
