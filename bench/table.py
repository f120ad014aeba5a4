"""The results as a table to read and as JSON to keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.peers import Kind
from bench.session import Result, best_peer, floor, vxlan

_WIDTH = 140  # in a pipe; nobody wants the columns cut


def _ratio(result: Result, other: Result | None) -> float | None:
    return result.duration / other.duration if other and not result.error else None


def _number(value: float | None) -> str:
    """Three digits or all before the point."""
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _rate(value: float) -> str:
    """Three digits that count."""
    return f"{float(f'{value:.3g}'):,.0f}"


def _note(result: Result, results: Sequence[Result]) -> str:
    if result.error:
        return result.error
    if result.tool.kind is Kind.VARIANT:
        return f"{_number(_ratio(result, vxlan(results, result)))} of VXLAN's time"
    part = f"on {result.worked_on:,} frames" if result.worked_on < result.frames else ""
    return "; ".join(filter(None, (result.tool.note, part)))


def _cells(result: Result, results: Sequence[Result]) -> list[str]:
    if result.error:
        return ["failed", "-", "-", "-", "-"]
    rates = (_rate(result.frames / result.duration), _rate(result.octets / result.duration))
    ratios = (_ratio(result, best_peer(results, result)), _ratio(result, floor(results, result)))
    return [*rates, _number(result.memory / 1e6), *map(_number, ratios)]


def show(results: Sequence[Result], title: str) -> None:
    """Print the table; ratios are times, so less is better."""
    table = Table(title=title, title_justify="left")
    for name in ("Job", "Capture", "Tool"):
        table.add_column(name, no_wrap=True)
    for name in ("Frames/s", "Octets/s", "Peak MB", "Time / best peer's", "Time / cp's"):
        table.add_column(name, justify="right")
    table.add_column("Note")
    group = None
    for result in results:
        if group not in (None, (result.job, result.capture)):
            table.add_section()
        group = (result.job, result.capture)
        style = "bold" if result.tool.kind is Kind.OURS else ""
        cells = [*group, result.tool.name, *_cells(result, results), _note(result, results)]
        table.add_row(*map(Text, cells), style=style)
    console = Console()
    Console(width=console.width if console.is_terminal else _WIDTH).print(table)


def as_json(result: Result, results: Sequence[Result]) -> dict[str, Any]:
    """One row with its unrounded numbers."""
    row: dict[str, Any] = {
        "job": result.job,
        "capture": result.capture,
        "tool": result.tool.name,
        "kind": result.tool.kind.value,
        "note": _note(result, results),
        "error": result.error or None,
        "frames": result.frames,
        "octets": result.octets,
        "frames_worked_on": result.worked_on,
    }
    if result.error:
        return row
    return row | {
        "seconds": result.seconds,
        "start_up_seconds": result.start_up,
        "frames_per_second": result.frames / result.duration,
        "octets_per_second": result.octets / result.duration,
        "peak_memory_octets": result.memory,
        "time_over_best_peer": _ratio(result, best_peer(results, result)),
        "time_over_cp": _ratio(result, floor(results, result)),
        "time_over_vxlan": _ratio(result, vxlan(results, result)) if result.tool.kind is Kind.VARIANT else None,
    }
