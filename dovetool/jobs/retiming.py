"""Other times planned: frames stay, and are said to have come earlier or later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.jobs.amounts import shift_named
from dovetool.jobs.plan import Plan
from dovetool.stages.keep import Keep

if TYPE_CHECKING:
    from dovetool.capture.open_capture import OpenCapture


def retiming(shift: str) -> Plan:
    """Add a span to the time of each frame."""
    span_ns = shift_named(shift)

    def moved(reader: OpenCapture) -> OpenCapture:
        from dovetool.capture.shifting import ShiftedReader

        return ShiftedReader(reader, span_ns)

    return Plan("time", lambda _: [Keep("time")], keeps_link=True, as_they_are=True, reading=moved)
