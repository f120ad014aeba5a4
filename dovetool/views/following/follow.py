"""What came of following packets, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dovetool.following.delays import Delays
from dovetool.following.following import By, CaptureReport, Counts, Following, GroupReport
from dovetool.values import dataclass
from dovetool.views.fitting import Column, fitted_table
from dovetool.views.following.follow_words import protocol_name, remarks, short_names, with_port
from dovetool.views.numbers import percent, seconds_text, sparkline
from dovetool.vnid_map.texts import time_text

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_NS_IN_MS = 1_000_000
_SPARK = 16


@dataclass(frozen=True, slots=True)
class FollowTables:
    """What is to be shown.

    Attributes:
        following: it.
    """

    following: Following

    def shown(self, width: int) -> Iterator[Table | Text]:
        """The tables for a terminal of that width, and what is to be said below them."""
        from rich.text import Text

        names = short_names([each.name for each in self.following.captures])
        yield self._captures(names, width)
        yield Text()
        yield self._hops(names, width)
        if self.following.groups:
            yield Text()
            yield self._groups(width)
        yield Text("\n" + "\n".join(self._remarks(names)))

    def _captures(self, names: Mapping[str, str], width: int) -> Table:
        captures = self.following.captures
        begin_ns = captures[0].first_ns
        return fitted_table(
            [
                Column("", [str(number) for number, _ in enumerate(captures, 1)]),
                Column("Capture", [names[each.name] for each in captures], is_number=False),
                Column("Frames", [f"{each.frames:,}" for each in captures]),
                Column("Followed", [f"{each.packets:,}" for each in captures]),
                Column("Begins (s)", [seconds_text(each.first_ns - begin_ns, 6) for each in captures], spare=2),
                Column("Ends (s)", [seconds_text(each.last_ns - begin_ns, 6) for each in captures], spare=2),
                Column("Clock (ms)", [_clock(each) for each in captures], spare=1),
            ],
            width,
        )

    def _hops(self, names: Mapping[str, str], width: int) -> Table:
        hops = self.following.hops
        counts = [hop.counts for hop in hops]
        delays = [
            Column(head, [_milliseconds(each.delay, name) for each in counts], spare=spare)
            for head, name, spare in (
                *(("Delay (ms)", "min", 1), ("median", "p50", 0), ("p90", "p90", 3)),
                *(("p99", "p99", 2), ("max", "max", 1)),
            )
        ]
        bars = [sparkline([bar.count for bar in hop.histogram], _SPARK) if hop.histogram else "" for hop in hops]
        seldom = [
            Column("%", [percent(each.lost, each.seen).removesuffix(" %") if each.lost else "" for each in counts]),
            Column("Twice", [_many(each.duplicated) for each in counts]),
            Column("Late", [_many(each.reordered) for each in counts]),
            Column("Astray", [_many(each.misdelivered) for each in counts]),
            Column("Changed", [_changed(each) for each in counts], is_number=False),
        ]
        return fitted_table(
            [
                Column("From", [names[hop.source] for hop in hops], is_number=False),
                Column("To", [names[hop.target] for hop in hops], is_number=False),
                Column("Seen", [f"{each.seen:,}" for each in counts]),
                Column("Lost", [f"{each.lost:,}" for each in counts]),
                *(column for column in seldom if any(column.cells)),
                *delays,
                Column("Spread", bars, is_number=False, spare=4),
            ],
            width,
        )

    def _remarks(self, names: Mapping[str, str]) -> Iterator[str]:
        following = self.following
        left_out = following.group_count - len(following.groups)
        if left_out:
            yield f"{left_out:,} more (--top 0 shows all)"
        yield from remarks(following, names)
        yield f"times are seconds after {time_text(following.captures[0].first_ns)}, by the clock of each capture"

    def _groups(self, width: int) -> Table:
        groups, hops = self.following.groups, self.following.hops
        numbers = {each.name: number for number, each in enumerate(self.following.captures, 1)}
        columns = [Column(head, cells, is_number=False) for head, cells in _key_columns(self.following.by, groups)]
        for at, hop in enumerate(hops):
            head = f"{numbers[hop.source]} > {numbers[hop.target]}"
            columns.append(Column(head, [_outcome(group.hops[at]) for group in groups], is_number=False))
        return fitted_table(columns, width)


def _clock(capture: CaptureReport) -> str:
    return "" if capture.offset_ns is None else f"{capture.offset_ns / _NS_IN_MS:+,.3f}"


def _milliseconds(delay: Delays | None, name: str) -> str:
    return "" if delay is None else f"{getattr(delay, name) / _NS_IN_MS:,.3f}"


def _many(count: int) -> str:
    return f"{count:,}" if count else ""


def _changed(counts: Counts) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.changed.items() if count)


def _outcome(counts: Counts) -> str:
    """How many were seen, and what was wrong with them."""
    if not counts.seen:
        return ""
    named = (
        *(("lost", counts.lost), ("twice", counts.duplicated)),
        *(("late", counts.reordered), ("astray", counts.misdelivered), ("changed", sum(counts.changed.values()))),
    )
    wrong = [f"{count:,} {name}" for name, count in named if count]
    return ", ".join([f"{counts.seen:,}", *wrong])


def _key_columns(by: By, groups: Sequence[GroupReport]) -> Iterator[tuple[str, list[str]]]:
    yield "VNID", ["" if group.vnid is None else str(group.vnid) for group in groups]
    if any(group.network for group in groups):
        yield "Network", [group.network or "" for group in groups]
    if by is By.NETWORK:
        return
    yield "Source", [with_port(group.src, group.src_port) for group in groups]
    yield "Destination", [with_port(group.dst, group.dst_port) for group in groups]
    if by is By.FLOW:
        yield "Protocol", [protocol_name(group) for group in groups]
