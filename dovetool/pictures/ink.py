"""Colours and type of pictures, and the configuration of Vega-Lite that all of them share.

The colours of series are those of Okabe and Ito (https://jfly.uni-koeln.de/color/) and, behind them, two of Paul Tol:
people who see colours differently can tell them apart, too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Spec = dict[str, Any]
_SERIES = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#332288", "#882255")


_TIMES = {
    "year": "%Y",
    "month": "%b %Y",
    "date": "%d %b",
    "hours": "%H:%M",
    "minutes": "%H:%M",
    "seconds": "%H:%M:%S",
    "milliseconds": "%H:%M:%S.%L",
}


class Ink(NamedTuple):
    """What a picture is drawn with."""

    text: str
    soft: str
    grid: str
    surface: str
    accent: str
    others: str
    series: tuple[str, ...]
    font: str


PAGE = Ink(
    "var(--text)",
    "var(--soft)",
    "var(--grid)",
    "var(--surface)",
    "var(--accent)",
    "var(--others)",
    tuple(f"var(--series-{place})" for place in range(len(_SERIES))),
    "system-ui, sans-serif",
)
"""The page's own colours, which are others in the dark, and on paper."""
PAPER = Ink("#1c2127", "#5a6470", "#e3e6ea", "#ffffff", "#0b6bb5", "#8b949e", _SERIES, "Liberation Sans, sans-serif")
"""Of pictures that are files."""


_FINE_MS = 8000


def time_axis(scale: str) -> Spec:
    """An axis of time: with what its step differs in; the day where that changes, and at first.

    Args:
        scale: the name that Vega has for its scale. It is asked how wide it is, as Vega's own ticks of less than a
            second are too few.
    """
    domain, span = f"domain('{scale}')", f"span(domain('{scale}'))"
    power = f"pow(10, floor(log({span} / 6) / LN10))"
    part = f"{span} / 6 / {power}"
    step = f"max(1, {power} * ({part} <= 1 ? 1 : {part} <= 2 ? 2 : {part} <= 5 ? 5 : 10))"
    fine = f"sequence(ceil({domain}[0] / ({step})) * ({step}), {domain}[1], {step})"
    return {
        "format": _TIMES,
        "values": {"expr": f"{span} < {_FINE_MS} ? {fine} : null"},
        "labelExpr": "datum.index ? datum.label : [datum.label, utcFormat(datum.value, '%Y-%m-%d UTC')]",
        "labelOverlap": "greedy",
        "labelSeparation": 10,
        "labelFlush": False,
        "tickCount": 8,
    }


def config(ink: Ink) -> Spec:
    """What all pictures have in common."""
    label = {"labelColor": ink.soft, "labelFontSize": 12, "titleColor": ink.soft, "titleFontSize": 12}
    return {
        "background": "transparent" if ink is PAGE else ink.surface,
        "font": ink.font,
        "view": {"stroke": None},
        "axis": {
            **label,
            "titleFontWeight": "normal",
            "titlePadding": 10,
            "labelPadding": 6,
            "gridColor": ink.grid,
            "domainColor": ink.grid,
            "tickColor": ink.grid,
            "ticks": False,
        },
        "legend": {**label, "titleFontWeight": "normal", "symbolType": "square", "symbolSize": 120, "labelLimit": 180},
        "title": {"color": ink.text, "fontSize": 15, "anchor": "start", "offset": 12},
    }
