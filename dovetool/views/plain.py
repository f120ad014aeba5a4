"""Names from maps and captures are data: they are shown as they are, and never reach a terminal as control codes."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with every character that is not printable replaced by its escape."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def cut(text: str, width: int) -> str:
    """The same in at most so many columns of a terminal; what does not fit gives way to an ellipsis."""
    from rich.cells import cell_len, set_cell_size

    text = printable(text)
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"
