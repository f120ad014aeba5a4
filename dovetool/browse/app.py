"""The browser: how it begins, and how it ends."""

from __future__ import annotations

import os
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from dovetool.browse.browse_screen import BrowseScreen
from dovetool.browse.ending import INTERRUPTED, end_on_signals
from dovetool.browse.session import Session
from dovetool.errors import DovetoolError

_LOOK_S = 0.1
_LIGHT, _DARK = "textual-light", "textual-dark"


class BrowseApp(App[int]):
    """The browser; its result is the exit code.

    Attributes:
        session: what is browsed.
        browser: its screen.
        failure: what ended it.
    """

    TITLE = "dovetool"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("q", "quit", show=False),
        Binding("L", "light", show=False),
    ]

    def __init__(self, session: Session, columns: tuple[str, ...] = (), line: str = "") -> None:
        super().__init__()
        self.session, self.browser = session, BrowseScreen(session, columns, line)
        self.failure: DovetoolError | None = None
        self.theme = _LIGHT if _is_light(os.environ.get("COLORFGBG", "")) else _DARK

    def on_mount(self) -> None:
        """Begin to read, if that was not done before."""
        self.session.reading.begin()
        self.push_screen(self.browser)
        self.set_interval(_LOOK_S, self._look)
        end_on_signals(self)

    def on_unmount(self) -> None:
        """Read no more."""
        self.session.reading.end()

    def _look(self) -> None:
        """End when there is nothing more to be read."""
        self.failure = self.failure or self.session.reading.failure or self.browser.failure
        if self.failure is not None:
            self.exit(self.failure.exit_code)

    def action_interrupt(self) -> None:
        """End at once."""
        self.exit(INTERRUPTED)

    async def action_quit(self) -> None:
        """End; who called tells whether the capture was damaged."""
        self.exit(0)

    def action_light(self) -> None:
        """Light, or dark."""
        self.theme = _LIGHT if self.current_theme.dark else _DARK


def _is_light(colours: str) -> bool:
    """What terminals tell in COLORFGBG: of 16 colours, the ground has 7 or 15 where it is light."""
    return colours.rpartition(";")[2] in ("7", "15")
