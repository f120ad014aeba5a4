"""Moments, spans of time and sizes as people write them: whole nanoseconds and octets."""

from __future__ import annotations

import re

from dovetool.errors import UsageError

_SPAN = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?\s*(ms|s|m|h)", re.ASCII)
_SIZE = re.compile(r"(\d{1,9})(?:\.(\d{1,6}))?\s*([kmgt]i?b|b)", re.ASCII | re.IGNORECASE)
_SHIFT = re.compile(r"([+-]?)(\d{1,15})(?:\.(\d{1,9}))?s?", re.ASCII)
_SIZES = {"b": 1, **{f"{unit}b": 1000 ** (n + 1) for n, unit in enumerate("kmgt")}}
_SIZES |= {f"{unit}ib": 1024 ** (n + 1) for n, unit in enumerate("kmgt")}
MOST_SECONDS, TOO_LONG = 10**9, "no capture lasts so long"
"""Added to times of ns, spans up to these stay within 64 bits up to the year 2230."""
_UNITS_NS = {"ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}


def time_named(option: str, word: str) -> int:
    """A moment in ns since 1970, written as in a map."""
    from dovetool.vnid_map.values import parse_time, told

    try:
        return parse_time(word)
    except ValueError as error:
        raise UsageError(f"{option} {word}: expected {told(error)}") from None


def size_named(option: str, word: str) -> int:
    """Octets, written with their unit."""
    match = _SIZE.fullmatch(word.strip())
    octets = _amount(match[1], match[2], _SIZES[match[3].lower()]) if match is not None else 0
    if octets < 1:
        raise UsageError(f"{option} {word}: expected a size such as 100MB, 64KiB or 2GiB")
    return octets


def span_named(option: str, word: str) -> int:
    """A span of time in ns, written with its unit; what is less than a nanosecond does not count."""
    match = _SPAN.fullmatch(word.strip())
    if match is None:
        raise UsageError(f"{option} {word}: expected a span of time such as 2s, 500ms or 5m")
    span_ns = _amount(match[1], match[2], _UNITS_NS[match[3]])
    if span_ns > MOST_SECONDS * _UNITS_NS["s"]:
        raise UsageError(f"{option} {word}: {TOO_LONG}")
    return span_ns


def shift_named(word: str) -> int:
    """A span in ns, written in seconds with a sign."""
    match = _SHIFT.fullmatch(word.strip())
    if match is None:
        raise UsageError(f"--shift {word}: expected seconds with a sign, as in +1.5 or -0.000001")
    span_ns = _amount(match[2], match[3], _UNITS_NS["s"])
    return -span_ns if match[1] == "-" else span_ns


def _amount(whole: str, fraction: str | None, unit: int) -> int:
    """So many units, and a fraction of one; in integers, as floats know no nanoseconds of long spans."""
    digits = fraction or ""
    amount: int = int(whole + digits) * unit // 10 ** len(digits)
    return amount
