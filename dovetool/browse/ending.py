"""How signals end what is drawn on a terminal."""

from __future__ import annotations

import signal
from asyncio import get_running_loop
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

_EXIT_BASE = 128
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Windows has no SIGHUP."""
INTERRUPTED = _EXIT_BASE + signal.SIGINT
"""The exit code after Ctrl-C, which comes as a key, too."""


def end_on_signals(app: App[int]) -> None:
    """Let signals end it, from its loop, with their exit codes; a loop of Windows hears of none."""
    for number in _SIGNALS:
        with suppress(NotImplementedError):
            get_running_loop().add_signal_handler(number, app.exit, _EXIT_BASE + number)
