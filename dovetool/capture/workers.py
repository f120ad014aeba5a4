"""Threads that wait for work; they are there from the start, so that none is missing in the middle of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_MOST_S = 1.0
"""Seconds that a thread waits for the others, should a signal come in between."""


def workers(count: int) -> ThreadPoolExecutor | None:
    """So many threads; None where the system starts no more."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (a small capture needs none)
    from threading import Event  # noqa: PLC0415

    pool, all_are_there = ThreadPoolExecutor(count, "dovetool"), Event()
    try:
        for _ in range(count):
            pool.submit(all_are_there.wait, _MOST_S)  # each keeps a thread, so that the next one gets another
    except RuntimeError:
        pool.shutdown(wait=False)
        return None
    finally:
        all_are_there.set()
    return pool
