"""Programs made and frames made by them, and questions asked about frames, with numbers at the edges."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from hostile import Column, Frames, bent, block, number, refused
from numpy.typing import NDArray

from dovetool.core.checks import Questions
from dovetool.core.frames import Programs
from dovetool.engine import plain_kernel
from dovetool.verdict.patch import Operation, Patch

_POOL = ThreadPoolExecutor(2)
_GUARD = 0xA5
_MOST_LEN = 1 << 48
_Numbers = NDArray[np.int32]
_Pairs = tuple[tuple[int, int], ...]
_Program = tuple[_Pairs, bytes, int, int, tuple[Patch, ...]]


def make(choice: random.Random) -> int:
    """Make frames, and ask about some; returns how often."""
    octets = [choice.randbytes(choice.choice((0, 1, 14, 50, 51, 120))) for _ in range(choice.choice((0, 1, 2, 8)))]
    frames = Frames(choice, octets, straight=choice.random() < 0.6)
    return _make(choice, frames) + _ask(choice, frames)


def _make(choice: random.Random, frames: Frames) -> int:
    core, plain = Programs(), plain_kernel.Programs()
    kept: list[_Program] = []
    for _ in range(choice.randrange(5)):
        program = _program(choice)
        if not refused(lambda: core.add(*program)):  # noqa: B023  (called at once)
            kept.append(program)
            plain.add(*program)
    assert len(core) == len(kept)
    usual = [choice.randrange(-1, len(kept)) for _ in range(len(frames))]
    numbers = np.clip(bent(choice, np.array(usual, np.int64), 0.1), -(1 << 31), (1 << 31) - 1).astype(np.int32)
    lengths = np.full((2, len(frames)), -1, np.int64)
    columns = numbers, frames.caplen, frames.wire
    if refused(lambda: core.measure(*columns, *lengths)):
        is_right = ((numbers >= -1) & (numbers < len(kept))).all()
        is_right &= all(0 <= length < _MOST_LEN for column in columns[1:] for length in column.tolist())
        assert not is_right, columns
    _write(choice, frames, numbers, lengths, core, kept, plain)
    return len(kept) + len(frames) + 1


def _write(
    choice: random.Random,
    frames: Frames,
    numbers: _Numbers,
    lengths: Column,
    core: Programs,
    kept: list[_Program],
    plain: plain_kernel.Programs,
) -> None:
    """Have two threads make the frames; where none is refused, all but them stays as it was."""
    room = np.where((lengths[0] >= 0) & (lengths[0] < 1 << 20), lengths[0], 0)
    usual = np.cumsum(room + 1) - room - 1
    places = bent(choice, usual.copy(), 0.1)
    size = int((room + 1).sum()) if choice.random() < 0.9 else 0
    out = block(choice, bytes([_GUARD]) * size)
    new_caplen, new_orig = bent(choice, lengths[0], 0.1), bent(choice, lengths[1], 0.1)
    source = numbers, frames.block, frames.offset, frames.caplen, frames.wire
    middle, stop = len(frames) // 2, number(choice, len(frames))
    calls = [
        lambda span=span: core.make(*source, out, places, new_caplen, new_orig, *span)
        for span in ((0, middle), (middle, stop))
    ]
    if any(list(_POOL.map(refused, calls))) or (places != usual).any():
        return
    expected = np.full_like(out, _GUARD)
    for row in range(stop):
        if numbers[row] < 0 or _is_plain(kept[numbers[row]], frames, row, int(new_orig[row])):
            plain.make(*source, expected, places, new_caplen, new_orig, row, row + 1)
        else:
            here = slice(int(places[row]), int(places[row] + new_caplen[row]))
            expected[here] = out[here]
    assert (out == expected).all(), (kept, numbers, frames.block, frames.offset, frames.caplen, frames.wire)


def _is_plain(program: _Program, frames: Frames, row: int, orig_len: int) -> bool:
    """Whether a frame has all that a program takes and patches; the plain twin makes no others."""
    pieces, _, rest, trim, patches = program
    caplen, wire = int(frames.caplen[row]), int(frames.wire[row])
    left = min(caplen, max(caplen, wire) - trim)
    size = left - rest + sum(length for _, length in pieces)
    places = [place for patch in patches for place in (patch.at, patch.b if patch.operation == Operation.LENGTH else 0)]
    counted = [patch.a for patch in patches if patch.operation in {Operation.LENGTH, Operation.UDP_SUM}]
    return left >= rest and all(place + 2 <= size for place in places) and all(orig_len >= place for place in counted)


def _program(choice: random.Random) -> _Program:
    at, pieces, constants = 0, [], b""
    for _ in range(choice.randrange(4)):
        length = choice.choice((0, 1, 7, 14, 20))
        if choice.random() < 0.5:
            pieces.append((-1, length))
            constants += choice.randbytes(length)
        else:
            pieces.append((number(choice, at, 0.03), number(choice, length, 0.03)))
            at += length
    patches = tuple(_patch(choice) for _ in range(choice.choice((0, 0, 1, 2, 4))))
    return tuple(pieces), constants, number(choice, at + choice.randrange(8), 0.03), number(choice, 0, 0.1), patches


def _patch(choice: random.Random) -> Patch:
    operation = choice.choice(list(Operation))
    at, a, b, c, d = (choice.randrange(30) for _ in range(5))
    a = {Operation.ENTROPY: choice.choice((1, 2)), Operation.ADD_TO_SUM: a * 0x8765}.get(operation, a)
    b = choice.choice((-1, b)) if operation == Operation.LENGTH else b
    c = c % 2 if operation == Operation.LENGTH else c
    at, a, b, c, d = (number(choice, usual, 0.02) for usual in (at, a, b, c, d))
    return Patch(operation, at, a, b, c, d, _flow(choice))


def _flow(choice: random.Random) -> _Pairs:
    masks = (0xFF, 0xFFFF_0000, (1 << 64) - 1, choice.getrandbits(64))
    return tuple(
        (number(choice, choice.randrange(60), 0.02), choice.choice(masks)) for _ in range(choice.choice((0, 1, 5, 13)))
    )


def _ask(choice: random.Random, frames: Frames) -> int:
    """Have questions answered; about frames that are right, as the plain twin answers them."""
    core, plain = Questions(), plain_kernel.Questions()
    asked = tuple(_question(choice) for _ in range(choice.choice((0, 1, 2, 5, 33))))
    if refused(lambda: core.add(asked)):
        return 1
    plain.add(asked)
    usual = [choice.randrange(len(frames)) for _ in range(choice.randrange(12))] if len(frames) else []
    rows = bent(choice, np.array(usual, np.int64), 0.1)
    start, stop, which = number(choice, 0, 0.05), number(choice, len(rows), 0.05), number(choice, 0, 0.02)
    columns = frames.block, frames.offset, frames.caplen, frames.wire, rows
    out, expected = np.full((2, len(rows)), -1, np.int64)
    is_right = which == 0 <= start <= stop <= len(rows)
    if is_right:
        there = rows[start:stop].tolist()
        is_right = all(0 <= row < len(frames) for row in there) and frames.lie_within(there)
        is_right = is_right and all(0 <= int(frames.wire[row]) < _MOST_LEN for row in there)
    assert refused(lambda: core.answers(which, *columns, out, start, stop)) != is_right, asked
    if is_right:
        plain.answers(which, *columns, expected, start, stop)
        assert (out == expected).all(), (asked, out, expected)
    return 2


def _question(choice: random.Random) -> tuple[Any, ...]:
    kind = choice.randrange(5)
    at, start, behind, addresses = (number(choice, choice.randrange(60), 0.01) for _ in range(4))
    if kind == 0:
        return kind, number(choice, 50, 0.5)
    if kind == 1:
        return kind, at, _flow(choice), number(choice, choice.choice((1, 2)), 0.02)
    if kind == 2:
        return kind, start, number(choice, 20, 0.1)
    segments = tuple(
        (*(number(choice, choice.randrange(60), 0.01) for _ in range(5)), choice.choice((0, 8, 32)), 17)
        for _ in range(choice.choice((0, 0, 1, 3)))
    )
    span = choice.choice((0, 0, 0, behind % 4, -behind % 4, behind))
    return kind, at, start, span, addresses, choice.choice((0, 8, 32)), choice.choice((0, 6, 17)), segments
