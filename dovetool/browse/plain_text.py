"""Text of others on the screen: never markup, never control codes."""

from __future__ import annotations

from rich.text import Text

from dovetool.views.plain import printable


def plain(text: str, style: str = "") -> Text:
    """The text as it is, line by line."""
    return Text("\n".join(map(printable, text.split("\n"))), style)
