"""Colours that people tell apart, also those who see few: of Okabe and Ito, Color Universal Design (2008)."""

from __future__ import annotations

PALETTE = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#0072B2", "#F0E442")
"""In the order in which they are used up; each can be seen on black and, but for the last, on white."""
REST = "#999999"
"""Of all that has no colour of its own."""

_WHITE, _TINT = 255, 0.35


def colour_of(at: int) -> str:
    """The colour of the thing of that number, from 0 on; after the last the first comes again."""
    return PALETTE[at % len(PALETTE)]


def tint_of(at: int) -> str:
    """The same, so light that black text is read on it."""
    colour = colour_of(at)
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(_WHITE - (_WHITE - part) * _TINT):02X}" for part in parts)
