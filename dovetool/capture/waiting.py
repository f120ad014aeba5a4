"""What can be read of a pipe without waiting, where the system tells that: Windows does not."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterable

try:
    import fcntl
    import termios
except ImportError:
    IS_TOLD = False
else:
    IS_TOLD = hasattr(select, "poll")
"""False where nobody tells, and a read is the only way to find out."""


def ready(timeout_s: float | None, descriptors: Iterable[int]) -> set[int]:
    """Those descriptors that can be read, or have ended; None waits for as long as it takes."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll(None if timeout_s is None else timeout_s * 1000)}


def waiting(descriptor: int) -> int:
    """Octets that can be read without waiting."""
    count = bytearray(4)
    try:
        fcntl.ioctl(descriptor, termios.FIONREAD, count)
    except OSError:  # it is of a kind that does not tell
        return 0
    return int.from_bytes(count, sys.byteorder)


def wake_by_signals() -> tuple[int, int]:
    """A pipe that can be read as soon as a signal has come: its end to read, and its end to write."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)  # so that no signal falls between two waits
    return read, write


def hear_signals(wake: int) -> None:
    """Let the handlers of signals run that have woken us."""
    os.read(wake, select.PIPE_BUF)
    signal.pthread_sigmask(signal.SIG_BLOCK, ())  # which runs them before it returns
