"""`stats --plot`: what was counted, as a picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from dovetool.analysis.group_sums import MOST_SERIES, Amount
from dovetool.errors import UsageError
from dovetool.jobs.ranking import Sort, order_of, ranked
from dovetool.observe.by import By
from dovetool.values import dataclass
from dovetool.views.key_columns import key_label
from dovetool.views.paper import Paper

if TYPE_CHECKING:
    from collections.abc import Callable

    from dovetool.analysis.column_statistics import ColumnStatistics
    from dovetool.analysis.frame_selection import Picker
    from dovetool.analysis.groups import Group, Groups
    from dovetool.analysis.statistics import Statistics
    from dovetool.jobs.looking import Looking
    from dovetool.views.bar_chart import BarChart
    from dovetool.views.rate_plot import Line, RatePlot

_NOUNS = {Amount.FRAMES: "Frames", Amount.OCTETS: "Octets", Amount.OVERHEAD: "Octets of tunnels and tags"}
_AMOUNTS = {Sort.FRAMES: Amount.FRAMES, Sort.OVERHEAD: Amount.OVERHEAD}
_MOST_LINES = 5
_AROUND_BARS = 3
"""Rows for the title, and for what is said below."""
_BELOW_LINES = 1
"""Rows for what is said below; the picture has its own title."""


@dataclass(frozen=True, slots=True)
class Plotting:
    """What is drawn.

    Attributes:
        keys: what traffic is summed up by: the keys without the time, unless that is the only one.
        has_lines: lines over time are drawn, else bars.
        order: what groups are sorted by.
        top: how many are drawn; 0: all; None: as many as are easily read.
    """

    keys: tuple[str, ...]
    has_lines: bool
    order: Sort | int
    top: int | None

    @classmethod
    def of(cls, keys: tuple[str, ...], sort: str | None, top: int | None) -> Self:
        """What the options ask for.

        Raises:
            UsageError: it cannot be sorted or drawn like that.
        """
        if By.TIME not in keys:
            return cls(keys, False, order_of(sort or Sort.OCTETS, keys), top)
        others = tuple(key for key in keys if key != By.TIME)
        order = order_of(sort if sort and sort != By.TIME else Sort.OCTETS, others or keys)
        if not others and order is Sort.OVERHEAD:
            raise UsageError("--sort overhead: what tunnels cost is not kept by time alone; --by time,vnid has it")
        return cls(others or keys, True, order, top)

    @property
    def over_time(self) -> Amount:
        """What the picture shows, over time or in sum."""
        return _AMOUNTS.get(self.order, Amount.OCTETS) if isinstance(self.order, Sort) else Amount.OCTETS

    def show(self, statistics: Statistics | ColumnStatistics, looking: Looking, picker: Picker) -> None:
        """Print the picture, and below it what there is besides.

        Raises:
            UsageError: there are more groups than are kept over time.
        """
        from rich.text import Text

        from dovetool.views.statistics import remarks
        from dovetool.views.terminal import make_console

        del looking, picker  # names are in the groups, times in UTC
        paper, groups, more = Paper.of_stdout(), ranked(statistics.groups(), self.order, None), 0
        parts = []
        if len(groups) and self.has_lines:
            parts.append(self._plot(statistics, groups).text(replace(paper, height=paper.height - _BELOW_LINES)))
        elif len(groups):
            shown = groups[: self.top or len(groups) if self.top is not None else max(1, paper.height - _AROUND_BARS)]
            more = len(groups) - len(shown)
            parts.append(self._chart(statistics, shown).text(paper))
        console = make_console(paper.width)
        for part in (*parts, *remarks(statistics.totals, more)):
            console.print(Text.from_ansi(part), soft_wrap=True)

    def _chart(self, statistics: Statistics | ColumnStatistics, groups: Groups) -> BarChart:
        from dovetool.views.bar_chart import BarChart

        amounts: dict[Amount, Callable[[Group], int]] = {
            Amount.FRAMES: lambda group: sum(group.frames),
            Amount.OCTETS: lambda group: sum(group.octets),
            Amount.OVERHEAD: lambda group: group.overhead,
        }
        totals, of = statistics.totals, amounts[self.over_time]
        whole = {Amount.FRAMES: totals.frames, Amount.OCTETS: totals.octets, Amount.OVERHEAD: totals.overhead}
        bars = [(self._label(group), of(group)) for group in groups]
        return BarChart(f"{_NOUNS[self.over_time]} by {','.join(self.keys)}", bars, whole[self.over_time])

    def _plot(self, statistics: Statistics | ColumnStatistics, groups: Groups) -> RatePlot:
        from dovetool.views.rate_plot import Line, RatePlot

        bins, by = statistics.bins, ",".join(self.keys)
        if self.keys == (By.TIME,):  # its groups lie in order, those without a frame too
            counted, by = groups.frames if self.over_time is Amount.FRAMES else groups.octets, ""
            lines = [Line("", counted.sum(axis=1).tolist())]
        else:
            lines = self._lines(groups)
        return RatePlot(lines, bins.width_ns, bins.first * bins.width_ns, self.over_time is Amount.FRAMES, by)

    def _lines(self, groups: Groups) -> list[Line]:
        """A line for each of the first groups, and one for the sum of all others."""
        from dovetool.views.rate_plot import Line

        series = groups.series
        if not series.shape[1]:
            raise UsageError(
                f"--plot: {len(groups):,} groups, and rates are kept for {MOST_SERIES:,}: choose some, as by --vnid"
            )
        most = _MOST_LINES if self.top is None else self.top or len(groups)
        shown, others = groups[:most], groups[most:]
        lines = [Line(self._label(group), series[row].tolist()) for group, row in zip(shown, shown.order, strict=True)]
        if others:
            lines.append(Line(f"{len(others):,} more", series[others.order].sum(axis=0).tolist(), is_rest=True))
        return lines

    def _label(self, group: Group) -> str:
        from dovetool.observe.grouping import key_names

        return key_label(self.keys, dict(zip(key_names(self.keys), group.key, strict=True)))
