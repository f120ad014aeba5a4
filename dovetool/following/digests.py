"""Digests of octets in columns: one number of 64 bits for a part of each frame of a block.

Parts that are the same have the same digest, wherever they stand. Those of different parts are as good as never the
same by accident; nobody is kept from making such, and nothing but a count depends on it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column, Octets

Digests = NDArray[np.uint64]
BEGIN = 64
"""Octets that are the beginning of a part."""
_WORD = 8
_SEED, _FACTOR, _FOLD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93), np.uint64(32)
_MASKS = np.array([(1 << 8 * octets) - 1 for octets in range(_WORD)] + [(1 << 64) - 1], np.uint64)


def mixed(digest: Digests, number: NDArray[np.generic]) -> Digests:
    """The digests (n,) of what had those, and has a further number (n,) each; their order counts."""
    made = digest * _SEED
    made ^= made >> _FOLD
    made ^= number.astype(np.uint64)
    made *= _FACTOR
    made ^= made >> _FOLD
    return made


def words(octets: Octets, start: Column, length: Column | int) -> Digests:
    """(n,) numbers of up to 8 octets each; the block goes on for 8 octets behind the last of them."""
    view: NDArray[np.uint64] = np.ndarray((len(octets) - _WORD + 1,), "<u8", octets.data, strides=(1,))
    found = view[start]
    if not (isinstance(length, int) and length == _WORD):
        found &= _MASKS[np.clip(length, 0, _WORD)]
    return found


class Digested(NamedTuple):
    """Digests (n,) of parts.

    Attributes:
        whole: of each part.
        begin: of its first octets.
    """

    whole: Digests
    begin: Digests


def digests(octets: Octets, start: Column, length: Column) -> Digested:
    """Digests of parts of a block.

    Args:
        octets: the block, which goes on for 8 octets behind the last part.
        start: (n,) where each part begins.
        length: (n,) how long it is; below 1: it is empty.
    """
    order = np.argsort(-length, kind="stable")
    starts, left = start[order], np.maximum(length[order], 0)
    made = np.full(len(order), _SEED)
    longest = int(left[0]) if len(left) else 0
    head = made
    for at in range(0, longest, _WORD):
        if at == BEGIN:
            head = made.copy()
        here, full = int(np.searchsorted(-left, -at)), int(np.searchsorted(-left, -(at + _WORD), side="right"))
        _take_in(made[:here], words(octets, starts[:here] + at, _WORD), left[:here] - at, full)
    head = made.copy() if head is made else head
    whole, first = np.empty_like(made), np.empty_like(made)
    whole[order], first[order] = made, head
    return Digested(mixed(whole, length), mixed(first, np.minimum(length, BEGIN)))


def _take_in(made: Digests, found: Digests, left: Column, full: int) -> None:
    """Take a word each into digests; behind the first `full` ones there are fewer octets left than a word has."""
    if full < len(found):
        found[full:] &= _MASKS[left[full:]]
    made ^= found
    made *= _FACTOR
    made ^= made >> _FOLD
