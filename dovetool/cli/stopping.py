"""Signals that ask to end end a live input, then the work: no file is left half written, and none of them is lost."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from dovetool.capture.ending import ENDING

_SOON_S = 0.005
_OTHERS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
"""Signals besides Ctrl-C that ask for the end; Windows has no SIGHUP, and SIGBREAK (Ctrl-Break) is its own."""
_lost: list[BaseException] = []
"""What was to end this process, and was raised where it could not pass."""


def stop_on_signals() -> None:
    """Let signals end a live input; where there is none, or at the second one, the work: what is open is cleaned up.

    A handler runs between any two instructions, so also in a finalizer or a callback of a weak reference, such as the
    import system's own. Nothing that is raised there ends the process: it is reported, and the work goes on. So it is
    raised once more, a moment later.
    """
    if signal.getsignal(signal.SIGINT) in (signal.SIG_DFL, signal.default_int_handler):
        signal.signal(signal.SIGINT, _end)
    for number in _OTHERS:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)
    ENDING.is_armed = True
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _raise_again)
        sys.unraisablehook = _keep


def outlast_signals() -> None:
    """The work is done, and its exit code stands: what comes while the process ends changes nothing."""
    for number in (signal.SIGINT, *_OTHERS):
        if signal.getsignal(number) is _end:
            signal.signal(number, signal.SIG_IGN)


def _end(number: int, frame: FrameType | None) -> None:
    if ENDING.takes(number):
        return
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def _keep(unraisable: sys.UnraisableHookArgs) -> None:
    if isinstance(unraisable.exc_value, KeyboardInterrupt | SystemExit):
        _lost[:] = [unraisable.exc_value]
        signal.setitimer(signal.ITIMER_REAL, _SOON_S)
    else:
        sys.__unraisablehook__(unraisable)


def _raise_again(number: int, frame: FrameType | None) -> None:
    if _lost:
        raise _lost.pop().with_traceback(None)
