"""The last line: where one is, what is going on, and where something is asked for."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from dovetool.browse.words import Words


class _Answer(Input):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", show=False)]

    def __init__(self) -> None:
        super().__init__(id="answer", compact=True, select_on_focus=False)

    def action_give_up(self) -> None:
        """Ask no more."""
        self.post_message(StatusLine.Answered("", ""))


class StatusLine(Horizontal):
    """The line."""

    DEFAULT_CSS = """
    StatusLine { height: 1; dock: bottom; background: $panel; }
    StatusLine #told { width: 1fr; }
    StatusLine #hint { width: auto; color: $text-muted; padding-left: 2; }
    StatusLine #asked { width: auto; display: none; text-style: bold; }
    StatusLine Input { width: 1fr; display: none; background: $surface; }
    StatusLine.-asking #asked, StatusLine.-asking Input { display: block; }
    StatusLine.-asking #told, StatusLine.-asking #hint { display: none; }
    StatusLine.-alarmed #told { color: $text-error; text-style: bold; }
    """

    class Answered(Message):
        """Something was answered; with no purpose, the question was given up."""

        def __init__(self, purpose: str, text: str) -> None:
            super().__init__()
            self.purpose, self.text = purpose, text

    def __init__(self) -> None:
        super().__init__(id="status")
        self._purpose = ""

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield Words(id="told")
        yield Static("? help  q quit", id="hint", markup=False)
        yield Words(id="asked")
        yield _Answer()

    @property
    def is_asking(self) -> bool:
        """A question waits for its answer."""
        return self.has_class("-asking")

    def tell(self, text: str, *, alarms: bool = False) -> None:
        """Show a text; one that alarms stands out."""
        self.query_one("#told", Words).tell(text)
        self.set_class(alarms, "-alarmed")

    def ask(self, purpose: str, question: str, answer: str = "") -> None:
        """Ask for something, with a first answer to change."""
        self._purpose = purpose
        self.query_one("#asked", Words).tell(f"{question} ")
        self.add_class("-asking")
        box = self.query_one(_Answer)
        box.value = answer
        box.cursor_position = len(answer)
        self.screen.set_focus(box)  # at once: the next key belongs to it

    def end_question(self) -> None:
        """Ask no more."""
        self.remove_class("-asking")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the answer on."""
        event.stop()
        self.post_message(self.Answered(self._purpose, event.value))
