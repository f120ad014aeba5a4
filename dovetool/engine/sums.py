"""Sums of 16-bit words, as Internet checksums need them (RFC 1071), of many runs of octets at once."""

from __future__ import annotations

import numpy as np

from dovetool.capture.batch import Column, Octets
from dovetool.capture.copying import gather


def fold_words(total: Column) -> Column:
    """Bring sums (n,) down to 16 bits, adding the carries back in."""
    for _ in range(3):  # three times is enough for 48 bits
        total = (total & 0xFFFF) + (total >> 16)
    return total


def sum_of_runs(octets: Octets, start: Column, length: Column) -> Column:
    """The sum of the big-endian 16-bit words of each run; an odd last octet counts as the upper half of a word.

    It is worked out with little-endian words, which are quicker to add up; exchanging the octets of the sum gives the
    other (RFC 1071 section 2 (B)).
    """
    first, last = int(start.min()) & ~1, int((start + length).max())
    words = octets[first : last + (last - first) % 2 + 2].view("<u2")  # with a word behind, for the last place
    low, high = start - first, start - first + length
    places = np.stack([low // 2, (high + 1) // 2], axis=1).reshape(-1)
    even = np.add.reduceat(words, places, dtype=np.int64)[::2]  # whole words: up to an octet more at either end
    even[places[::2] == places[1::2]] = 0  # an empty run, of which `reduceat` has the first word
    even -= np.where(low % 2 == 1, octets[start - 1].astype(np.int64), 0)
    even -= np.where(high % 2 == 1, octets[start + length].astype(np.int64) << 8, 0)
    folded = fold_words(even)
    swapped = (folded & 0xFF) << 8 | folded >> 8  # a run at an odd place: every octet is in the other half of its word
    return np.where(low % 2 == 1, folded, swapped)


def sum_of_fixed(octets: Octets, start: Column, length: int) -> Column:
    """The sum of the big-endian 16-bit words of runs that all have the same even length, of a few octets."""
    words = gather(octets, start, length).view(">u2").reshape(len(start), -1)
    total: Column = words.sum(axis=1, dtype=np.int64)
    return total
