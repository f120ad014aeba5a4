"""Names from maps and captures are data: they are shown as they are, and never reach a terminal as control codes."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with every character that is not printable replaced by its escape."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
