"""A few words on the screen, which change now and then."""

from __future__ import annotations

from textual.widgets import Static

from dovetool.browse.plain_text import plain


class Words(Static):
    """Text as it is; told the same once more, nothing is laid out or drawn."""

    def __init__(self, text: str = "", *, id: str, classes: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(text, id=id, classes=classes, markup=False)
        self._told = text

    def tell(self, text: str) -> None:
        """Show other words."""
        if text != self._told:
            self._told = text
            self.update(plain(text))
