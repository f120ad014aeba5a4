"""Which frames of a capture are meant by --frame, --from and --to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dovetool.errors import UsageError

if TYPE_CHECKING:
    from dovetool.pipeline.looking import Ranges, Window

_RANGE = re.compile(r"(\d+)(?:-(\d*))?")
_NUMBER = re.compile(r"\d+")
_FRAMES = "expected frame numbers, as in 17 or 1-20,40-"
_ENDS = "expected a frame number, or a time as in 2026-01-01T00:00:10.5Z"


def window_of(frames: list[str] | None, first: str | None, last: str | None) -> Window:
    """The window that the options open; raises a UsageError for what is none of its kind."""
    from dovetool.pipeline.looking import NO_END, Window

    ranges = _merged(sorted(_ranges(frames)))
    low = _end("--from", first) if first is not None else (1, -NO_END)
    high = _end("--to", last) if last is not None else (NO_END, NO_END)
    if any(a is not None and b is not None and a > b for a, b in zip(low, high, strict=True)):
        raise UsageError(f"--from {first} is behind --to {last}")
    numbers = (low[0] if low[0] is not None else 1, high[0] if high[0] is not None else NO_END)
    if numbers != (1, NO_END):
        within = ((max(start, numbers[0]), min(end, numbers[1])) for start, end in ranges or ((1, NO_END),))
        ranges = tuple(each for each in within if each[0] <= each[1]) or ((0, 0),)
    first_ns = low[1] if low[1] is not None else -NO_END
    last_ns = high[1] if high[1] is not None else NO_END
    return Window(ranges, first_ns, last_ns)


def _ranges(words: list[str] | None) -> Iterator[tuple[int, int]]:
    from dovetool.pipeline.looking import NO_END

    for part in (part.strip() for word in words or () for part in word.split(",")):
        match = _RANGE.fullmatch(part)
        first = int(match[1]) if match is not None else 0
        if match is None or first == 0:
            raise UsageError(f"--frame {part}: {_FRAMES}; they count from 1")
        last = first if "-" not in part else int(match[2]) if match[2] else NO_END
        if last < first:
            raise UsageError(f"--frame {part}: the range ends before it begins")
        yield first, last


def _merged(ranges: list[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for first, last in ranges:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return tuple(merged)


def _end(option: str, word: str) -> tuple[int | None, int | None]:
    """A frame number, or a time in ns."""
    if _NUMBER.fullmatch(word):
        return int(word), None
    from pydantic_core import PydanticCustomError

    from dovetool.vnid_map.values import parse_time

    try:
        return None, parse_time(word)
    except PydanticCustomError as error:
        raise UsageError(f"{option} {word}: {_ENDS}") from error
