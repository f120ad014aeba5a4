"""What `validate` found, as the XML of JUnit that CI systems show: a test case a rule, which fails by its findings."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from dovetool.analysis.findings import Entry
from dovetool.belonging.finding import Kind
from dovetool.belonging.rule import Severity
from dovetool.views.frame_places import frame_places
from dovetool.views.plain import printable
from dovetool.views.report import NO_MAP


def junit(entries: list[Entry], title: str, failing: frozenset[Severity], seconds: float, *, has_map: bool) -> bytes:
    """The XML.

    Args:
        entries: the findings.
        title: what the captures are called.
        failing: the severities that make a case fail; findings of another one are its output.
        seconds: what the work took.
        has_map: there was a map; without one, cases that need it are skipped.
    """
    found: dict[Kind, list[Entry]] = {kind: [] for kind in Kind}
    for entry in entries:
        found[entry.finding.kind].append(entry)
    failures = sum(bool(those) and kind.severity in failing for kind, those in found.items())
    name = f"dovetool validate {printable(title)}"
    skipped = 0 if has_map else sum(kind.needs_map for kind in found)
    counts = f'tests="{len(found)}" failures="{failures}" errors="0" time="{seconds:.3f}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {counts}>"]
    lines.append(f'  <testsuite name={quoteattr(name)} {counts} skipped="{skipped}">')
    for kind, those in found.items():
        if kind.needs_map and not has_map:
            lines += [f"{_head(kind)}>", f"      <skipped message={quoteattr(NO_MAP)}/>", "    </testcase>"]
        else:
            lines += _case(kind, those, fails=kind.severity in failing)
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""]).encode()


def _head(kind: Kind) -> str:
    return f'    <testcase classname="dovetool.{kind.severity}" name="{kind.reason}" time="0"'


def _case(kind: Kind, entries: list[Entry], *, fails: bool) -> list[str]:
    head = _head(kind)
    if not entries:
        return [f"{head}/>"]
    text = escape("\n".join(_line(entry) for entry in entries))
    frames = sum(entry.count for entry in entries)
    message = quoteattr(f"{frames} {'frame' if frames == 1 else 'frames'}: the frame {kind.rule.meaning}")
    body = f'<failure type="{kind.severity}" message={message}>{text}</failure>'
    return [f"{head}>", f"      {body if fails else f'<system-out>{text}</system-out>'}", "    </testcase>"]


def _line(entry: Entry) -> str:
    numbers = frame_places(entry.places, entry.count)
    return f"{printable(entry.text)} [{entry.finding.basis}] frames: {numbers} ({entry.count} in all)"
