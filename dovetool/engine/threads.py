"""The rows of a block shared out among threads; the compiled core lets all of them work at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from dovetool.capture.workers import undisturbed, workers

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_MOST = 64
_LEAST_ROWS = 1 << 12
"""Rows that are worth a thread of their own."""


class Threads:
    """So many threads, with the one that asks among them; the others are started when there is work for them."""

    def __init__(self, count: int = 1) -> None:
        self.count = count
        self._pool: ThreadPoolExecutor | None = None

    def share(self, work: Callable[[int, int], object], rows: int) -> None:
        """Have `work` done on all rows, a range from one row to before another at a time.

        Ranges do not overlap, and what `work` makes of one may not depend on the others.
        """
        parts = min(self.count, rows // _LEAST_ROWS)
        if parts > 1 and self._pool is None:
            self._pool = workers(self.count - 1)
        if parts < 2 or self._pool is None:
            work(0, rows)
            return
        edges = [rows * part // parts for part in range(parts + 1)]
        with undisturbed():
            others = [self._pool.submit(work, *pair) for pair in pairwise(edges[1:])]
            try:
                work(0, edges[1])
            finally:
                for other in others:
                    other.exception()  # nobody goes on while one is at work
            for other in others:
                other.result()

    def forget(self) -> None:
        """Start new ones when they are wanted: a process that was forked has those of its parent no more."""
        self._pool = None


THREADS = Threads()
"""Those of this process."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=THREADS.forget)


def use(jobs: int) -> None:
    """Work with so many threads from now on; 0: with as many as this process may use cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    THREADS.count = min(jobs or cores, _MOST)
