"""Copy many runs of octets of different lengths from one block to another, without a Python step per run.

NumPy copies runs of one length in a single call through a view of the block as overlapping fixed-width items. Lengths
that are common get a call of their own. All others share a ladder of widths: a run is copied by two items of the
largest width that fits, one at its start and one at its end, which overlap in the middle.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column, Octets

_SHORT = (0, 1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 640, 768, 896, 1024, 1280, 1536, 2048)
_LONG = (3072, 4096, 6144, 8192, 12288, 16384)
_LADDER = np.array([*_SHORT, *_LONG], np.int64)
_LONGEST = _LONG[-1]  # from here on one slice a run costs less than its octets
_COMMON = 24  # runs of one length that are worth a call of their own


def items(block: Octets, width: int) -> NDArray[np.void]:
    """View a block as overlapping items of `width` octets, one starting at each octet."""
    return np.ndarray((max(len(block) - width + 1, 0),), f"V{width}", block, strides=(1,))


def gather(block: Octets, at: Column, width: int) -> NDArray[np.void]:
    """The `width` octets at each of the places `at` (n,), as n items."""
    found: NDArray[np.void] = items(block, width)[at]
    return found


def scatter(block: Octets, at: Column, rows: NDArray[np.generic], width: int) -> None:
    """Write n rows of `width` octets each at the places `at` (n,)."""
    items(block, width)[at] = np.ascontiguousarray(rows).view(f"V{width}").reshape(-1)


def copy_runs(source: Octets, source_at: Column, target: Octets, target_at: Column, length: Column) -> None:
    """Copy n runs of `length` (n,) octets from `source_at` (n,) of one block to `target_at` (n,) of another."""
    if not len(length):
        return
    width = _widths(length)
    order = np.argsort(width, kind="stable")
    sorted_width = width[order]
    edges = np.flatnonzero(sorted_width[1:] != sorted_width[:-1]) + 1
    starts = [0, *edges.tolist(), len(order)]
    for first, last in pairwise(starts):
        rows = order[first:last]
        size = int(sorted_width[first])
        if size >= _LONGEST:
            _copy_slices(source, source_at[rows], target, target_at[rows], length[rows])
        elif size:
            _copy_class(source, source_at[rows], target, target_at[rows], length[rows] - size, size)


def _widths(length: Column) -> NDArray[np.uint16]:
    """The item width that copies each run: its own length where many runs share it, else a step of the ladder."""
    width = _LADDER[np.searchsorted(_LADDER, length, side="right") - 1]
    clipped = np.minimum(length, _LONGEST)
    common = np.bincount(clipped)[clipped] >= _COMMON
    return np.where(common, clipped, width).astype(np.uint16)


def _copy_class(
    source: Octets, source_at: Column, target: Octets, target_at: Column, beyond: Column, width: int
) -> None:
    from_items, to_items = items(source, width), items(target, width)
    to_items[target_at] = from_items[source_at]
    longer = np.flatnonzero(beyond)
    if len(longer):
        beyond = beyond[longer]
        to_items[target_at[longer] + beyond] = from_items[source_at[longer] + beyond]


def _copy_slices(source: Octets, source_at: Column, target: Octets, target_at: Column, length: Column) -> None:
    for src, dst, size in zip(source_at.tolist(), target_at.tolist(), length.tolist(), strict=True):
        target[dst : dst + size] = source[src : src + size]
