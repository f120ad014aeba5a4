"""Traffic, summed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dovetool.analysis.frame_selection import Picker
from dovetool.analysis.group_sums import Amount
from dovetool.api import asking, checks
from dovetool.errors import UsageError
from dovetool.jobs.ranking import Sort, order_of, ranked
from dovetool.jobs.summing import count, keys_named, statistics_of
from dovetool.observe.by import By
from dovetool.views.sheet import Sheet
from dovetool.views.statistics import StatisticsTable, remarks
from dovetool.vnid_map.texts import time_text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dovetool.api.reading import Reading

_MOST_ROWS = 50


class Statistics(Sequence[Mapping[str, Any]]):
    """What was counted, group by group: a sequence of mappings, with the keys of `dovetool stats --json`.

    >>> import dovetool
    >>> stats = dovetool.open("samples/demo/taps/3-underlay.pcapng").stats(by="vnid")
    >>> [(group["vnid"], group["frames"]) for group in stats]
    [(5002, 7), (5001, 5), (5003, 1)]
    """

    def __init__(self, table: StatisticsTable) -> None:
        """Internal: `Capture.stats` makes it."""
        self._by, self._totals, self._record = tuple(map(str, table.by)), table.totals, table.as_json()

    @property
    def by(self) -> tuple[str, ...]:
        """What traffic was summed up by."""
        return self._by

    @property
    def frames(self) -> int:
        """Frames that were counted."""
        return self._totals.frames

    @property
    def octets(self) -> int:
        """Their octets on the wire."""
        return self._totals.octets

    @property
    def overhead(self) -> int:
        """Octets of these that tunnels and tags cost."""
        return self._totals.overhead

    def as_dict(self) -> dict[str, Any]:
        """What `dovetool stats --json` prints."""
        return self._record

    @property
    def _groups(self) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = self._record["groups"]
        return groups

    def __getitem__(self, at: Any) -> Any:  # noqa: ANN401  (a group, or a list of them)
        return self._groups[at]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statistics) and self._record == other._record

    __hash__ = None  # type: ignore[assignment]  # it is a sequence of mappings

    def __repr__(self) -> str:
        return f"<Statistics by {','.join(self.by)}: {len(self):,} groups, {self.frames:,} frames>"

    def _sheet(self) -> Sheet:
        names = list(dict.fromkeys(name for group in self._groups[:_MOST_ROWS] for name in group if name != "series"))
        rows = [[_shown(name, group.get(name)) for name in names] for group in self._groups[:_MOST_ROWS]]
        heads = [name.removesuffix("_ns") for name in names]
        more = len(self) - len(rows)
        said = [f"{more:,} more groups"] if more else []
        return Sheet(f"Traffic by {', '.join(self.by)}", heads, rows, [*said, *remarks(self._totals, 0)])

    def __rich__(self) -> RenderableType:
        return self._sheet().rich()

    def _repr_html_(self) -> str:
        return self._sheet().html()


def _shown(name: str, value: object) -> object:
    """Times as people read them; numbers that are names have no commas."""
    if name in ("first_ns", "last_ns") and isinstance(value, int):
        return time_text(value)
    return value if name in ("frames", "octets", "overhead") or not isinstance(value, int) else str(value)


def statistics(
    reading: Reading,
    by: asking.Words,
    sort: str | None,
    top: int | None,
    interval: float | None,
) -> Statistics:
    """Sum up a capture; see `Capture.stats`."""
    if top is not None:
        checks.checked(top=(top, 0, 1 << 62))
    if interval is not None and not 0.001 <= interval <= 1e9:
        raise UsageError(f"interval={interval}: expected seconds, 0.001..1e9")
    looking, selection = reading.looking, reading.selection
    with asking.in_python():
        keys = keys_named(asking.some_of("by", by))
        order = order_of(sort or (Sort.FIRST if keys == (By.TIME,) else Sort.OCTETS), keys)
        picker, wanted = Picker(selection.window()), selection.wanted(looking.names)
        interval_ns = None if interval is None else round(interval * 10**9)
        counted, feed = statistics_of(keys, looking, picker, wanted, interval_ns, Amount.OCTETS)
        damage = count(looking, picker, feed, selection.filter, list(reading.decode_as))
    groups = ranked(counted.groups(), order, top or None)
    groups = groups[:top] if top else groups
    has_map = looking.names.vnid_map is not None
    table = StatisticsTable(keys, groups, counted.totals, counted.bins.width_ns, picker.start_ns, has_map)
    return asking.undamaged(Statistics(table), damage)
