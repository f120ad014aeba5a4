"""Octets at many places of a block, as many at each: read, and written."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column, Octets


def _items(block: Octets, width: int) -> NDArray[np.void]:
    """View a block as overlapping items of `width` octets, one starting at each octet."""
    return np.ndarray((max(len(block) - width + 1, 0),), f"V{width}", block, strides=(1,))


def gather(block: Octets, at: Column, width: int) -> NDArray[np.void]:
    """The `width` octets at each of the places `at` (n,), as n items."""
    found: NDArray[np.void] = _items(block, width)[at]
    return found


def scatter(block: Octets, at: Column, rows: NDArray[np.generic], width: int) -> None:
    """Write n rows of `width` octets each at the places `at` (n,)."""
    _items(block, width)[at] = np.ascontiguousarray(rows).view(f"V{width}").reshape(-1)
