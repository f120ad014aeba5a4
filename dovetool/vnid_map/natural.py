"""The order of names for people: vm2 before vm10."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"([0-9]+)")


def natural(name: str) -> tuple[tuple[tuple[int, str], ...], str]:
    """The key by which names are sorted: numbers in them by value, the rest letter by letter, whatever its case."""
    parts = _DIGITS.split(name.casefold())
    return tuple(_number(part) if index % 2 else (0, part) for index, part in enumerate(parts)), name


def _number(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant
