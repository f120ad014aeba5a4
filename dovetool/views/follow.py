"""What came of following packets, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from dovetool.following.delays import Delays
from dovetool.following.following import By, CaptureReport, Counts, Following, GroupReport, HopReport
from dovetool.observe.protocols import IP_PROTOCOL_NAMES
from dovetool.values import dataclass
from dovetool.views.fitting import Column, fitted_table
from dovetool.views.numbers import percent, seconds_text, sparkline
from dovetool.views.plain import printable
from dovetool.vnid_map.texts import time_text

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_NS_IN_MS = 1_000_000
_SPARK = 16
_COMPARED = {
    "begin": "the first 64 octets of payload are compared: a capture has no more of some packets",
    "head": "headers alone are compared, without payload: a capture has no more of some packets",
}


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

        names = _short_names([each.name for each in self.following.captures])
        yield self._captures(names, width)
        yield Text()
        yield self._hops(names, width)
        if self.following.groups:
            yield Text()
            yield self._groups(width)
        remarks = list(self._remarks(names))
        if remarks:
            yield Text("\n" + "\n".join(remarks))

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

    def _groups(self, width: int) -> Table:
        groups, hops = self.following.groups, self.following.hops
        numbers = {each.name: number for number, each in enumerate(self.following.captures, 1)}
        columns = [Column(head, cells, is_number=False) for head, cells in _key_columns(self.following.by, groups)]
        for at, hop in enumerate(hops):
            head = f"{numbers[hop.source]} > {numbers[hop.target]}"
            columns.append(Column(head, [_outcome(group.hops[at]) for group in groups], is_number=False))
        return fitted_table(columns, width)

    def _remarks(self, names: Mapping[str, str]) -> Iterator[str]:
        following = self.following
        left_out = following.group_count - len(following.groups)
        if left_out:
            yield f"{left_out:,} more (--top 0 shows all)"
        for hop in following.hops:
            yield from _of_hop(hop, names)
        if following.compared in _COMPARED:
            yield _COMPARED[following.compared]
        for capture in following.captures:
            yield from _of_capture(capture, names)
        unknown = [names[each.name] for each in following.captures if each.offset_ns is None]
        if unknown:
            yield f"{', '.join(unknown)}: what clocks differ is not known, as packets do not go both ways"
        yield f"times are seconds after {time_text(following.captures[0].first_ns)}, by the clock of each capture"


def _short_names(names: Sequence[str]) -> dict[str, str]:
    """Captures without folder and suffix, where that tells them apart; names are data, and control no terminal."""
    short = [PurePath(name).name.split(".")[0] or name for name in names]
    chosen = short if len(set(short)) == len(set(names)) else names
    return dict(zip(names, map(printable, chosen), strict=True))


def _of_hop(hop: HopReport, names: Mapping[str, str]) -> Iterator[str]:
    way = f"{names[hop.source]} > {names[hop.target]}"
    if hop.lost_frames:
        more = " ..." if hop.counts.lost > len(hop.lost_frames) else ""
        later = f", {hop.counts.seen_later:,} of them seen further on" if hop.counts.seen_later else ""
        yield f"{way}: lost {', '.join(map(str, hop.lost_frames))}{more} of {names[hop.source]}{later}"
    if hop.passing:
        yield f"{way}: {_packets(hop.passing)} not counted, as none of their kind passes there"
    if hop.outside:
        yield f"{way}: {_packets(hop.outside)} not counted, as {names[hop.target]} was not captured then"
    if hop.is_from_least:
        yield f"{way}: delays are counted from the least, as the clocks cannot be compared"


def _of_capture(capture: CaptureReport, names: Mapping[str, str]) -> Iterator[str]:
    name = names[capture.name]
    if capture.cut:
        yield f"{name}: {_packets(capture.cut)} cut too short to be known again; what seems lost may be among them"
    if capture.underlay:
        yield f"{name}: {_packets(capture.underlay)} of the underlay itself, not followed"


def _packets(count: int) -> str:
    return f"{count:,} packet{'' if count == 1 else 's'}"


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
    yield "Source", [_with_port(group.src, group.src_port) for group in groups]
    yield "Destination", [_with_port(group.dst, group.dst_port) for group in groups]
    if by is By.FLOW:
        yield "Protocol", [_protocol(group.protocol) for group in groups]


def _with_port(address: str | None, port: int | None) -> str:
    if address is None or port is None:
        return address or ""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _protocol(number: int | None) -> str:
    return "" if number is None else IP_PROTOCOL_NAMES.get(number, str(number))
