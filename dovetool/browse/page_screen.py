"""A page to read: the help, the trace of a frame."""

from __future__ import annotations

from typing import ClassVar

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static


class PageScreen(ModalScreen[None]):
    """The page; any key that leaves it leaves nothing behind."""

    DEFAULT_CSS = """
    PageScreen { align: center middle; }
    PageScreen VerticalScroll {
        width: 96%; height: 94%; background: $surface; border: round $primary; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    PageScreen.-small VerticalScroll { width: 84; max-width: 100%; }
    PageScreen Static { width: 100%; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "leave", show=False),
        Binding("j", "scroll('down')", show=False),
        Binding("k", "scroll('up')", show=False),
        Binding("space", "scroll('page_down')", show=False),
        Binding("b", "scroll('page_up')", show=False),
        Binding("g", "scroll('home')", show=False),
        Binding("G", "scroll('end')", show=False),
    ]

    def __init__(self, title: str, page: RenderableType, *, is_small: bool = False) -> None:
        super().__init__(classes="-small" if is_small else "")
        self._title, self._page = title, page

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with VerticalScroll() as scroll:
            scroll.border_title = self._title
            scroll.border_subtitle = "Esc back"
            yield Static(self._page, markup=False)

    def action_leave(self) -> None:
        """Back."""
        self.dismiss(None)

    def action_scroll(self, way: str) -> None:
        """Up or down in the page."""
        getattr(self.query_one(VerticalScroll), f"scroll_{way}")(animate=False)
