"""Other times planned: frames stay, and are said to have come earlier or later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dovetool.errors import UsageError
from dovetool.jobs.plan import Plan
from dovetool.stages.keep import Keep

if TYPE_CHECKING:
    from dovetool.capture.open_capture import OpenCapture

_SHIFT = re.compile(r"([+-]?)(\d{1,12})(?:\.(\d{1,9}))?s?", re.ASCII)


def shift_named(word: str) -> int:
    """A span in ns, written in seconds with a sign; a UsageError for what is none."""
    match = _SHIFT.fullmatch(word.strip())
    if match is None:
        raise UsageError(f"--shift {word}: expected seconds with a sign, as in +1.5 or -0.000001")
    sign, seconds, fraction = match.groups()
    span_ns = int(seconds) * 1_000_000_000 + int((fraction or "").ljust(9, "0"))
    return -span_ns if sign == "-" else span_ns


def retiming(shift: str) -> Plan:
    """Add a span to the time of each frame."""
    span_ns = shift_named(shift)

    def moved(reader: OpenCapture) -> OpenCapture:
        from dovetool.capture.shifting import ShiftedReader

        return ShiftedReader(reader, span_ns)

    return Plan("time", lambda _: [Keep("time")], keeps_link=True, as_they_are=True, reading=moved)
