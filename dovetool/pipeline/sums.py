"""Sums of 16-bit words, as Internet checksums need them (RFC 1071), of many runs of octets at once."""

from __future__ import annotations

import numpy as np

from dovetool.capture.batch import Column, Octets


def fold_words(total: Column) -> Column:
    """Bring sums (n,) down to 16 bits, adding the carries back in."""
    for _ in range(3):  # three times is enough for 48 bits
        total = (total & 0xFFFF) + (total >> 16)
    return total


def sum_of_runs(octets: Octets, start: Column, length: Column) -> Column:
    """The sum of the big-endian 16-bit words of each run; an odd last octet counts as the upper half of a word."""
    first, last = int(start.min()) & ~1, int((start + length).max())
    words = octets[first : last + (last - first) % 2].view(">u2")
    sums = np.concatenate([[0], np.cumsum(words, dtype=np.int64)])  # of the words at even places of the block
    low, high = start - first, start - first + length
    even = sums[(high + 1) // 2] - sums[low // 2]  # whole words that cover the run, and up to an octet at either end
    even -= np.where(low % 2 == 1, octets[start - 1].astype(np.int64) << 8, 0)
    even -= np.where(high % 2 == 1, octets[start + length].astype(np.int64), 0)
    folded = fold_words(even)
    swapped = (folded & 0xFF) << 8 | folded >> 8  # a run at an odd place: every octet is in the other half of its word
    return np.where(low % 2 == 1, swapped, folded)
