"""Octets at a place of an open file."""

from __future__ import annotations

import os
from typing import BinaryIO, cast


def read_at(file: BinaryIO, place: int, view: memoryview) -> int:
    """Fill the view from a place on as far as one read goes; returns how far, 0 at the end.

    Args:
        file: unbuffered. Where the system has no `preadv`, as Windows, its position moves: who shares it needs a lock.
        place: octets before.
        view: where they go.
    """
    if hasattr(os, "preadv"):
        return os.preadv(file.fileno(), [view], place)
    file.seek(place)
    return cast("int", file.readinto(view))  # type: ignore[attr-defined]  # typed as buffered, which is none
