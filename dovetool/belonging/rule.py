"""What holds for all findings of a kind: how much they weigh, what they mean, what they rest on."""

from __future__ import annotations

from enum import StrEnum

from dovetool.values import dataclass


class Severity(StrEnum):
    """How much a finding weighs, most first.

    A warning may have an innocent explanation that the capture does not show; an info is no fault at all.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for all findings of a kind.

    Attributes:
        reason: its stable name; that of the reason where a stage would reject the frame for the same.
        severity: how much it weighs.
        meaning: what is wrong with the frame, as the end of a sentence that begins with `the frame`.
        source: the RFC section or the entry of the map that it rests on.
    """

    reason: str
    severity: Severity
    meaning: str
    source: str
