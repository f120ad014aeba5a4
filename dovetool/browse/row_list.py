"""A list of any number of rows: only those are made that can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dovetool.browse.colours import is_plain
from dovetool.browse.column_fit import GAP, ColumnFit
from dovetool.browse.row_source import Column, Row, RowSource

_LEAST_ROOM = 20
_PART = 10


class RowList(ScrollView, can_focus=True):
    """Shows rows of a source below a line of heads, and a cursor.

    Attributes:
        cursor: the place that it is on.
        follows: it stays on the last row while more of them come.
        fits: columns are left out that there is no room for.
    """

    DEFAULT_CSS = """
    RowList { background: $surface; overflow-x: auto; overflow-y: scroll; scrollbar-size: 0 1; }
    RowList > .row-list--head { background: $panel; text-style: bold; }
    RowList > .row-list--cursor { background: $primary 55%; text-style: bold; }
    RowList:focus > .row-list--cursor { background: $primary; color: $text; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--head", "row-list--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,b,ctrl+b", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("u,ctrl+u", "page(-0.5)", show=False),
        Binding("d,ctrl+d", "page(0.5)", show=False),
        Binding("home,g", "go(0)", show=False),
        Binding("end,G", "go(-1)", show=False),
        Binding("left", f"slide(-{_PART})", show=False),
        Binding("right", f"slide({_PART})", show=False),
        Binding("enter", "activate", show=False),
    ]
    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor is on another row, or on the same place of other rows."""

        def __init__(self, rows: RowList) -> None:
            super().__init__()
            self.rows = rows

        @property
        def control(self) -> RowList:
            """The list."""
            return self.rows

    class Activated(Moved):
        """Enter was pressed on a row, or it was clicked twice."""

    def __init__(self, *, id: str | None = None, fits: bool = False) -> None:  # noqa: A002  (Textual's word)
        """Begin without rows; with `fits`, columns are left out that there is no room for."""
        super().__init__(id=id)
        self._source: RowSource | None = None
        self.fits, self.follows = fits, False
        self._fit = ColumnFit((), leaves_out=fits)
        self._known = 0

    def show(self, columns: Sequence[Column], source: RowSource, cursor: int = 0) -> None:
        """Show other rows, or other columns."""
        self._source, self._fit = source, ColumnFit(columns, leaves_out=self.fits)
        self._known = len(source)
        self.cursor = max(min(cursor, self._known - 1), 0)
        self._measure()
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Moved(self))

    def grow(self) -> None:
        """There may be more rows than before."""
        count = len(self)
        if count == self._known:
            return
        was_empty, at_end = not self._known, self.follows and self.cursor >= self._known - 1
        self._known = count
        self._measure()
        if at_end:
            self.cursor = max(count - 1, 0)
            self._keep_in_sight()
        self.refresh()
        if was_empty or at_end:
            self.post_message(self.Moved(self))

    def __len__(self) -> int:
        return len(self._source) if self._source is not None else 0

    def __bool__(self) -> bool:
        return True

    @property
    def left_out(self) -> tuple[str, ...]:
        """Heads of the columns that there is no room for."""
        return self._fit.left_out

    def _on_page(self) -> int:
        return max(self.scrollable_content_region.height - 1, 1)

    def _measure(self) -> None:
        """Make columns as wide as what can be seen needs."""
        first = self.scroll_offset.y
        last = min(first + self._on_page(), self._known)
        self._fit.room = max(self.scrollable_content_region.width, _LEAST_ROOM)
        self._fit.see(self._source.rows(first, last) if self._source is not None else ())
        self.virtual_size = Size(self._fit.width, self._known + 1)

    def on_resize(self) -> None:
        """Fit columns to the new width."""
        self._measure()
        self._keep_in_sight()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows can be seen, which may be wider."""
        super().watch_scroll_y(old_value, new_value)
        self._measure()

    def render_line(self, y: int) -> Strip:
        """A line of the widget: the heads, or a row."""
        if self._source is None or not self._fit.columns:
            return Strip.blank(self.size.width, self.rich_style)
        base = self.rich_style
        if not y:
            head = self.get_component_rich_style("row-list--head")
            return self._line(Row([column.head for column in self._fit.columns], style=head), head)
        place = self.scroll_offset.y + y - 1
        rows = self._source.rows(place, place + 1) if place < self._known else ()
        if not rows:
            return Strip.blank(self.size.width, base)
        return self._line(rows[0], base if place != self.cursor else base + self._cursor_style())

    def _cursor_style(self) -> Style:
        if is_plain(self.app):  # bold alone would be a row like those with something wrong
            return Style(reverse=True, bold=self.has_focus)
        return self.get_component_rich_style("row-list--cursor")

    def _line(self, row: Row, ground: Style) -> Strip:
        style = row.style + Style(bgcolor=ground.bgcolor, reverse=ground.reverse, bold=ground.bold or row.style.bold)
        style = Style(color=ground.color) + style
        segments = [Segment(row.mark, style + row.mark_style + Style(bgcolor=ground.bgcolor))]
        segments.append(Segment(GAP.join(self._fit.cells(row.cells)), style))
        strip = Strip(segments)
        left = self.scroll_offset.x
        return strip.crop_extend(left, left + self.size.width, style)

    def validate_cursor(self, cursor: int) -> int:
        """Keep it inside."""
        return max(min(cursor, self._known - 1), 0)

    def watch_cursor(self, old: int, new: int) -> None:
        """Show it, and tell."""
        if old != new:
            self._keep_in_sight()
            self.refresh()
            self.post_message(self.Moved(self))

    def _keep_in_sight(self) -> None:
        first, page = round(self.scroll_target_y), self._on_page()
        if self.cursor < first:
            self.scroll_to(y=self.cursor, animate=False, force=True, immediate=True)
        elif self.cursor >= first + page:
            self.scroll_to(y=self.cursor - page + 1, animate=False, force=True, immediate=True)

    def action_move(self, by: int) -> None:
        """So many rows down, or up."""
        self.cursor += by
        self.follows = False

    def action_page(self, by: float) -> None:
        """So many pages down, or up."""
        step = int(self._on_page() * by) or (1 if by > 0 else -1)
        self.scroll_to(y=self.scroll_target_y + step, animate=False, force=True, immediate=True)
        self.cursor += step
        self.follows = False

    def action_go(self, place: int) -> None:
        """To a place; -1 is the last."""
        self.cursor = self._known - 1 if place < 0 else place
        self.follows = place < 0

    def action_slide(self, by: int) -> None:
        """So many characters to the right, or left."""
        self.scroll_to(x=self.scroll_target_x + by, animate=False, force=True, immediate=True)

    def action_activate(self) -> None:
        """Tell that the row was chosen."""
        if self._known:
            self.post_message(self.Activated(self))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice chooses the row."""
        at = event.get_content_offset(self)
        if at is None or not at.y:
            return
        place = self.scroll_offset.y + at.y - 1
        if place < self._known:
            self.cursor, self.follows = place, False
            if event.chain > 1:
                self.post_message(self.Activated(self))
