"""Sum up the frames of a capture by what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dovetool.analysis.group_sums import Amount
from dovetool.jobs.columns import column_named
from dovetool.observe.by import By

if TYPE_CHECKING:
    from dovetool.analysis.column_statistics import ColumnStatistics
    from dovetool.analysis.frame_selection import Picker
    from dovetool.analysis.statistics import Statistics
    from dovetool.capture.batch import Batch
    from dovetool.errors import CorruptCaptureError
    from dovetool.jobs.looking import Looking
    from dovetool.observe.frame_filter import FrameFilter


def keys_named(words: list[str] | None) -> tuple[str, ...]:
    """The keys that words name, which may have several with commas between them.

    Raises:
        UsageError: one is none.
    """
    if not words:
        return (By.VNID,)
    parts = [part.strip() for word in words for part in word.split(",")]
    known = tuple(By)
    return tuple(dict.fromkeys(By(part) if part in known else column_named(part, "--by", known) for part in parts))


def statistics_of(
    keys: tuple[str, ...],
    looking: Looking,
    picker: Picker,
    wanted: FrameFilter,
    interval_ns: int | None,
    over_time: Amount,
) -> tuple[Statistics | ColumnStatistics, Callable[[Batch], object]]:
    """Counts frames, and what takes the batches of the capture; one key of its own takes the least time."""
    names = looking.names
    if len(keys) == 1 and keys[0] in tuple(By):
        from dovetool.analysis.statistics import Statistics
        from dovetool.observe.grouping import LATER, Grouping, detail_of

        by = By(keys[0])
        observe = looking.observe(detail_of(by, names) | wanted.detail, LATER[by])
        statistics = Statistics(Grouping(by, observe, names, wanted), interval_ns, over_time)
        return statistics, lambda batch: statistics.feed(picker.picked(batch))
    from dovetool.analysis.column_statistics import ColumnStatistics
    from dovetool.analysis.frame_selection import Finder
    from dovetool.analysis.frame_summary import Sight
    from dovetool.observe.observe import Detail

    judge = looking.judge() if "verdict" in keys else None
    sight = Sight(looking.observe(wanted.detail, later=Detail.ALL), names, judge, wanted)
    columns = ColumnStatistics(Finder(sight, picker), keys, interval_ns, over_time)
    return columns, columns.feed


def count(
    looking: Looking,
    picker: Picker,
    feed: Callable[[Batch], object],
    display_filter: str | None,
    decode_as: list[str],
) -> CorruptCaptureError | None:
    """Count the picked frames of a capture; returns what is wrong with it from some point on."""

    def take(batch: Batch) -> bool:
        feed(batch)
        return not picker.is_done(batch)

    if display_filter is None:
        return looking.feed("stats", take)
    from dovetool.jobs.asking_tshark import filtered, refuse_custom_block

    with filtered(looking, picker, display_filter, decode_as) as chosen:
        return chosen.feed("stats", take, refuse_custom_block)
