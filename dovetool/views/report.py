"""What `validate` found, as a table for people or as JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from dovetool.analysis.findings import Entry, Report
from dovetool.audit.examined import Hop
from dovetool.belonging.finding import Kind
from dovetool.belonging.rule import Severity
from dovetool.views.frame_places import frame_places
from dovetool.views.kind_rows import Row, show_rows
from dovetool.views.plain import printable
from dovetool.views.terminal import UNFOLDED, make_console

if TYPE_CHECKING:
    from dovetool.records import findings as records
    from dovetool.records.findings import Findings

NO_MAP = "isolation and placement were not checked (no map)"
"""What a report without a map says of itself."""
_WITHOUT_MAP = {Hop.OTHER: "of another link type"}


def show_report(report: Report, entries: list[Entry], seconds: float, *, has_map: bool) -> None:
    """Show the findings on standard output."""
    from rich.text import Text

    console = make_console(UNFOLDED)
    if entries:
        show_rows(console, ("What", "Frames", "Numbers", "Source"), list(map(_row, entries)), right=("Frames",))
    console.print(Text(closing(report, entries, seconds, has_map=has_map)))
    if not has_map:
        console.print(Text(f"{NO_MAP[:1].upper()}{NO_MAP[1:]}; that takes -m MAP, or --learn SPAN"))


def _row(entry: Entry) -> Row:
    kind, finding = entry.finding.kind, entry.finding
    count, numbers = f"{entry.count:,}", frame_places(entry.places, entry.count)
    noun = "frame" if entry.count == 1 else "frames"
    text = printable(entry.text)
    return Row(kind, (text, count, numbers, finding.basis), f"{count} {noun}: {numbers}", (text, finding.basis))


def closing(report: Report, entries: list[Entry], seconds: float, *, has_map: bool) -> str:
    """The last line: how much was looked at, and what came of it."""
    names = _HOPS if has_map else _HOPS | _WITHOUT_MAP
    seen = ", ".join(f"{report.hops[hop]:,} {names[hop]}" for hop in names if report.hops[hop])
    cut = f"; capturing cut {report.cut:,} of them too early to see all" if report.cut else ""
    checked = f"{report.frames:,} {'frame' if report.frames == 1 else 'frames'} checked ({seen or 'none'}{cut})"
    counts = {severity: sum(entry.finding.kind.severity is severity for entry in entries) for severity in Severity}
    infos = _counted(counts.pop(Severity.INFO), Severity.INFO)
    found = " and ".join(filter(None, (_counted(count, severity) for severity, count in counts.items())))
    return f"{checked} in {seconds:.2f} s: {found or 'nothing wrong'}{infos and f', {infos}'}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}" if count else ""


_HOPS = {
    Hop.UNDERLAY: "in the underlay",
    Hop.TAGGED: "tagged",
    Hop.UNTAGGED: "untagged",
    Hop.OTHER: "not covered by the map",
}


def show_json(report: Report, entries: list[Entry], seconds: float, *, has_map: bool) -> None:
    """Write the findings as one JSON object to standard output."""
    sys.stdout.write(json.dumps(report_record(report, entries, seconds, has_map=has_map), indent=2) + "\n")


def report_record(report: Report, entries: list[Entry], seconds: float, *, has_map: bool) -> Findings:
    """The findings for JSON; `not_checked` has the reasons that lack a map."""
    return {
        "command": "validate",
        "frames": report.frames,
        "octets": report.octets,
        "hops": {str(hop): report.hops[hop] for hop in _HOPS},
        "cut": report.cut,
        "errors": sum(entry.finding.kind.severity is Severity.ERROR for entry in entries),
        "warnings": sum(entry.finding.kind.severity is Severity.WARNING for entry in entries),
        "map": has_map,
        "not_checked": [kind.reason for kind in Kind if kind.needs_map and not has_map],
        "findings": [as_record(entry) for entry in entries],
        "seconds": round(seconds, 3),
    }


def as_record(entry: Entry) -> records.Finding:
    """A finding for JSON."""
    finding = entry.finding
    return {
        "severity": finding.kind.severity.value,
        "reason": finding.kind.reason,
        "text": entry.text,
        "source": finding.basis,
        "count": entry.count,
        "frames": [number for _, number in entry.places],
        "files": [file for file, _ in entry.places if file],
    }


def show_rules() -> None:
    """Show every reason with its severity, whether it needs a map, what it means and its source."""
    rows = [
        Row(
            kind,
            ("needed" if kind.needs_map else "", kind.rule.meaning, kind.rule.source),
            "needs a map" if kind.needs_map else "",
            (f"The frame {kind.rule.meaning}.", kind.rule.source),
        )
        for kind in Kind
    ]
    show_rows(make_console(UNFOLDED), ("Map", "The frame", "Source"), rows)
