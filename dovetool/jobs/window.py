"""Which frames of a capture are meant by --frame, --from and --to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dovetool.errors import UsageError
from dovetool.jobs.amounts import MOST_SECONDS, TOO_LONG
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.analysis.frame_selection import Ranges, Window

_RANGE = re.compile(r"([0-9]{1,18})(?:-([0-9]{0,18}))?")  # numbers of frames stay within 64 bits
_NUMBER = re.compile(r"[0-9]{1,18}")
_SPAN = re.compile(r"\+([0-9]+)(?:\.([0-9]{1,9}))?s?")
_FRAMES = "expected frame numbers, as in 17 or 1-20,40-"
_ENDS = (
    "expected a frame number (17), seconds after the first frame with a plus sign (+1.5), "
    "or a time (2026-01-01T00:00:10.5Z)"
)


@dataclass(frozen=True, slots=True)
class _End:
    """An end of a window: one of these."""

    number: int | None = None
    ns: int | None = None
    after_ns: int | None = None

    def is_behind(self, other: _End) -> bool:
        """True for what cannot come before the other, as far as it can be told without the capture."""
        pairs = ((self.number, other.number), (self.ns, other.ns), (self.after_ns, other.after_ns))
        return any(a is not None and b is not None and a > b for a, b in pairs)


def window_of(frames: list[str] | None, first: str | None, last: str | None) -> Window:
    """The window that the options open; raises a UsageError for what is none of its kind."""
    from dovetool.analysis.frame_selection import NO_END, Window

    ranges = _merged(sorted(_ranges(frames)))
    low = _end("--from", first) if first is not None else _End()
    high = _end("--to", last) if last is not None else _End()
    if low.is_behind(high):
        raise UsageError(f"--from {first} is behind --to {last}")
    numbers = (low.number if low.number is not None else 1, high.number if high.number is not None else NO_END)
    if numbers != (1, NO_END):
        within = ((max(start, numbers[0]), min(end, numbers[1])) for start, end in ranges or ((1, NO_END),))
        ranges = tuple(each for each in within if each[0] <= each[1]) or ((0, 0),)
    first_ns = low.ns if low.ns is not None else -NO_END
    last_ns = high.ns if high.ns is not None else NO_END
    return Window(ranges, first_ns, last_ns, low.after_ns, high.after_ns)


def _ranges(words: list[str] | None) -> Iterator[tuple[int, int]]:
    from dovetool.analysis.frame_selection import NO_END

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


def _end(option: str, word: str) -> _End:
    if _NUMBER.fullmatch(word):
        return _End(number=int(word))
    span = _SPAN.fullmatch(word)
    if span is not None:
        return _End(after_ns=_span_ns(option, word, *span.groups("")))
    from dovetool.vnid_map.values import hint_of, parse_time

    try:
        return _End(ns=parse_time(word))
    except ValueError as error:
        raise UsageError(f"{option} {word}: {_ENDS}{hint_of(error)}") from error


def _span_ns(option: str, word: str, seconds: str, fraction: str) -> int:
    """A span in ns, which no time of a capture can be too large for when it is added."""
    if len(seconds) > len(str(MOST_SECONDS)) or int(seconds) > MOST_SECONDS:
        raise UsageError(f"{option} {word}: {TOO_LONG}")
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0"))
