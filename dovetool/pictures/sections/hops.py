"""What became of packets from capture to capture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dovetool.following.following import CaptureReport, Counts, Following
from dovetool.pictures.html import Html, element, name
from dovetool.pictures.picture import Picture
from dovetool.pictures.sections.section import figure, number_cell, paragraph, section, time_cell
from dovetool.pictures.table import Cell, Column, numbers, table, words
from dovetool.pictures.words import counted, delay_text, number, percent
from dovetool.portrait.portrait import Portrait
from dovetool.portrait.traffic import Traffic
from dovetool.views.following.follow_words import group_label, remarks, short_names

_COUNTS = [
    *numbers("Should come", "Lost", "Share", "Twice", "Late", "Astray"),
    *words("Changed"),
    *numbers("Delay, least", "Median", "99%", "Most"),
]
_DELAYS = ("min", "p50", "p99", "max")


def hops(portrait: Portrait, picture: Picture | None) -> Html:
    """The section; empty where packets were not followed."""
    found = portrait.hops
    if found is None:
        return Html("")
    names = short_names([each.name for each in found.networks.captures])
    told = paragraph(
        "Each capture is a lane, each group of packets a line through those it comes by. An orange step lost packets or"
        " led some astray, a dotted one lost all. Only the time that both captures cover counts. In all the rest a"
        " packet counts at each capture that has it."
    )
    known = element("ul", *(element("li", each) for each in remarks(found.networks, names)), class_="note")
    return section(
        "hops",
        "From capture to capture",
        told,
        figure(picture, "Packets by"),
        _captures(found.networks.captures, names, portrait.traffic),
        _hops(found.networks, names),
        known,
        _groups("Networks", found.networks, names),
        _groups("Pairs", found.pairs, names),
        _groups("Flows", found.flows, names),
    )


def _captures(captures: Sequence[CaptureReport], names: Mapping[str, str], traffic: Traffic) -> Html:
    columns = [
        *words("Capture"),
        *numbers("Frames", "Followed"),
        *words("First frame, UTC", "Last frame, UTC"),
        Column("Clock ahead", is_number=True, hint="of that of the first capture"),
    ]
    rows = [
        (
            Cell(name(names[each.name]), each.name),
            number_cell(each.frames),
            number_cell(each.packets),
            time_cell(each.first_ns, traffic),
            time_cell(each.last_ns, traffic),
            "" if each.offset_ns is None else Cell(delay_text(each.offset_ns), each.offset_ns),
        )
        for each in captures
    ]
    return table("Captures", columns, rows)


def _hops(following: Following, names: Mapping[str, str]) -> Html:
    rows = [(name(names[hop.source]), name(names[hop.target]), *_cells(hop.counts)) for hop in following.hops]
    return _table("Hops", words("From", "To"), rows)


def _groups(title: str, following: Following, names: Mapping[str, str]) -> Html:
    rows = [
        (group_label(following.by, group), name(names[hop.source]), name(names[hop.target]), *_cells(counts))
        for group in following.groups
        for hop, counts in zip(following.hops, group.hops, strict=True)
        if counts.seen
    ]
    left = following.group_count - len(following.groups)
    others = f"Those that lost most; {counted(left, 'other')} left out." if left else ""
    told = element("summary", f"{title}, hop by hop")
    return element("details", told, _table(title, words("Packets", "From", "To"), rows, others))


def _table(title: str, keys: list[Column], rows: Sequence[Sequence[object]], others: str = "") -> Html:
    """A table of counts, without columns in which nothing is."""
    columns = [*keys, *_COUNTS]
    used = [place for place in range(len(columns)) if any(row[place] != "" for row in rows)]
    return table(title, [columns[place] for place in used], [[row[place] for place in used] for row in rows], others)


def _cells(counts: Counts) -> Iterator[object]:
    """What became of packets, cell by cell, as `_COUNTS` says; empty where nothing is wrong."""
    yield number_cell(counts.seen)
    yield number_cell(counts.lost)
    yield Cell(percent(counts.lost, counts.seen), counts.lost / counts.seen) if counts.lost else ""
    for count in (counts.duplicated, counts.reordered, counts.misdelivered):
        yield number_cell(count) if count else ""
    yield ", ".join(f"{field} {number(count)}" for field, count in counts.changed.items() if count)
    for rank in _DELAYS:
        delay_ns = None if counts.delay is None else getattr(counts.delay, rank)
        yield "" if delay_ns is None else Cell(delay_text(delay_ns), delay_ns)
