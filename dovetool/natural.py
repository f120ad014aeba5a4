"""The order of names for people: vm2 before vm10."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"([0-9]+)")


def natural(name: str) -> tuple[list[str | int], str]:
    """The key by which names are sorted: numbers in them by value, the rest letter by letter, whatever its case."""
    text, *rest = _DIGITS.split(name.casefold())
    key: list[str | int] = [text]
    for digits, behind in zip(rest[::2], rest[1::2], strict=True):
        significant = digits.lstrip("0")
        key += len(significant), significant, behind
    return key, name
