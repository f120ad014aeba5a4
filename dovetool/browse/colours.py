"""A colour for each network: the same in every list and every run, light on dark and dark on light."""

from __future__ import annotations

from colorsys import hls_to_rgb
from typing import Any

from rich.color import Color
from textual.app import App

_GOLDEN = 0.618_033_988_749_895
"""Hues that are so far apart stay apart, however many there are."""
_START = 0.58
_LIGHT, _DARK = 0.70, 0.33
_SATURATION = 0.75


def network_colour(vnid: int, *, on_dark: bool) -> Color:
    """The colour of a VNID, on a dark or a light ground."""
    hue = (_START + vnid * _GOLDEN) % 1
    parts = hls_to_rgb(hue, _LIGHT if on_dark else _DARK, _SATURATION)
    return Color.from_rgb(*(round(part * 255) for part in parts))


def is_plain(app: App[Any]) -> bool:
    """There are no colours, and what stands out has to do so otherwise."""
    return app.no_color
