"""What `validate` found, as a table for people or as JSON."""

from __future__ import annotations

import json
import sys

from dovetool.pipeline.report import Entry, Report
from dovetool.stages.examined import Hop
from dovetool.stages.finding import Kind
from dovetool.stages.rule import Severity
from dovetool.views.plain import printable
from dovetool.views.terminal import UNFOLDED, make_console, make_table

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}


def show_report(report: Report, entries: list[Entry], seconds: float) -> None:
    """Show the findings on standard output."""
    from rich.text import Text

    console = make_console(UNFOLDED)
    if entries:
        table = make_table()
        for name in ("Severity", "Reason", "What", "Frames", "Numbers", "Source"):
            table.add_column(name, justify="right" if name == "Frames" else "left", overflow="fold")
        for entry in entries:
            kind = entry.finding.kind
            table.add_row(
                Text(kind.severity, style=_STYLES[kind.severity]),
                kind.reason,
                Text(printable(entry.finding.text)),
                f"{entry.count:,}",
                _numbers(entry),
                entry.finding.basis,
            )
        console.print(table)
    console.print(Text(_closing(report, entries, seconds)))


def _numbers(entry: Entry) -> str:
    more = " ..." if entry.count > len(entry.numbers) else ""
    return ", ".join(map(str, entry.numbers)) + more


def _closing(report: Report, entries: list[Entry], seconds: float) -> str:
    """The last line: how much was looked at, and what came of it."""
    seen = ", ".join(f"{report.hops[hop]:,} {_HOPS[hop]}" for hop in _HOPS if report.hops[hop])
    cut = f"; capturing cut {report.cut:,} of them too early to see all" if report.cut else ""
    checked = f"{report.frames:,} {'frame' if report.frames == 1 else 'frames'} checked ({seen or 'none'}{cut})"
    counts = {severity: sum(entry.finding.kind.severity is severity for entry in entries) for severity in Severity}
    found = " and ".join(
        f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items() if count
    )
    return f"{checked} in {seconds:.2f} s: {found or 'nothing wrong'}"


_HOPS = {
    Hop.UNDERLAY: "in the underlay",
    Hop.TAGGED: "tagged",
    Hop.UNTAGGED: "untagged",
    Hop.OTHER: "none of the map's business",
}


def show_json(report: Report, entries: list[Entry], seconds: float) -> None:
    """Write the findings as one JSON object to standard output."""
    record = {
        "command": "validate",
        "frames": report.frames,
        "octets": report.octets,
        "hops": {str(hop): report.hops[hop] for hop in _HOPS},
        "cut": report.cut,
        "errors": sum(entry.finding.kind.severity is Severity.ERROR for entry in entries),
        "warnings": sum(entry.finding.kind.severity is Severity.WARNING for entry in entries),
        "findings": [as_record(entry) for entry in entries],
        "seconds": round(seconds, 3),
    }
    sys.stdout.write(json.dumps(record, indent=2) + "\n")


def as_record(entry: Entry) -> dict[str, object]:
    """A finding for JSON."""
    finding = entry.finding
    return {
        "severity": str(finding.kind.severity),
        "reason": finding.kind.reason,
        "text": finding.text,
        "source": finding.basis,
        "count": entry.count,
        "frames": entry.numbers,
    }


def show_rules() -> None:
    """Show every reason with its severity, what it means and its source."""
    from rich.text import Text

    console = make_console(UNFOLDED)
    table = make_table()
    for name in ("Severity", "Reason", "The frame", "Source"):
        table.add_column(name, overflow="fold")
    for kind in Kind:
        severity = Text(kind.severity, style=_STYLES[kind.severity])
        table.add_row(severity, kind.reason, kind.rule.meaning, kind.rule.source)
    console.print(table)
