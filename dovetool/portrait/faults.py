"""What `validate` finds in captures, put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dovetool.analysis.findings import Entry
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
        places: of the first of them the file, empty where there is one alone, and the number there.
    """

    severity: str
    reason: str
    text: str
    about: str
    basis: str
    frames: int
    places: list[tuple[str, int]]


def faults_of(entries: Iterable[Entry]) -> list[Fault]:
    """Findings, the weightiest first, then those of the most frames."""
    weights = [str(severity) for severity in _WEIGHTS]
    return sorted(map(_fault, entries), key=lambda fault: (weights.index(fault.severity), -fault.frames, fault.reason))


def _fault(entry: Entry) -> Fault:
    kind, places = entry.finding.kind, entry.places
    meaning, basis = kind.rule.meaning, entry.finding.basis
    return Fault(str(kind.severity), kind.reason, entry.text, meaning, basis, entry.count, places)
