"""Captures summed up one by one, and their sums added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dovetool.analysis.frame_selection import Picker, Window
from dovetool.analysis.group_sums import Amount, Part
from dovetool.capture.roles import Roles
from dovetool.errors import UsageError
from dovetool.jobs.looking import Looking
from dovetool.jobs.parting import OfRanges
from dovetool.jobs.summing import count, statistics_of
from dovetool.jobs.task import Outcome, Task
from dovetool.jobs.watch import Watch
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.analysis.column_statistics import ColumnStatistics
    from dovetool.analysis.statistics import Statistics
    from dovetool.errors import CorruptCaptureError
    from dovetool.observe.frame_filter import FrameFilter


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one capture.

    Attributes:
        parts: the counts, of one part of its frames after the other.
        start_ns: time of its first frame, in ns since 1970; None: it has none.
    """

    parts: tuple[Part, ...]
    start_ns: int | None


@dataclass(frozen=True, slots=True)
class Counting:
    """Counts the frames of the capture of a task.

    Attributes:
        keys: what traffic is summed up by.
        looking: how frames are looked at; its captures are not meant.
        window: the frames that may count.
        wanted: chooses among them.
        interval_ns: width of the bins of time; None: as wide as they have to be.
        over_time: what is counted over time.
        display_filter: chooses among the frames, as tshark says; None: all.
        decode_as: what tshark is to know about ports.
    """

    keys: tuple[str, ...]
    looking: Looking
    window: Window
    wanted: FrameFilter
    interval_ns: int | None
    over_time: Amount
    display_filter: str | None = None
    decode_as: Sequence[str] = ()

    def __call__(self, task: Task) -> tuple[Counted, CorruptCaptureError | None]:
        """Do it; raises what reading a capture does."""
        looking, picker = looking_at(self.looking, task), Picker(self.window)
        statistics, feed = statistics_of(self.keys, looking, picker, self.wanted, self.interval_ns, self.over_time)
        damage = count(looking, picker, feed, self.display_filter, list(self.decode_as))
        return Counted((statistics.part(),), picker.start_ns if picker.has_begun else None), damage


@dataclass(frozen=True, slots=True)
class CountingParts(OfRanges):
    """Counts the frames of large captures in parts.

    Attributes:
        counting: what is counted.
    """

    counting: Counting

    def allows(self, task: Task) -> bool:
        """What tshark chooses frames by may be about those before."""
        return self.counting.display_filter is None

    def whole(self, task: Task, done: Sequence[tuple[Task, Counted]]) -> Counted:
        """The counts of all."""
        starts = [counted.start_ns for _, counted in done if counted.start_ns is not None]
        return Counted(tuple(part for _, counted in done for part in counted.parts), starts[0] if starts else None)


def looking_at(looking: Looking, task: Task) -> Looking:
    """The same, of the capture of a task, and telling nobody."""
    return replace(looking, source=task.given, roles=Roles(), watch=Watch())


def refuse_counted_frames(window: Window) -> None:
    """Raise a UsageError where frames are chosen by what counts from the first frame of all captures."""
    if window.numbers or window.first_after_ns is not None or window.last_after_ns is not None:
        raise UsageError(
            "--frame, --from and --to by number or with a plus sign count from the first frame of all captures, which"
            " nobody looks for with --workers; give a time, as 2026-01-01T00:00:10Z"
        )


def add_up(outcomes: Iterable[Outcome[Counted]], statistics: Statistics | ColumnStatistics, picker: Picker) -> None:
    """Add all to `statistics`, which has counted nothing yet; `picker` gets to know the time of the first frame.

    Raises:
        UsageError: an interval of time is too short for all of them.
    """
    starts = []
    for outcome in outcomes:
        if outcome.result is not None:
            for part in outcome.result.parts:
                statistics.take_in(part)
            starts.append(outcome.result.start_ns)
    picker.start_ns = min((start for start in starts if start is not None), default=0)
