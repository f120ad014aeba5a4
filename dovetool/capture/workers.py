"""Threads that wait for work; they are there from the start, so that none is missing in the middle of it.

A signal becomes an exception in the main thread, wherever that is; in the midst of handing work over it would leave a
lock behind that is never opened again. So signals wait while that is done, and the threads never get any.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_SIGNALS = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals wait meanwhile, where they can."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def workers(count: int) -> ThreadPoolExecutor | None:
    """So many threads; None where the system starts no more."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (a small capture needs none)
    from threading import Event  # noqa: PLC0415  (likewise)

    with undisturbed():
        pool, all_are_there = ThreadPoolExecutor(count, "dovetool"), Event()
        try:
            for _ in range(count):
                pool.submit(all_are_there.wait)  # each keeps a thread, so that the next one gets another
        except RuntimeError:
            pool.shutdown(wait=False)
            return None
        finally:
            all_are_there.set()
        return pool
