"""Moments, spans of time and sizes as people write them: whole nanoseconds and octets."""

from __future__ import annotations

import re

from dovetool.errors import UsageError

_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|h)", re.ASCII)
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([kmgt]i?b|b)", re.ASCII | re.IGNORECASE)
_SIZES = {"b": 1, **{f"{unit}b": 1000 ** (n + 1) for n, unit in enumerate("kmgt")}}
_SIZES |= {f"{unit}ib": 1024 ** (n + 1) for n, unit in enumerate("kmgt")}
_UNITS_NS = {"ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}


def time_named(word: str) -> int:
    """A moment in ns since 1970, written as in a map."""
    from pydantic_core import PydanticCustomError

    from dovetool.vnid_map.values import parse_time

    try:
        return parse_time(word)
    except PydanticCustomError as error:
        context = error.context or {}
        hint = f" ({context['hint']})" if context.get("hint") else ""
        raise UsageError(f"--time {word}: expected {context.get('what')}{hint}") from None


def size_named(option: str, word: str) -> int:
    """Octets, written with their unit."""
    match = _SIZE.fullmatch(word.strip())
    octets = round(float(match[1]) * _SIZES[match[2].lower()]) if match is not None else 0
    if octets < 1:
        raise UsageError(f"{option} {word}: expected a size such as 100MB, 64KiB or 2GiB")
    return octets


def span_named(option: str, word: str) -> int:
    """A span of time in ns, written with its unit."""
    match = _SPAN.fullmatch(word.strip())
    if match is None:
        raise UsageError(f"{option} {word}: expected a span of time such as 2s, 500ms or 5m")
    number, unit = match.groups()
    return int(float(number) * _UNITS_NS[unit])
