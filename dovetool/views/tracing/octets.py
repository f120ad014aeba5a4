"""Octets before and after a step, header by header: + came, - went, a blank stayed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rich.text import Text

from dovetool.analysis.octet_diff import Run, RunKind
from dovetool.observe.dissection import PAYLOAD, TYPE, HeaderPart
from dovetool.values import dataclass

_STYLES = {"+": "green", "-": "red", " ": "default"}
_LABEL = 10
_ONE_HEADER = ("Ethernet", TYPE)
"""Headers that are shown as one where they stand side by side; a tag may stand between them."""
_FEW, _MANY = 16, 64
_FULL, _HALF = 16, 8


@dataclass(frozen=True, slots=True)
class Part:
    """Octets of one header with one fate.

    Attributes:
        sign: "+", "-" or a blank.
        at: where they stand in their frame.
        octets: the octets.
        label: name of the header.
        detail: what the header says.
        marked: indexes of the octets that are others than before.
    """

    sign: str
    at: int
    octets: bytes
    label: str
    detail: str = ""
    marked: frozenset[int] = frozenset()


def whole(octets: bytes, headers: Sequence[HeaderPart]) -> list[Part]:
    """A frame that nothing happened to."""
    return _by_header(" ", 0, octets, headers)


def parts_of(runs: Iterable[Run], before: Sequence[HeaderPart], after: Sequence[HeaderPart]) -> list[Part]:
    """Cut runs where headers end; a header of which octets changed goes and comes."""
    parts: list[Part] = []
    for run in _merged(runs):
        if run.kind is RunKind.REMOVED:
            parts += _by_header("-", run.before_at, run.before, before)
        elif run.kind is RunKind.INSERTED:
            parts += _by_header("+", run.after_at, run.after, after)
        else:
            for part in _by_header(" ", run.after_at, run.after, after):
                parts += _compared(part, run)
    return parts


def _merged(runs: Iterable[Run]) -> Iterator[Run]:
    """Runs that stayed, changed or not, joined with their neighbours."""
    last: Run | None = None
    for run in runs:
        kept = run.kind in (RunKind.SAME, RunKind.CHANGED)
        if last is not None and kept and last.kind is RunKind.CHANGED:
            last = replace(last, before=last.before + run.before, after=last.after + run.after)
            continue
        if last is not None:
            yield last
        last = replace(run, kind=RunKind.CHANGED) if kept else run
    if last is not None:
        yield last


def _compared(part: Part, run: Run) -> Iterator[Part]:
    start = part.at - run.after_at
    old = run.before[start : start + len(part.octets)]
    if old == part.octets:
        yield part
        return
    marked = frozenset(at for at, octet in enumerate(old) if octet != part.octets[at])
    yield Part("-", run.before_at + start, old, part.label, "", marked)
    yield replace(part, sign="+", marked=marked)


def _by_header(sign: str, at: int, octets: bytes, headers: Sequence[HeaderPart]) -> list[Part]:
    parts: list[Part] = []
    end = at + len(octets)
    for header in headers:
        start, stop = max(at, header.offset), min(end, header.end)
        if start >= stop:
            continue
        part = Part(sign, start, octets[start - at : stop - at], header.label, header.detail)
        octets, at = octets[stop - at :], stop
        if parts and (parts[-1].label, part.label) == _ONE_HEADER:
            part = replace(parts[-1], octets=parts.pop().octets + part.octets)
        parts.append(part)
    return [*parts, Part(sign, at, octets, "")] if octets else parts


def octet_lines(parts: Sequence[Part], width: int) -> list[Text]:
    """The lines that show them in so many columns; what stays for long is told by its length."""
    lines: list[Text] = []
    at = 0
    while at < len(parts):
        end = at
        while end < len(parts) and parts[end].sign == " ":
            end += 1
        if end == at:
            lines += _rows(parts[at], width)
            at += 1
        else:
            lines += _unchanged(parts[at:end], width)
            at = end
    return lines


def head_lines(parts: Sequence[Part], width: int) -> list[Text]:
    """The lines that show a frame as it is."""
    return [line for part in parts for line in _rows(part, width)]


def _unchanged(parts: Sequence[Part], width: int) -> Iterator[Text]:
    first, rest = parts[0], parts[1:]
    if len(first.octets) > _FEW:
        first, rest = replace(first, octets=b""), parts
    if first.octets:
        yield from _rows(first, width)
    left = sum(len(part.octets) for part in rest)
    if 0 < left <= _FEW:
        for part in rest:
            yield from _rows(part, width)
    elif left:
        names = ", ".join(dict.fromkeys(part.label for part in rest if part.label))
        yield Text(f"        ... {left:,} octets unchanged" + (f": {names}" if names else ""), "dim", overflow="fold")


def _rows(part: Part, width: int) -> Iterator[Text]:
    per_row = _FULL if width >= 8 + _LABEL + 3 * _FULL else _HALF
    is_long = len(part.octets) > (_FEW if part.label == PAYLOAD else _MANY)
    shown = part.octets[:per_row] if is_long else part.octets
    for start in range(0, len(shown), per_row):
        label = part.label if not start else ""
        line = Text(f"{part.sign} {part.at + start:04x}  {label:<{_LABEL}}", _STYLES[part.sign], overflow="fold")
        for at in range(start, min(start + per_row, len(shown))):
            line.append(" " if at > start else "")
            line.append(f"{shown[at]:02x}", "bold underline" if at in part.marked else "")
        room = width - 8 - _LABEL - 3 * per_row - 1
        if not start and part.detail and len(part.detail) <= room:
            line.append(" " * (8 + _LABEL + 3 * per_row + 1 - len(line.plain)))
            line.append(part.detail, "dim")
        yield line
    if len(shown) < len(part.octets):
        yield Text(f"        ... {len(part.octets) - len(shown):,} more octets", "dim")
