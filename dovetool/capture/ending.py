"""The end of a live input by a signal: whoever captures ends the input, and not the work.

What a pipe has brought cannot be had again. So the first signal that asks for the end only ends the input: what has
come by then, and what its sender still hands over in the moment after (who captures may be ended by the same Ctrl-C),
is carried through, and the outputs are completed. The next signal ends the work itself.

A process has one input that is live, and signals are the process's: so `ENDING` is one for all.

Where the system does not tell what can be read, on Windows, a read waits until something comes, and the signal is heard
then: who captures ends by the same Ctrl-C, and that ends the read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress

from dovetool.capture.waiting import IS_TOLD, hear_signals, ready, waiting, wake_by_signals
from dovetool.values import dataclass

_GRACE_S = 1.0
"""For so long after the signal, what the sender still hands over is waited for."""
_SAME_S = 0.1
"""What comes sooner after the first signal is that one again: some programs send it to a process and to its group."""
_EXIT_BASE = 128
_NOBODY = -1


@dataclass(slots=True)
class Ending:
    """Whether a signal has asked for the end of the live input, and until when it is still read.

    Attributes:
        is_armed: whoever hears the signals asks `takes` about them; without that, nothing is done here.
        number: the signal that ended the input; 0: none did.
        tell_sender: called once, when the input is to end; for a sender of our own.
    """

    is_armed: bool = False
    number: int = 0
    tell_sender: Callable[[], object] = bool
    _has_begun: bool = False
    _wake: int = _NOBODY
    _told: int = _NOBODY
    _asked_s: float = 0.0
    _last_s: float | None = None
    _backlog: int | None = None

    @property
    def exit_code(self) -> int:
        """Exit code of a command whose input was ended by a signal; 0: it was not."""
        return _EXIT_BASE + self.number if self.number else 0

    def begin(self) -> None:
        """A live input is open: from now on a signal ends the input first."""
        if self.is_armed and not self._has_begun:
            self._has_begun = True
            if IS_TOLD:
                self._wake, self._told = wake_by_signals()

    def takes(self, number: int) -> bool:
        """A signal has come that asks for the end: True when it ends the input, False when it is to end the work."""
        if not self._has_begun:
            return False
        now = time.monotonic()
        if self.number:
            return now - self._asked_s < _SAME_S
        self.number, self._asked_s = number, now
        if self._told != _NOBODY:
            with suppress(BlockingIOError):  # there is plenty to wake by
                os.write(self._told, b"\0")  # another thread may be who waits for the input
        self.tell_sender()
        return True

    def may_read(self, descriptor: int, most: int, *, waits: bool) -> int:
        """How many octets of a live input may be read now.

        Args:
            descriptor: the input.
            most: octets that are wanted, one at least.
            waits: wait until something can be read, or the input has ended.

        Returns:
            Up to `most`; 0 when there is nothing to read, or when the input was ended.
        """
        if not IS_TOLD:
            return most if waits and not self.number else 0
        if not (waits or self.number):
            return most if ready(0, [descriptor]) else 0
        watched = [descriptor] if self._wake == _NOBODY else [descriptor, self._wake]
        while not self.number:
            if descriptor in ready(None, watched):
                return most
            hear_signals(self._wake)
        return self._left(descriptor, most, waits=waits)

    def _left(self, descriptor: int, most: int, *, waits: bool) -> int:
        """What may be read after the signal: all for a while, and then what the sender had handed over by the end."""
        now = time.monotonic()
        if self._last_s is None:
            self._last_s = now + _GRACE_S
        if now < self._last_s:
            return most if ready(self._last_s - now if waits else 0, [descriptor]) else 0
        if self._backlog is None:
            self._backlog = waiting(descriptor)
        taken = min(most, self._backlog)
        self._backlog -= taken
        return taken


ENDING = Ending()
