"""The browser's screen: what its keys do to the frames that are shown."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from dovetool.analysis.indexed.chosen_rows import ChosenRows
from dovetool.browse.background import Background
from dovetool.browse.columns_screen import ColumnsScreen
from dovetool.browse.filter_bar import FilterBar
from dovetool.browse.frame_list import FrameList
from dovetool.browse.group_filters import combined, conversation_filter
from dovetool.browse.list_columns import ONLY_WITH_MAP, USUAL
from dovetool.browse.page_screen import PageScreen
from dovetool.browse.pages import help_page, trace_page
from dovetool.browse.panes import Panes
from dovetool.browse.prompts import Prompts
from dovetool.browse.row_texts import RowTexts
from dovetool.browse.session import Session
from dovetool.browse.statistics_screen import StatisticsScreen
from dovetool.browse.status import status_text
from dovetool.browse.status_line import StatusLine
from dovetool.errors import DovetoolError

_LOOK_S = 0.1
_ASKING = frozenset({"ask", "to_filter"})
_PAGE_SHARE, _PAGE_EDGES = 0.96, 5


class BrowseScreen(Panes):
    """The screen."""

    AUTO_FOCUS = "FrameList"  # from the first key on, which may come before there is a frame
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", show=False),
        Binding("slash,ctrl+f", "ask('find')", show=False, priority=True),
        Binding("n,ctrl+n", "find_next(False)", show=False),
        Binding("N", "find_next(True)", show=False),
        Binding("colon,ctrl+g", "ask('go')", show=False, priority=True),
        Binding("F,equals_sign,ctrl+underscore,ctrl+slash", "to_filter", show=False, priority=True),
        Binding("f", "follow", show=False),
        Binding("s", "statistics", show=False),
        Binding("t", "trace", show=False),
        Binding("m", "mark", show=False),
        Binding("M", "next_mark", show=False),
        Binding("U", "unmark", show=False),
        Binding("w", "ask('write')", show=False, priority=True),
        Binding("c", "columns", show=False),
        Binding("z", "alone", show=False),
        Binding("escape", "clear", show=False),
        Binding("f8,ctrl+down", "frame(1)", show=False),
        Binding("f7,ctrl+up", "frame(-1)", show=False),
    ]

    def __init__(self, session: Session, columns: tuple[str, ...], line: str) -> None:
        self._usual = tuple(name for name in USUAL if session.has_map or name not in ONLY_WITH_MAP)
        texts = RowTexts(session.capture, session.sight(), columns or self._usual)
        super().__init__(session, FrameList(texts, ChosenRows(session.capture), fits=not columns))
        self._choosing, self._prompts, self._first_line = Background("choosing"), Prompts(self), line

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let letters that ask for something be letters where a text is written.

        Elsewhere they come before all others, so that the keys behind them already belong to what they ask for.
        """
        return not (action in _ASKING and isinstance(self.focused, Input)) and super().check_action(action, parameters)

    def on_mount(self) -> None:
        """Begin."""
        self.set_interval(_LOOK_S, self.look)
        if self._first_line:
            self.choose(self._first_line)

    def on_unmount(self) -> None:
        """Work no more."""
        self._choosing.stop()
        self._prompts.stop()

    def look(self) -> None:
        """See what threads have done since."""
        self.frames.grow()
        if self.frames.chosen.error is not None:
            self.query_one(FilterBar).complain(str(self.frames.chosen.error))
        self._prompts.look()
        self.tell_status()

    def tell_status(self) -> None:
        """Say where one is."""
        text, alarms = status_text(self.session.capture, self.frames, self._prompts.news)
        self.query_one(StatusLine).tell(text, alarms=alarms)

    def on_filter_bar_asked(self, event: FilterBar.Asked) -> None:
        """Show what a line chooses."""
        self.choose(event.line)

    def choose(self, line: str) -> None:
        """Show the frames that a line chooses, all for an empty one; what is wrong with it, its bar says."""
        bar = self.query_one(FilterBar)
        try:
            asked = self.session.read_filter(line) if line else None
        except DovetoolError as error:
            bar.complain(str(error))
            return
        bar.take(line)
        self._choosing.stop()
        if asked is None:
            self.frames.choose_rows(ChosenRows(self.session.capture), self.frames.row)
        else:
            chosen = ChosenRows(self.session.capture, asked.begin)
            self.frames.choose_rows(chosen, None)
            self._choosing.start(chosen.follow)
        self.set_focus(self.frames)
        self.look()

    def on_status_line_answered(self, event: StatusLine.Answered) -> None:
        """Do what was asked for."""
        self.query_one(StatusLine).end_question()
        self.set_focus(self.frames)
        if event.purpose:
            self._prompts.answered(event.purpose, event.text)
        self.tell_status()

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(PageScreen("Keys", help_page(), is_small=True))

    def action_ask(self, purpose: str) -> None:
        """Ask for something in the last line."""
        self._prompts.ask(purpose)

    def action_find_next(self, backward: bool) -> None:
        """Find it once more."""
        self._prompts.find_next(backward=backward)

    def action_to_filter(self) -> None:
        """To the filter bar."""
        self.set_focus(self.query_one("#filter", Input))

    def action_follow(self) -> None:
        """Show the conversation of the frame alone, wherever it is; again: in the network of the frame."""
        row = self.frames.row
        if row is None:
            return
        line, in_network = conversation_filter(self.frames.texts, row)
        if line:
            self.choose(in_network if line == self.query_one(FilterBar).line else line)
        else:
            self._prompts.say("this frame has no two ends to follow")

    def action_statistics(self) -> None:
        """Sum up what is shown."""
        self.app.push_screen(StatisticsScreen(self.session, self.frames.chosen), self._narrow)

    def _narrow(self, line: str | None) -> None:
        if line is not None:
            self.choose(combined("" if self.frames.chosen.is_all else self.query_one(FilterBar).line, line))

    def action_trace(self) -> None:
        """Show the way of the frame."""
        row = self.frames.row
        if row is None:
            return
        if not self.session.has_map:
            self._prompts.say("a trace needs a map: dovetool browse IN -m MAP")
            return
        known = self.frames.texts.seen(row).known
        page = trace_page(self.session, known, max(int(self.size.width * _PAGE_SHARE) - _PAGE_EDGES, 40))
        self.app.push_screen(PageScreen(f"Trace of frame {known.number}", page))

    def action_mark(self) -> None:
        """Mark the frame, or take its mark off, and go on to the next."""
        row = self.frames.row
        if row is not None:
            self.frames.marked ^= {row}
            self.frames.cursor += 1
            self.frames.refresh()
            self.tell_status()

    def action_next_mark(self) -> None:
        """To the next mark that is shown, from the first again behind the last."""
        row = self.frames.row
        marks = sorted(mark for mark in self.frames.marked if self.frames.is_shown(mark))
        if marks and row is not None:
            self.frames.go_to_row(next((mark for mark in marks if mark > row), marks[0]))

    def action_unmark(self) -> None:
        """Take all marks off."""
        self.frames.marked.clear()
        self.frames.refresh()
        self.tell_status()

    def action_columns(self) -> None:
        """Choose columns."""
        self.app.push_screen(ColumnsScreen(self.frames.texts.columns), self._take_columns)

    def _take_columns(self, names: tuple[str, ...] | None) -> None:
        if names is not None:
            columns = names or self._usual
            self.frames.choose_columns(columns, fits=columns == self._usual)

    def action_clear(self) -> None:
        """Stop what goes on, or show all frames."""
        if not self._prompts.give_up() and not self.frames.chosen.is_all:
            self.choose("")
