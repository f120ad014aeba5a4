"""Numbers, times and amounts as people read them: written out, with thin spaces between thousands."""

from __future__ import annotations

from dovetool.pictures.html import THIN
from dovetool.vnid_map.texts import time_text

_SECOND = 10**9
_UNITS = ("", "k", "M", "G", "T", "P")
_WHOLE = 100_000


def number(count: int) -> str:
    """A whole number, every digit of it."""
    return f"{count:,}".replace(",", THIN)


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def percent(part: float, whole: float) -> str:
    """A part in per cent; small ones are not said to be nothing, nor large ones all."""
    if not whole:
        return ""
    share = 100 * part / whole
    if share in (0, 100):
        return f"{share:.0f}%"
    if 0 < share < 0.05:
        return "<0.1%"
    if 99.95 <= share < 100:
        return ">99.9%"
    return f"{share:.1f}%"


def unit_of(most: float, name: str) -> tuple[float, str]:
    """The unit in which a number up to this is shown, and how many of the plain one it is."""
    step = 0
    while most >= _WHOLE and step < len(_UNITS) - 1:
        most, step = most / 1000, step + 1
    return 1000.0**step, f"{_UNITS[step]}{name}"


def amount(value: float, name: str) -> str:
    """A number with its unit, written out below 100,000."""
    scale, unit = unit_of(value, name)
    shown = value / scale
    digits = 0 if shown >= 1000 or (scale == 1 and float(value).is_integer()) else 1 if shown >= 10 else 2
    return f"{shown:,.{digits}f}".replace(",", THIN) + f"{THIN}{unit}"


def rate(octets: int, span_ns: int) -> str:
    """Octets over a span, in bits per second; empty where there is no span."""
    return amount(octets * 8 * _SECOND / span_ns, "bit/s") if span_ns > 0 else ""


def span(ns: int) -> str:
    """A span of time."""
    seconds = ns / _SECOND
    if seconds < 120:
        return f"{seconds:.3f}{THIN}s" if seconds < 10 else f"{seconds:.1f}{THIN}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 120:
        return f"{minutes}{THIN}min {rest}{THIN}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 72:
        return f"{hours}{THIN}h {minutes}{THIN}min"
    return f"{hours // 24}{THIN}d {hours % 24}{THIN}h"


def delay_text(ns: int) -> str:
    """A delay, or how far a clock is ahead, in milliseconds; longer ones in seconds."""
    if abs(ns) < 10 * _SECOND:
        return f"{ns / 10**6:,.3f}".replace(",", THIN) + f"{THIN}ms"
    return f"{ns / _SECOND:,.3f}".replace(",", THIN) + f"{THIN}s"


def moment(ts_ns: int) -> str:
    """A time in UTC, to the millisecond."""
    whole, fraction = time_text(ts_ns // _SECOND * _SECOND)[:-1], ts_ns % _SECOND // 10**6
    return f"{whole.replace('T', ' ')}.{fraction:03d}"
