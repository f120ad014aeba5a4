"""The browser without a terminal: a pilot presses its keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from cli_process import PATIENCE
from textual.events import Paste
from textual.pilot import Pilot
from textual.strip import Strip

from dovetool.browse.app import BrowseApp
from dovetool.browse.filter_bar import FilterBar
from dovetool.capture.merging.opening import Inputs
from dovetool.cli.browsing import Browsing
from dovetool.cli.columns import ColumnOptions
from dovetool.jobs.looking import Looking

ROOT = Path(__file__).resolve().parents[2]
TENANTS = ROOT / "samples/two-tenants"
UNDERLAY, MAP = TENANTS / "taps/3-underlay.pcapng", TENANTS / "map.yaml"
"""70 frames of two tenants with the same addresses."""


class Hand:
    """What a test does with the browser.

    Attributes:
        app: the browser.
        pilot: presses keys.
    """

    def __init__(self, app: BrowseApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot
        self.frames = app.browser.frames

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, self.text
            await self.pilot.pause(0.02)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        """Press the key of the first letter of a text, paste the rest, and press Enter."""
        await self.pilot.press(_KEYS.get(text[0], text[0]))
        assert self.app.focused is not None
        self.app.focused.post_message(Paste(text[1:]))
        await self.press("enter")

    async def filter(self, line: str) -> None:
        """Filter by a line, to the end."""
        await self.press("F")
        self.app.browser.query_one("#filter").value = ""  # type: ignore[attr-defined]  # the line of the bar
        await self.write(line)
        if not self.error:
            chosen = self.frames.chosen
            await self.until(lambda: chosen.error is not None or chosen.looked_at == len(self.app.session.capture))
            await self.pilot.pause(0.15)

    @property
    def error(self) -> str:
        """What the filter bar complains about."""
        bar = self.app.browser.query_one(FilterBar)
        return str(bar.query_one("#filter-error").render()) if bar.has_class("-wrong") else ""

    @property
    def lines(self) -> list[str]:
        """What the screen shows."""
        strips: list[Strip] = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        """The same in one."""
        return "\n".join(self.lines)

    @property
    def shown(self) -> list[int]:
        """The numbers of the frames that the list has."""
        return [row + 1 for row in self.frames.chosen.rows(0, len(self.frames.chosen)).tolist()]


_KEYS = {" ": "space", ".": "full_stop", ",": "comma", ":": "colon", "/": "slash", "=": "equals_sign", "-": "minus"}


def browse(
    act: Callable[[Hand], Awaitable[None]],
    *sources: Path,
    map_file: Path | None = MAP,
    size: tuple[int, int] = (80, 24),
    columns: tuple[str, ...] = (),
    line: str = "",
) -> int | None:
    """Let a test act in the browser, once all frames are there; returns what the browser ends with."""
    inputs = Inputs(sources or (UNDERLAY,))
    looking = Looking.of(inputs, map_file, None, None, 8)
    session = Browsing(inputs, looking, ColumnOptions(list(columns)), line, [], map_file).session()
    app = BrowseApp(session, columns, line)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            hand = Hand(app, pilot)
            await hand.until(lambda: session.capture.is_complete and hand.frames.is_mounted)
            await pilot.pause(0.3)
            await act(hand)

    try:
        asyncio.run(run())
    finally:
        session.capture.close()
    return app.return_value
