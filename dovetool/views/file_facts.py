"""What is known about capture files: about one in full, about several as a table; or as JSON."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dovetool.analysis.file_facts import About, FileFacts, InterfaceFacts
from dovetool.views.fitting import Column, fitted_table
from dovetool.views.numbers import counted, percent, rate_unit, seconds_text
from dovetool.views.plain import printable
from dovetool.views.terminal import make_table
from dovetool.vnid_map.texts import time_text
from dovetool.wire.links.names import link_name

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dovetool.records import info as records

_SECOND = 10**9


def write_json(abouts: Sequence[About]) -> None:
    """Write all of it to standard output, as one JSON object on one line."""
    sys.stdout.write(json.dumps(info_record(abouts), ensure_ascii=False) + "\n")


def info_record(abouts: Sequence[About]) -> records.Info:
    """All of it as a JSON object."""
    return {"files": [_record(about) for about in abouts], **_sums(abouts)}


def _record(about: About) -> records.File:
    facts = about.facts
    return {
        "file": about.name,
        "format": _format(about),
        "compression": about.compression,
        "size": about.size,
        "sha256": about.sha256,
        "damage": None if about.damage is None else str(about.damage),
        "frames": facts.frames,
        "octets": facts.octets,
        "captured": facts.captured,
        "longest": facts.longest,
        "first_ns": facts.first_ns,
        "last_ns": facts.last_ns,
        "in_time_order": facts.in_time_order,
        "untold_times": facts.untold,
        "dropped": facts.dropped,
        "interfaces": [_interface(each) for each in facts.interfaces],
        "encapsulations": dict(facts.encapsulations.most_common()),
        "looked_at": facts.looked_at,
    }


def _interface(each: InterfaceFacts) -> records.Interface:
    interface = each.interface
    return {
        "interface": interface.name or None,
        "link_type": interface.link_type,
        "link": link_name(interface.link_type),
        "snaplen": interface.snaplen,
        "frames": each.frames,
        "dropped": each.dropped,
    }


def _sums(abouts: Sequence[About]) -> records.Sums:
    facts = [about.facts for about in abouts]
    firsts = [each.first_ns for each in facts if each.first_ns is not None]
    lasts = [each.last_ns for each in facts if each.last_ns is not None]
    return {
        "frames": sum(each.frames for each in facts),
        "octets": sum(each.octets for each in facts),
        "captured": sum(each.captured for each in facts),
        "first_ns": min(firsts, default=None),
        "last_ns": max(lasts, default=None),
    }


def shown(abouts: Sequence[About], width: int) -> Iterator[RenderableType]:
    """The table: a line a fact of one file, or a line a file of several, and their sum below."""
    from rich.text import Text

    if len(abouts) == 1:
        table = make_table()
        table.show_header = False
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for head, text in _lines(abouts[0]):
            table.add_row(head, printable(text))
        yield table
        return
    folder, names = _apart(abouts)
    rows = [_row(about) for about in abouts]
    heads = [
        Column(head, [row[place] for row in rows], is_number=head in _NUMBERS, spare=spare)
        for place, (head, spare) in enumerate(_COLUMNS)
    ]
    yield fitted_table([Column("File", names, is_number=False), *heads], width)
    sums = _sums(abouts)
    files = f"{len(abouts)} files{f' in {printable(folder)}' if folder else ''}"
    yield Text(f"{files}: {sums['frames']:,} frames, {sums['octets']:,} octets{_times(sums)}")


def _apart(abouts: Sequence[About]) -> tuple[str, list[str]]:
    """The folder that all files are in, if any, and what they are called there."""
    parts = [about.name.rpartition("/") for about in abouts]
    folder = parts[0][0]
    if not folder or any(each[0] != folder for each in parts):
        return "", [about.name for about in abouts]
    return folder, [name for _, _, name in parts]


def _times(sums: records.Sums) -> str:
    first, last = sums["first_ns"], sums["last_ns"]
    if first is None or last is None:
        return ""
    return f"; {seconds_text(last - first)} s from {time_text(first)}"


_COLUMNS = (
    ("Frames", 0),
    ("Octets", 1),
    ("First", 4),
    ("Span (s)", 2),
    ("Format", 6),
    ("Link", 7),
    ("Encapsulations", 3),
    ("Dropped", 5),
    ("Order", 8),
)
"""With how soon they are left out where the terminal is narrow: those with the highest number go first."""
_NUMBERS = {"Frames", "Octets", "Span (s)", "Dropped"}


def _row(about: About) -> tuple[str, ...]:
    facts = about.facts
    return (
        f"{facts.frames:,}",
        f"{facts.octets:,}",
        "" if facts.first_ns is None else time_text(facts.first_ns),
        "" if facts.first_ns is None or facts.last_ns is None else seconds_text(facts.last_ns - facts.first_ns),
        " ".join(filter(None, (_short_format(about), about.compression))),
        ", ".join(_links(facts)),
        ", ".join(facts.encapsulations),
        "" if facts.dropped is None else f"{facts.dropped:,}",
        "by time" if facts.in_time_order else "mixed",
    )


def _lines(about: About) -> Iterator[tuple[str, str]]:
    """What is told of a single file, by the name of it."""
    facts, size = about.facts, about.size
    yield "File", about.name + ("" if size is None else f", {counted(size, 'octet', 'octets')}")
    if about.sha256 is not None:
        yield "SHA-256", about.sha256
    yield "Format", ", ".join(filter(None, (_format(about), about.compression)))
    yield "Frames", f"{facts.frames:,}, the longest of {counted(facts.longest, 'octet', 'octets')}"
    cut = f", {facts.captured:,} of them captured" if facts.captured < facts.octets else ""
    yield "Octets", f"{facts.octets:,}{cut}"
    if facts.first_ns is not None and facts.last_ns is not None:
        yield "First", time_text(facts.first_ns)
        yield "Last", f"{time_text(facts.last_ns)}, {seconds_text(facts.last_ns - facts.first_ns)} s later"
        yield from _rates(facts, facts.last_ns - facts.first_ns)
    yield "Order", _order(facts)
    if facts.untold:
        yield "Untold", f"{counted(facts.untold, 'frame', 'frames')} before 1677 or after 2262, left out of all times"
    yield "Dropped", "not told" if facts.dropped is None else f"{facts.dropped:,} frames, by its statistics"
    for number, each in enumerate(facts.interfaces):
        yield f"Interface {number}", _told(each)
    yield "Encapsulations", ", ".join(_shares(facts.encapsulations, facts.looked_at)) + _basis(facts)


def _rates(facts: FileFacts, span_ns: int) -> Iterable[tuple[str, str]]:
    if span_ns <= 0:
        return ()
    bits, frames = facts.octets * 8 * _SECOND / span_ns, facts.frames * _SECOND / span_ns
    worth, unit = rate_unit(bits, "bit/s")
    return (("Rate", f"{bits / worth:,.1f} {unit}, {frames:,.1f} frames/s"),)


def _order(facts: FileFacts) -> str:
    return "in time order" if facts.in_time_order else "not in time order"


def _format(about: About) -> str:
    if about.pcap is None:
        return "pcapng"
    return "pcap, nanoseconds" if about.pcap.nanoseconds else "pcap, microseconds"


def _short_format(about: About) -> str:
    if about.pcap is None:
        return "pcapng"
    return "pcap ns" if about.pcap.nanoseconds else "pcap"


def _links(facts: FileFacts) -> list[str]:
    return list(dict.fromkeys(link_name(each.interface.link_type) for each in facts.interfaces))


def _told(each: InterfaceFacts) -> str:
    interface = each.interface
    snaplen = f"up to {interface.snaplen:,} octets of a frame" if interface.snaplen else "frames of any length"
    lost = "" if each.dropped is None else f", {each.dropped:,} dropped"
    name = f"{interface.name}: " if interface.name else ""
    return f"{name}{link_name(interface.link_type)}, {snaplen}, {counted(each.frames, 'frame', 'frames')}{lost}"


def _shares(counts: Counter[str], whole: int) -> list[str]:
    return [f"{name} {percent(count, whole)}" for name, count in counts.most_common()] or ["none"]


def _basis(facts: FileFacts) -> str:
    if facts.looked_at == facts.frames:
        return ""
    return f" (of {facts.looked_at:,} frames that were looked at; --encaps looks at all)"
