"""Numbers, times and rates in few characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

_BARS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉"
_PLAIN_BARS = " .:-=+*#"
_SECOND = 10**9
_PREFIXES = ("", "k", "M", "G", "T")
_WRITTEN_OUT = 100_000
"""Numbers below that are in no need of a larger unit."""
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


def rate_unit(highest: float, unit: str) -> tuple[int, str]:
    """The unit for rates of which the highest is that many of `unit`, such as kbit/s, and what one of it is worth."""
    if highest < _WRITTEN_OUT:
        return 1, unit
    power: int = min(int(math.log10(highest)) // 3, len(_PREFIXES) - 1)
    worth: int = 1000**power
    return worth, _PREFIXES[power] + unit


def decimal_text(number: float) -> str:
    """A number with its thousands apart, and three decimals at most."""
    return f"{number:,.3f}".rstrip("0").rstrip(".")


def bar(amount: int, most: int, width: int, *, plain: bool = False) -> str:
    """A bar that is as long as an amount is large; what there is at all can be seen.

    Args:
        amount: from 0 on.
        most: the amount of the longest bar.
        width: characters of that.
        plain: use ASCII characters.
    """
    if not amount:
        return ""
    if plain:
        return "#" * round(amount * width / most) or "|"
    eighths = max(1, round(amount * width * 8 / most))
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def counted(number: int, one: str, many: str) -> str:
    """A number of things."""
    return f"{number:,} {one if number == 1 else many}"
