"""Statistics of the rows that are shown, counted beside the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dovetool.analysis.group_sums import Totals
from dovetool.analysis.groups import Group, Groups
from dovetool.analysis.indexed.chosen_rows import ChosenRows
from dovetool.analysis.statistics import Statistics
from dovetool.browse.session import Session
from dovetool.errors import DovetoolError
from dovetool.observe.by import By
from dovetool.observe.grouping import COLUMNS, LATER, Grouping, detail_of
from dovetool.views.key_columns import KEY_COLUMNS

_AT_ONCE = 1 << 15


class GroupCounts:
    """Counts groups; one thread calls `count_all`, others see what is there.

    Attributes:
        by: what is summed up by.
        groups: as far as they were counted, by octets.
        totals: of all rows that were counted.
        counted: rows that were counted.
        error: what went wrong; it is not gone on from there.
    """

    def __init__(self, session: Session, by: By, chosen: ChosenRows) -> None:
        self._session, self.by, self._chosen = session, by, chosen
        self.groups: Groups | None = None
        self.totals = Totals()
        self.counted = 0
        self.error: DovetoolError | None = None

    def count_all(self, goes_on: Callable[[], bool]) -> None:
        """Count all rows that are shown now."""
        names = self._session.names
        observe = self._session.observe(detail_of(self.by, names), LATER[self.by])
        statistics = Statistics(Grouping(self.by, observe, names))
        count = len(self._chosen)
        try:
            while self.counted < count and goes_on():
                rows = self._chosen.rows(self.counted, min(self.counted + _AT_ONCE, count))
                for batch in self._session.capture.batches(rows):
                    statistics.feed(batch)
                self.counted += len(rows)
        except DovetoolError as error:
            self.error = error
        groups = statistics.groups()
        self.totals = statistics.totals
        self.groups = groups.ranked(-groups.octets.sum(axis=1))

    def key(self, group: Group) -> dict[str, str | int | None]:
        """The parts of the key of a group by their names."""
        return dict(zip(COLUMNS[self.by], group.key, strict=True))

    def heads(self) -> list[tuple[str, bool]]:
        """The heads of the columns of the key, and whether they are numbers; names only with a map."""
        shown = (column for column in KEY_COLUMNS[self.by] if self._session.has_map or not column.is_name)
        return [(column.head, column.is_number) for column in shown]

    def cells(self, group: Group) -> Sequence[str]:
        """What stands in these columns of a group."""
        key = self.key(group)
        shown = (column for column in KEY_COLUMNS[self.by] if self._session.has_map or not column.is_name)
        return [column.text(key) for column in shown]
