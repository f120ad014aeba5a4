"""Threads that wait for work; they are there from the start, so that none is missing in the middle of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


def workers(count: int) -> ThreadPoolExecutor | None:
    """So many threads; None where the system starts no more."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (a small capture needs none)
    from threading import Barrier  # noqa: PLC0415

    pool, gate = ThreadPoolExecutor(count, "dovetool"), Barrier(count + 1)
    try:
        for _ in range(count):
            pool.submit(gate.wait)
    except RuntimeError:
        gate.abort()
        pool.shutdown()
        return None
    gate.wait()
    return pool
