"""Draws `report.png` again: makes the capture, the page, and a screenshot of that in Chromium."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from tenant_traffic import write_map, write_tenants

from dovetool import cli

_SIZE = {"width": 1200, "height": 1440}


def draw(target: Path) -> None:
    """Draw it."""
    os.chdir(tempfile.mkdtemp(prefix="dovetool-report-"))
    write_tenants(Path("monday.pcap"))
    write_map(Path("map.yaml"))
    if cli.run(["report", "monday.pcap", "-m", "map.yaml", "-o", "report.html"]):
        raise SystemExit(2)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=_SIZE)
        page.goto(Path("report.html").absolute().as_uri())
        page.evaluate("dovetool.drawn")
        page.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    draw(Path(__file__).resolve().with_name("report.png"))
