"""Numbers, times and rates in few characters."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = " .:-=+*#"
_SECOND = 10**9
_EXACT = 1 << 53  # integers that a float can tell from their neighbours


def seconds_text(ns: int, digits: int = 3) -> str:
    """A span of ns in seconds."""
    seconds = ns / _SECOND if abs(ns) < _EXACT else Decimal(ns).scaleb(-9)
    return f"{seconds:,.{digits}f}"


def percent(part: float, whole: float) -> str:
    """A part in per cent; empty when there is no whole."""
    return f"{100 * part / whole:.1f} %" if whole else ""


def sparkline(values: Sequence[int], width: int, *, plain: bool = False) -> str:
    """A row of at most `width` bars, each as high as the mean of its values; blank where all of them are 0.

    Args:
        values: one or more; with more than `width`, several share a bar.
        width: characters.
        plain: use ASCII characters.
    """
    bars = _PLAIN_BARS if plain else _BARS
    per_bar = -(-len(values) // width) or 1
    sums = [sum(values[at : at + per_bar]) for at in range(0, len(values), per_bar)]
    most = max(sums, default=0)
    top = len(bars) - 1
    return "".join(" " if value == 0 else bars[min(top, value * top // most)] for value in sums)
