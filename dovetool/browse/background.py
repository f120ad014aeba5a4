"""Work beside the screen: threads that end with the program, whatever they wait for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

GoesOn = Callable[[], bool]


class Background:
    """One piece of work at a time; a new one takes the place of the one before, which is told to stop."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stopped = Event()
        self._thread: Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Work is going on."""
        return self._thread is not None and self._thread.is_alive() and not self._stopped.is_set()

    def start(self, work: Callable[[GoesOn], object]) -> None:
        """Begin; `work` is given what says whether to go on."""
        self.stop()
        stopped = self._stopped = Event()
        self._thread = Thread(target=work, args=(lambda: not stopped.is_set(),), name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell the work to stop; it is not waited for."""
        self._stopped.set()

    def join(self, seconds: float) -> None:
        """Wait for it, but not for ever: it may read a pipe that brings nothing."""
        if self._thread is not None:
            self._thread.join(seconds)
