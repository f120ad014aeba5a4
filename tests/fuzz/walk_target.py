"""Walks through records and packet blocks that were damaged, with options at the edges."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import numpy as np
from hostile import EDGES, block, number
from walls import walled_columns

from dovetool.capture import plain_records
from dovetool.core import records

_KINDS = (6, 6, 6, 3, 2)


def walk(choice: random.Random) -> int:
    """Walk a block; returns how often."""
    little, kind = choice.random() < 0.5, choice.randrange(2)
    order = "<" if little else ">"
    made = (_record, _packet)[kind]
    parts = [made(choice, order) for _ in range(choice.randrange(12))]
    octets = bytearray(b"".join(parts))
    for _ in range(choice.choice((0, 0, 1, 2, 4))):
        _damage(choice, octets, order)
    start = number(choice, len(parts[0]) if parts and choice.random() < 0.2 else 0, 0.05)
    end = number(choice, len(octets))
    if kind:
        limits = number(choice, 3, 0.05), number(choice, 96, 0.2), number(choice, 1 << 20, 0.05)
        _compare(choice, octets, (start, end, little, *limits), 8, records.walk_packets, plain_records.walk_packets)
    else:
        options = start, end, little, number(choice, 1 << 18)
        _compare(choice, octets, options, 4, records.walk_records, plain_records.walk_records)
    return 1


def _compare(
    choice: random.Random,
    octets: bytearray,
    options: tuple[int, ...],
    columns: int,
    core: Callable[..., tuple[int, int]],
    plain: Callable[..., tuple[int, int]],
) -> None:
    room = choice.choice((0, 1, 3, 40, 40, 40))
    found = walled_columns(number(choice, columns, 0.05) % 16, room) if room else np.zeros((columns, 0), np.int64)
    other = np.full_like(found, -1)
    start, end, *limits = options
    is_right = 0 <= start <= end <= len(octets) and len(found) == columns and (columns == 4 or limits[2] >= 0)
    at = block(choice, bytes(octets))
    try:
        told = core(at, *options, found)
    except ValueError:
        assert not is_right, options
        return
    assert is_right, options
    assert told == plain(at, *options, other), options
    assert (found == other).all(), options


def _record(choice: random.Random, order: str) -> bytes:
    frame = choice.randbytes(choice.choice((0, 1, 60, 61, 97)))
    return struct.pack(order + "4I", *_words(choice, 2), len(frame), *_words(choice, 1)) + frame


def _packet(choice: random.Random, order: str) -> bytes:
    kind, caplen = choice.choice(_KINDS), choice.choice((0, 1, 60, 61, 97))
    options = choice.randbytes(choice.choice((0, 0, 4, 12)))
    body = choice.randbytes(caplen) + bytes(-caplen & 3) + options
    if kind == 3:
        head = struct.pack(order + "I", caplen)
    elif kind == 6:
        head = struct.pack(order + "5I", choice.randrange(3), *_words(choice, 2), caplen, *_words(choice, 1))
    else:
        drops = choice.choice((0, 0xFFFF))
        head = struct.pack(order + "2H4I", choice.randrange(3), drops, *_words(choice, 2), caplen, *_words(choice, 1))
    length = 12 + len(head) + len(body)
    return struct.pack(order + "2I", kind, length) + head + body + struct.pack(order + "I", length)


def _words(choice: random.Random, count: int) -> list[int]:
    return [choice.choice((0, 60, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, choice.getrandbits(32))) for _ in range(count)]


def _damage(choice: random.Random, octets: bytearray, order: str) -> None:
    """An octet or a word becomes another, or some go or come."""
    at, kind = choice.randrange(len(octets) + 1), choice.randrange(4)
    if kind == 0:
        del octets[at:]
    elif kind == 1:
        octets[at:at] = choice.randbytes(choice.randrange(1, 5))
    elif kind == 2 and at < len(octets):
        octets[at] ^= 1 << choice.randrange(8)
    elif at & ~3 < len(octets):
        word = (choice.choice(EDGES) + choice.randrange(-4, 5)) & 0xFFFF_FFFF
        octets[at & ~3 : (at & ~3) + 4] = struct.pack(order + "I", word)
