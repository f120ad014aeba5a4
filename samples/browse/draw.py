"""Draws `browse.png` again: presses keys of the browser, and makes a screenshot of what it shows in Chromium."""

from __future__ import annotations

import shutil
from pathlib import Path

from browsers import Hand, browse
from playwright.sync_api import sync_playwright

_SIZE = (120, 34)
_KEYS = (*"j" * 16, "enter", *"jjjj", "enter", *"jjjjjj")
_EDGE = 8
_MEASURE = "(({width, height}) => [width, height])(document.querySelector('svg').viewBox.baseVal)"


async def _press(hand: Hand) -> None:
    """To the network identifier of a ping, and keep the picture that Textual makes."""
    for key in _KEYS:
        await hand.press(key)
        await hand.pilot.pause(0.1)
    _drawn.append(hand.app.export_screenshot())


_drawn: list[str] = []


def draw(target: Path) -> None:
    """Draw it."""
    browse(_press, size=_SIZE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content(_drawn[0])
        width, height = page.evaluate(
            "(({width, height}) => [width, height])(document.querySelector('svg').viewBox.baseVal)"
        )
        page.set_viewport_size({"width": round(width) + 2 * _EDGE, "height": round(height) + 2 * _EDGE})
        page.query_selector("svg").screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    draw(Path(__file__).resolve().with_name("browse.png"))
