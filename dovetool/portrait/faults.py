"""What `validate` finds in captures, put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dovetool.analysis.findings import MOST_NUMBERS, Entry
from dovetool.belonging.rule import Severity

_WEIGHTS = tuple(Severity)


class Fault(NamedTuple):
    """A finding.

    Attributes:
        severity: how much it weighs.
        reason: its stable name.
        text: what was found, and what was expected.
        about: what holds of all with the reason.
        basis: the RFC section or the entry of the map that it rests on.
        frames: how many have it.
        places: the first of them: place of the capture, and number of the frame.
    """

    severity: str
    reason: str
    text: str
    about: str
    basis: str
    frames: int
    places: list[tuple[int, int]]


def faults_of(captures: Iterable[Sequence[Entry]]) -> list[Fault]:
    """The findings of some captures, the weightiest first, then those of the most frames."""
    found: dict[tuple[str, str], Fault] = {}
    for place, entries in enumerate(captures):
        for entry in entries:
            fault = _fault(place, entry)
            known = found.get((fault.reason, fault.text))
            if known is not None:
                places = [*known.places, *fault.places][:MOST_NUMBERS]
                fault = known._replace(frames=known.frames + fault.frames, places=places)
            found[fault.reason, fault.text] = fault
    weights = [str(severity) for severity in _WEIGHTS]
    return sorted(found.values(), key=lambda fault: (weights.index(fault.severity), -fault.frames, fault.reason))


def _fault(place: int, entry: Entry) -> Fault:
    kind = entry.finding.kind
    return Fault(
        str(kind.severity),
        kind.reason,
        entry.text,
        kind.rule.meaning,
        entry.finding.basis,
        entry.count,
        [(place, number) for number in entry.numbers],
    )
