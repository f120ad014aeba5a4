"""What was counted in a capture, as a table, as JSON and as CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dovetool.analysis.group_sums import Totals
from dovetool.analysis.groups import Group
from dovetool.observe.by import By
from dovetool.observe.grouping import TWO_WAYS, key_names
from dovetool.values import dataclass
from dovetool.views.fitting import Column, fitted_table
from dovetool.views.key_columns import key_columns
from dovetool.views.numbers import percent, seconds_text, sparkline
from dovetool.views.plain import printable
from dovetool.vnid_map.texts import time_text

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


_WAYS = {
    By.TEP: ("Sent", "Received", "Octets sent", "received"),
    By.HOST: ("Sent", "Received", "Octets sent", "received"),
    By.VM: ("Sent", "Received", "Octets sent", "received"),
    By.CONVERSATION: ("A > B", "B > A", "Octets A > B", "B > A"),
}
_JSON_WAYS = {
    **dict.fromkeys((By.TEP, By.HOST, By.VM), ("sent", "received")),
    By.CONVERSATION: ("a_to_b", "b_to_a"),
}
_SPARK = 16
_BAR = 20


@dataclass(frozen=True, slots=True)
class StatisticsTable:
    """What is to be shown.

    Attributes:
        by: what traffic was summed up by, one key or several.
        groups: what was counted, in the order in which it is to be shown.
        totals: what was counted of all frames.
        width_ns: width of the bins of a group's series.
        start_ns: time of the capture's first frame, from which times are counted, in ns since 1970.
        named: there is a map, and so there are names.
    """

    by: tuple[str, ...]
    groups: Sequence[Group]
    totals: Totals
    width_ns: int
    start_ns: int
    named: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what the keys are made of."""
        return key_names(self.by)

    @property
    def _is_time(self) -> bool:
        return self.by == (By.TIME,)

    @property
    def _two_ways(self) -> By | None:
        """The key by which the two directions of a group are told apart; ends count before conversations."""
        found = [By(word) for word in self.by if word in TWO_WAYS]
        return min(found, key=lambda by: by is By.CONVERSATION) if found else None

    def shown(self, most: int, width: int) -> Iterator[Table | Text]:
        """The table, of `most` groups, for a terminal of that width, and what is to be said below it."""
        from rich.text import Text

        groups = self.groups[:most] if most else self.groups
        records = [dict(zip(self.columns, group.key, strict=True)) for group in groups]
        keys = [
            Column(column.head, list(map(column.text, records)), column.is_number, column.spare if self.named else 0)
            for column in key_columns(self.by)
            if self.named or not column.is_name
        ]
        yield fitted_table([*keys, *self._amounts(groups), *self._times(groups)], width)
        yield Text("\n".join(remarks(self.totals, len(self.groups) - len(groups))))

    def _amounts(self, groups: Sequence[Group]) -> Iterator[Column]:
        """How much was counted."""
        if self._two_ways is not None:
            for at, head in enumerate(_WAYS[self._two_ways]):
                counted = [(*group.frames, *group.octets)[at] for group in groups]
                yield Column(head, [f"{number:,}" for number in counted])
            return
        octets = [sum(group.octets) for group in groups]
        yield Column("Frames", [f"{sum(group.frames):,}" for group in groups])
        yield Column("Octets", [f"{amount:,}" for amount in octets])
        if self._is_time:
            yield Column("Mbit/s", [f"{amount * 8_000 / self.width_ns:,.3f}" for amount in octets])
            yield Column("Rate", [self._bar(amount) for amount in octets], is_number=False, spare=1)
            return
        yield Column("Share", [percent(amount, self.totals.octets) for amount in octets], spare=1)
        if self.totals.overhead:
            costs = [percent(group.overhead, amount) for group, amount in zip(groups, octets, strict=True)]
            yield Column("Overhead", costs, spare=2)
        if self.by == (By.PAIR,):
            spreads = [group.spread for group in groups]
            yield Column("Ports", ["" if spread is None else f"{spread.ports:,}" for spread in spreads], spare=3)
            evenness = ["" if spread is None else f"{spread.evenness:.2f}" for spread in spreads]
            yield Column("Evenness", evenness, spare=3)

    def _times(self, groups: Sequence[Group]) -> Iterator[Column]:
        """When it was seen."""
        if self._is_time:
            return
        yield Column("First", [seconds_text(group.first_ns - self.start_ns) for group in groups], spare=4)
        yield Column("Last", [seconds_text(group.last_ns - self.start_ns) for group in groups], spare=5)
        if any(len(group.series) > 1 for group in groups):
            yield Column("Rate", [sparkline(group.series, _SPARK) for group in groups], is_number=False, spare=6)

    def _bar(self, octets: int) -> str:
        """A bar that is as long as the octets are many."""
        return "█" * round(_BAR * octets / max(sum(group.octets) for group in self.groups))

    def as_json(self) -> dict[str, Any]:
        """All of it, as one JSON object."""
        return {
            "by": str(self.by[0]) if len(self.by) == 1 else list(map(str, self.by)),
            "frames": self.totals.frames,
            "octets": self.totals.octets,
            "overhead": self.totals.overhead,
            "first_ns": self.totals.first_ns,
            "last_ns": self.totals.last_ns,
            "series_ns": self.width_ns,
            "groups": [self._record(group) for group in self.groups],
        }

    def _record(self, group: Group) -> dict[str, object]:
        record: dict[str, object] = dict(zip(self.columns, group.key, strict=True))
        record |= {"frames": sum(group.frames), "octets": sum(group.octets)}
        if not self._is_time:  # what tunnels cost is not kept by time
            record["overhead"] = group.overhead
        if self._two_ways is not None:
            for name, frames, octets in zip(_JSON_WAYS[self._two_ways], group.frames, group.octets, strict=True):
                record |= {f"frames_{name}": frames, f"octets_{name}": octets}
        record |= {"first_ns": group.first_ns, "last_ns": group.last_ns}
        if group.spread is not None:
            record |= {"source_ports": group.spread.ports, "evenness": round(group.spread.evenness, 4)}
        if group.series:
            record["series"] = list(group.series)
        return record

    def write_json(self) -> None:
        """Write it to standard output, on one line."""
        sys.stdout.write(json.dumps(self.as_json(), ensure_ascii=False) + "\n")

    def write_csv(self) -> None:
        """Write it to standard output, a line a group, without the series."""
        records = [self._record(group) for group in self.groups]
        heads = list(dict.fromkeys(name for record in records for name in record if name != "series"))
        writer = csv.DictWriter(sys.stdout, heads or [*self.columns, "frames"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows([{name: _cell(value) for name, value in record.items()} for record in records])


def remarks(totals: Totals, more: int) -> list[str]:
    """What is to be said below: how many groups are not shown, and what was counted of all frames."""
    lines = [f"{more:,} more (--top 0 shows all)"] if more else []
    noun = "frame" if totals.frames == 1 else "frames"
    line = f"{totals.frames:,} {noun}, {totals.octets:,} octets"
    if totals.overhead:
        line += f", {percent(totals.overhead, totals.octets)} of them for tunnels and tags"
    if totals.frames:
        line += f"; {seconds_text(totals.last_ns - totals.first_ns)} s from {time_text(totals.first_ns)}"
    return [*lines, line]


def _cell(value: object) -> object:
    """Names are data: they never control a terminal."""
    return printable(value) if isinstance(value, str) else value
