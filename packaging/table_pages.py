"""The pages of the reference about columns, reasons and findings: tables of what the code has."""

from __future__ import annotations

from collections.abc import Iterable

from dovetool.belonging.finding import Kind
from dovetool.observe.catalogue import COLUMNS, EXPORTED, LAYER_COLUMNS, Column
from dovetool.verdict.reasons import Reason

_COLUMNS = """# All columns

What [`inspect -e`, `stats --by`, `browse` and `export`](tables.md) can show. A column may also be given by Wireshark's
name, if that stands for only one column. Columns `outer_...` are about the frame as captured, if it carries a tunnel;
all others are about the innermost frame. `export` writes those marked (*) unless others are chosen.
"""
_LAYERS = """
## Of overlay headers

Tables with a row for each overlay header ([`export --layers`](tables.md#export)) also have these.
"""
_REASONS = """# Reasons and findings

Each frame that is rejected has exactly one reason. The names are stable: scripts rely on them. Some also stand under
`notes`, for frames that are forwarded.

## Reasons

| reason | the frame |
|---|---|
"""
_FINDINGS = """
## Findings

`validate` and `inspect` use the same names, as they ask the stages. Where they know more than a stage, they say
`isolation-violation` or `late-frame` instead of `unknown-destination`, `vnid-not-on-tep`, `wrong-tep` or `unknown-tep`.
They leave out reasons that are not a fault of the frame, and have more findings, for faults that do not stop a frame.

An error contradicts the map or an RFC; a warning may have an innocent cause that the capture does not show; an info is
not a fault. Without a map, only findings about form are looked for. `dovetool validate --list` prints this table.

| finding | severity | the frame | it rests on | of form |
|---|---|---|---|---|
"""


def table_pages() -> dict[str, str]:
    """All pages by name."""
    return {"reference/columns.md": columns(), "reference/reasons.md": reasons()}


def columns() -> str:
    """The catalogue of columns."""
    return _COLUMNS + _rows(COLUMNS.values()) + _LAYERS + _rows(LAYER_COLUMNS.values())


def _rows(found: Iterable[Column]) -> str:
    lines = ["\n| column | kind | Wireshark's name | what it says |", "|---|---|---|---|"]
    for each in found:
        kind = f"{each.kind} ({each.unit})" if each.unit else str(each.kind)
        mark = " *" if each.name in EXPORTED else ""
        wireshark = f"`{each.wireshark}`" if each.wireshark else ""
        lines.append(f"| `{each.name}`{mark} | {kind} | {wireshark} | {each.told} |")
    return "\n".join(lines) + "\n"


def reasons() -> str:
    """Every reason, and every finding."""
    told = "".join(f"| `{each}` | {each.told} |\n" for each in Reason)
    found = "".join(
        f"| `{kind.reason}` | {kind.severity} | {kind.rule.meaning} | {kind.rule.source} |"
        f" {'' if kind.needs_map else 'yes'} |\n"
        for kind in Kind
    )
    return _REASONS + told + _FINDINGS + found
