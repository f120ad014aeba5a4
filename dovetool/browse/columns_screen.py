"""Which columns the list has."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import SelectionList
from textual.widgets.selection_list import Selection

from dovetool.browse.list_columns import OWN, column_of
from dovetool.observe.catalogue import COLUMNS

_WIDTH = 16


class ColumnsScreen(ModalScreen[tuple[str, ...] | None]):
    """Ends with the columns that were chosen: those that were there in their order, new ones behind them."""

    DEFAULT_CSS = """
    ColumnsScreen { align: center middle; }
    ColumnsScreen SelectionList {
        width: 84; max-width: 100%; height: 94%; border: round $primary; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False),
        Binding("enter", "take", show=False, priority=True),
        Binding("j", "move('down')", show=False),
        Binding("k", "move('up')", show=False),
    ]

    def __init__(self, chosen: tuple[str, ...]) -> None:
        super().__init__()
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """Lay it out."""
        names = dict.fromkeys((*self._chosen, *OWN, *COLUMNS))
        lines = [Selection(_line(name), name, name in self._chosen) for name in names]
        columns = SelectionList[str](*lines)
        columns.border_title = "Columns"
        columns.border_subtitle = "Space chooses, Enter shows them, Esc back; none: the usual ones"
        yield columns

    def action_take(self) -> None:
        """Show what was chosen."""
        chosen = self.query_one(SelectionList).selected
        self.dismiss(tuple(name for name in dict.fromkeys((*self._chosen, *chosen)) if name in chosen))

    def action_leave(self) -> None:
        """Back, with nothing changed."""
        self.dismiss(None)

    def action_move(self, way: str) -> None:
        """Up or down."""
        getattr(self.query_one(SelectionList), f"action_cursor_{way}")()


def _line(name: str) -> Text:
    column = column_of(name)
    told = column.told or COLUMNS[name].told
    return Text(f"{name:<{_WIDTH}} {told}", no_wrap=True, overflow="ellipsis")
