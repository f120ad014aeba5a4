"""Reads a text file whole, up to a bound: a device or a pipe may have no end."""

from __future__ import annotations

import sys
from pathlib import Path

MOST_OCTETS = 256 << 20


def read_whole(path: str) -> bytes:
    """Return what is in a file; `-` is standard input.

    Raises:
        OSError: it cannot be read.
        ValueError: its name can be none, or it has more than `MOST_OCTETS`.
    """
    if path == "-":
        octets = sys.stdin.buffer.read(MOST_OCTETS + 1)
    else:
        with Path(path).open("rb") as stream:
            octets = stream.read(MOST_OCTETS + 1)
    if len(octets) > MOST_OCTETS:
        raise ValueError(f"it has more than {MOST_OCTETS >> 20} MB")
    return octets
