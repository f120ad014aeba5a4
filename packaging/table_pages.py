"""The pages of the reference about columns, reasons and findings: tables of what the code has."""

from __future__ import annotations

from collections.abc import Iterable

from dovetool.belonging.finding import Kind
from dovetool.observe.catalogue import COLUMNS, EXPORTED, LAYER_COLUMNS, Column
from dovetool.verdict.reasons import Reason

_COLUMNS = """# All columns

What [`inspect -e`, `stats --by`, `browse` and `export`](tables.md) show, by our name or, where it is that of one column
alone, Wireshark's. `outer_` is the frame as captured, where that carries a tunnel; all else is about the innermost
frame. `export` has those that are marked (*) when none is chosen.
"""
_LAYERS = """
## Of overlay headers

In tables with a row for each overlay header ([`export --layers`](tables.md#export)) there are these too.
"""
_REASONS = """# Reasons and findings

Each frame that does not go on has exactly one reason. The names are stable: scripts rely on them. Some are told of
frames that do go on, under `notes`.

## Reasons

| reason | the frame |
|---|---|
"""
_FINDINGS = """
## Findings

`validate` and `inspect` use these names too: they ask the stages. Where they know more than a stage, they say
`isolation-violation` or `late-frame` for its `unknown-destination`, `vnid-not-on-tep`, `wrong-tep` or `unknown-tep`.
They leave out what is no fault of a frame, and have more, for what does not stop one. An error contradicts the map or
an RFC, a warning may have an innocent cause that the capture does not show, an info is no fault. Without a map those of
form alone are looked for. `dovetool validate --list` prints this table.

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
