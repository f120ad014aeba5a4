"""Duplicates planned for: which frames are such, and a run that does no more than reject them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.errors import UsageError
from dovetool.jobs.amounts import span_named
from dovetool.jobs.plan import Plan
from dovetool.stages.keep import Keep

if TYPE_CHECKING:
    from dovetool.engine.duplicates import Duplicates
    from dovetool.jobs.looking import Looking

WINDOW = "2ms"
"""How far apart in time the copies of a packet are at most, where nobody says so."""


def duplicates_of(looking: Looking, option: str, window: str, *, across_networks: bool = False) -> Duplicates:
    """What knows the duplicates of a capture.

    Args:
        looking: the capture.
        option: what the window was given by.
        window: a span of time in words.
        across_networks: packets of two networks may be the same.

    Raises:
        UsageError: it is none.
    """
    from dovetool.engine.duplicates import Duplicates
    from dovetool.observe.observe import Detail

    return Duplicates(looking.observe(Detail.TUNNELS), span_named(option, window), across_networks)


def duplicates_wanted(
    looking: Looking, window: str | None, *, wanted: bool, across_networks: bool
) -> Duplicates | None:
    """The same where it is wanted; what else is said makes no sense without that, and raises a UsageError."""
    if not wanted:
        if window is not None or across_networks:
            raise UsageError(f"{'--dedup-window' if window is not None else '--across-networks'}: is for --dedup")
        return None
    return duplicates_of(looking, "--dedup-window", window or WINDOW, across_networks=across_networks)


def deduplication(looking: Looking, window: str, *, across_networks: bool) -> Plan:
    """Reject duplicates, and forward all other frames as they are; packets of two networks may be such."""
    found = duplicates_of(looking, "--window", window, across_networks=across_networks)
    return Plan("dedup", lambda _: [Keep("dedup")], keeps_link=True, as_they_are=True, duplicates=found)
