"""Frames next to a frame: each differs from it in one respect, at a place where that counts for what becomes of it.

Where it counts is told by what the stage looked at, and by the verdict. So these are at, below and above every limit,
cut at every border of a header, and of other flows that hardly differ: what random frames hardly ever hit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from strategies import Captured

from dovetool.frame.view import NO_LIMIT, FrameView, Shape
from dovetool.stages.stage import Stage
from dovetool.verdict.check import NotLonger
from dovetool.verdict.patch import Operation
from dovetool.verdict.verdict import Copies, Forward, Frame, Gather, Verdict

_LARGE = 70_003
_LONGEST_MADE = 2_000
_ODD = 9
_OTHER_LINK = 113


def neighbours(stage: Stage, one: Captured) -> Iterator[Captured]:
    """A frame, and those next to it."""
    verdict, shape = _looked_at(stage, one)
    yield one
    yield from _elsewhere(stage, one)
    for ended in (False, True):
        yield from _cut_at_borders(stage, one, ended=ended)
    yield from _of_other_flows(one, shape)
    is_cut_up = any(way.cut for way in ways(verdict))
    for near in (*_with_other_lengths(stage, one, shape), *_at_limits(one, verdict)):
        if not is_cut_up or near.frame.orig_len <= _LONGEST_MADE:  # else there are hundreds of fragments
            yield near


def ways(verdict: Verdict) -> tuple[Forward, ...]:
    """All ways in which frames may go on by a verdict, those of its guard included."""
    if isinstance(verdict, Gather):
        verdict = verdict.otherwise
    if not isinstance(verdict, Forward | Copies):
        return ()
    others = verdict.guard.otherwise if verdict.guard is not None else ()
    own = verdict.verdicts if isinstance(verdict, Copies) else (verdict,)
    return (*own, *(way for other in others for way in ways(other)))


def lengths_at_limits(verdict: Verdict) -> set[int]:
    """Lengths on the wire at which something changes in what becomes of a frame, and those next to them."""
    borders: set[int] = set()
    for way in ways(verdict):
        borders.add(way.longest)
        lengths = [patch for patch in way.patches if patch.operation is Operation.LENGTH]
        borders.update(patch.a + 0xFFFF - way.delta for patch in lengths)
        if way.cut is not None:
            borders.add(way.cut.ip_at + way.cut.mtu - way.delta)
    if isinstance(verdict, Forward | Copies) and verdict.guard is not None:
        borders.update(check.octets for check in verdict.guard.checks if isinstance(check, NotLonger))
    return {border + step for border in borders - {NO_LIMIT} for step in (-1, 0, 1, 2)}


def with_length(one: Captured, orig_len: int) -> Captured:
    """The frame with so many octets on the wire: all of them there, by cutting or padding, unless they are too many."""
    octets = one.frame.octets[:orig_len]
    return replace(one, frame=Frame(octets.ljust(orig_len if orig_len <= _LONGEST_MADE else 0, b"\x5a"), orig_len))


def with_word(one: Captured, at: int, value: int) -> Captured:
    """The frame with another 16-bit number at a place."""
    octets = one.frame.octets
    if at + 2 > len(octets):
        return one
    return replace(one, frame=replace(one.frame, octets=octets[:at] + value.to_bytes(2, "big") + octets[at + 2 :]))


def _looked_at(stage: Stage, one: Captured) -> tuple[Verdict, Shape]:
    view = FrameView(
        one.frame.octets, one.frame.orig_len, link_type=one.link_type, interface=one.interface, ts_ns=one.ts_ns
    )
    return stage.decide(view), view.shape()


def _at_limits(one: Captured, verdict: Verdict) -> Iterator[Captured]:
    for orig_len in sorted(lengths_at_limits(verdict)):
        if orig_len > 0:
            yield with_length(one, orig_len)
            yield replace(one, frame=Frame(one.frame.octets[:orig_len], orig_len))


def _elsewhere(stage: Stage, one: Captured) -> Iterator[Captured]:
    """At other times, and from other interfaces."""
    for time_ns in stage.change_times_ns:
        yield from (replace(one, ts_ns=time_ns - 1), replace(one, ts_ns=time_ns))
    yield from (replace(one, interface=name) for name in ("sw1/p2", "sw2/p1", "sw1/none", "eth0"))
    yield replace(one, link_type=_OTHER_LINK)


def _cut_at_borders(stage: Stage, one: Captured, *, ended: bool) -> Iterator[Captured]:
    """The frame cut by capturing, or ended, right before and right behind all that a stage wants of it in turn."""

    def made(end: int) -> Captured:
        return replace(one, frame=Frame(one.frame.octets[:end], end if ended else one.frame.orig_len))

    end = 0
    while end < len(one.frame.octets):
        yield made(end)
        _, shape = _looked_at(stage, made(end))
        below = min(shape.caplen[1], shape.wire[1])
        if below == NO_LIMIT:
            return
        yield made(below - 1)
        end = max(below, end + 1)


def _of_other_flows(one: Captured, shape: Shape) -> Iterator[Captured]:
    """With one bit changed in each octet that was looked at, and in some that were not; with each choice made."""
    octets = one.frame.octets
    looked_at = {at + place: mask >> 8 * place & 0xFF for at, mask in shape.words for place in range(8)}
    for at in range(len(octets)):
        mask = looked_at.get(at, 0)
        if mask or at % 16 == 5:
            changed = bytes((octets[at] ^ (mask & -mask or 0x10),))
            yield replace(one, frame=replace(one.frame, octets=octets[:at] + changed + octets[at + 1 :]))
    for at, values in shape.choices:
        yield from (with_word(one, at, value) for value in (*values, values[0] ^ 1, 0xFFFF))


def _with_other_lengths(stage: Stage, one: Captured, shape: Shape) -> Iterator[Captured]:
    """With more or less behind what length fields count; with each and all of them 0; longer than they can count.

    What is as much longer as its fields say has as much behind them as one where they are 0.
    """
    orig_len = max(one.frame.orig_len, len(one.frame.octets))
    for at, base in shape.lengths:
        lengths = {0, 1, 0xFFFF, *(max(orig_len - base - behind, 0) & 0xFFFF for behind in (-1, 0, 1, 7))}
        yield from (with_word(one, at, length) for length in sorted(lengths))
    yield from (with_length(one, orig_len + more) for more in (-1, 1, 7))
    yield replace(one, frame=replace(one.frame, orig_len=orig_len + 5))
    blank = _with_lengths(one, shape, 0)
    yield with_length(_with_lengths(one, _looked_at(stage, blank)[1], _ODD), orig_len + _ODD)
    for each in (one, blank):
        yield each
        yield from (with_length(each, length) for length in (0xFFFF, 0x10000, _LARGE))
    yield replace(blank, frame=Frame(blank.frame.octets.ljust(_LARGE, b"\xa5"), _LARGE))


def _with_lengths(one: Captured, shape: Shape, length: int) -> Captured:
    """With one length in all fields for one."""
    for at in {at for at, _ in shape.lengths}:
        one = with_word(one, at, length)
    return one
