"""Colours that people tell apart, also those who see few: of Okabe and Ito, Color Universal Design (2008)."""

from __future__ import annotations

PALETTE = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#0072B2", "#F0E442")
"""In the order in which they are used up; each can be seen on black and, but for the last, on white."""
REST = "#999999"
"""Of all that has no colour of its own."""


def colour_of(at: int) -> str:
    """The colour of the thing of that number, from 0 on; after the last the first comes again."""
    return PALETTE[at % len(PALETTE)]
