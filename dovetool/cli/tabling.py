"""`stats` without `--plot`: what was counted, as a table, as JSON or as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from dovetool.analysis.group_sums import Amount
from dovetool.cli.showing import show
from dovetool.jobs.looking import Looking
from dovetool.jobs.ranking import Sort, order_of, ranked
from dovetool.observe.by import By
from dovetool.values import dataclass
from dovetool.views.statistics import StatisticsTable

if TYPE_CHECKING:
    from dovetool.analysis.column_statistics import ColumnStatistics
    from dovetool.analysis.frame_selection import Picker
    from dovetool.analysis.statistics import Statistics

_MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Tabling:
    """What is shown.

    Attributes:
        keys: what traffic is summed up by.
        order: what groups are sorted by.
        most: how many are shown; 0: all.
        form: what they are shown as.
    """

    keys: tuple[str, ...]
    order: Sort | int
    most: int
    form: Literal["table", "json", "csv"]

    @classmethod
    def of(cls, keys: tuple[str, ...], sort: str | None, top: int | None, *, as_json: bool, as_csv: bool) -> Self:
        """What the options ask for.

        Raises:
            UsageError: it cannot be sorted like that.
        """
        order = order_of(sort or (Sort.FIRST if keys == (By.TIME,) else Sort.OCTETS), keys)
        form: Literal["table", "json", "csv"] = "json" if as_json else "csv" if as_csv else "table"
        return cls(keys, order, top if top is not None else _MOST_ROWS if form == "table" else 0, form)

    @property
    def over_time(self) -> Amount:
        """What the series of a group counts."""
        return Amount.OCTETS

    def show(self, statistics: Statistics | ColumnStatistics, looking: Looking, picker: Picker) -> None:
        """Print it."""
        groups = ranked(statistics.groups(), self.order, self.most or None)
        if self.most and self.form != "table":
            groups = groups[: self.most]
        has_map = looking.names.vnid_map is not None
        report = StatisticsTable(
            self.keys, groups, statistics.totals, statistics.bins.width_ns, picker.start_ns, has_map
        )
        if self.form == "json":
            report.write_json()
        elif self.form == "csv":
            report.write_csv()
        else:
            show(lambda width: report.shown(self.most, width))
