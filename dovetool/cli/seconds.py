"""Options in seconds: numbers with a fraction, whole nanoseconds behind them."""

from __future__ import annotations

import math
from typing import Any

import typer


def seconds_option(name: str, least: float, most: float, told: str) -> Any:  # noqa: ANN401  (as `typer.Option` says)
    """An option that takes seconds within limits, which alone would let in what is no number."""
    return typer.Option(name, metavar="S", min=least, max=most, help=told, callback=_number)


def nanoseconds(seconds: float) -> int:
    """The whole nanoseconds that are closest."""
    return round(seconds * 1_000_000_000)


def _number(seconds: float | None) -> float | None:
    if seconds is not None and not math.isfinite(seconds):
        raise typer.BadParameter(f"{seconds} is no number of seconds")
    return seconds
