"""The filter bar: what is shown of the capture, and what is wrong with what was asked for."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from dovetool.browse.words import Words

_HINT = "--vnid 5001 --ip 10.0.0.1   ttl=64   tcp.flags.syn == 1"


class _FilterInput(Input):
    """The line itself; up and down go through what was asked for before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
        Binding("escape", "clear_all", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(placeholder=_HINT, id="filter", compact=True, select_on_focus=False)
        self.history: list[str] = []
        self._at = 0

    def remember(self, line: str) -> None:
        """Keep a line."""
        if line and line not in self.history[-1:]:
            self.history.append(line)
        self._at = len(self.history)

    def action_recall(self, by: int) -> None:
        """The line before, or after."""
        self._at = max(0, min(self._at + by, len(self.history)))
        self.value = (*self.history, "")[self._at]
        self.cursor_position = len(self.value)

    def action_clear_all(self) -> None:
        """Ask for nothing."""
        self.post_message(FilterBar.Asked(""))


class FilterBar(Vertical):
    """The bar, and a line for errors."""

    DEFAULT_CSS = """
    FilterBar { height: auto; background: $panel; }
    FilterBar Horizontal { height: 1; }
    FilterBar #filter-label { width: 8; text-style: bold; }
    FilterBar Input { width: 1fr; background: $surface; }
    FilterBar Input.-on { text-style: bold; }
    FilterBar #filter-error { height: auto; max-height: 4; color: $text-error; display: none; padding-left: 1; }
    FilterBar.-wrong #filter-error { display: block; }
    """

    class Asked(Message):
        """A line was asked for; empty for all frames."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Horizontal():
            yield Static("Filter:", id="filter-label", markup=False)
            yield _FilterInput()
        yield Words(id="filter-error")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Ask for the line."""
        event.stop()
        self.post_message(self.Asked(event.value.strip()))

    @property
    def line(self) -> str:
        """What stands in it."""
        return self.query_one(_FilterInput).value

    def take(self, line: str) -> None:
        """The line that frames are now chosen by."""
        box = self.query_one(_FilterInput)
        box.value = line
        box.cursor_position = len(line)
        box.remember(line)
        box.set_class(bool(line), "-on")
        self.complain("")

    def complain(self, text: str) -> None:
        """Say what is wrong; nothing when nothing is."""
        self.query_one("#filter-error", Words).tell(text)
        self.set_class(bool(text), "-wrong")
