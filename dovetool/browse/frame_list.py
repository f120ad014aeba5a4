"""The list of frames: which rows of the capture are shown, in which columns, and in whose colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from rich.style import Style

from dovetool.analysis.indexed.chosen_rows import ChosenRows
from dovetool.browse.colours import is_plain, network_colour
from dovetool.browse.list_columns import ListColumn, column_of
from dovetool.browse.row_list import RowList
from dovetool.browse.row_source import Column, Row
from dovetool.browse.row_texts import RowText, RowTexts

_WINDOW = 128  # rows that are made at once
_PART = 1 << 16
_LEAST = {"number": 5, "since": 8}
_BAR, _MARK = "▌", "●"


class FrameList(RowList):
    """The list.

    Attributes:
        texts: makes the texts of rows.
        chosen: the rows that are shown.
        marked: rows of the capture that are marked.
    """

    def __init__(self, texts: RowTexts, chosen: ChosenRows, *, fits: bool) -> None:
        super().__init__(id="frames", fits=fits)
        self.texts, self.chosen = texts, chosen
        self.marked: set[int] = set()

    def on_mount(self) -> None:
        """Show what is there."""
        self.border_title = "Frames"
        self._show(0)

    def _show(self, cursor: int) -> None:
        self.show([_column(column_of(name)) for name in self.texts.columns], _Frames(self), cursor)

    def choose_columns(self, names: tuple[str, ...], *, fits: bool) -> None:
        """Show other columns."""
        self.texts.choose(names)
        self.fits = fits
        self._show(self.cursor)

    def choose_rows(self, chosen: ChosenRows, row: int | None) -> None:
        """Show other rows, with the cursor on one of the capture, or the next that is shown."""
        self.chosen = chosen
        self._show(0 if row is None or not len(chosen) else chosen.place_of(row))

    @property
    def row(self) -> int | None:
        """The row of the capture that the cursor is on."""
        rows = self.chosen.rows(self.cursor, self.cursor + 1).tolist()
        return rows[0] if rows else None

    def is_shown(self, row: int) -> bool:
        """A row of the capture is among those that are shown."""
        place = self.chosen.place_of(row)
        return bool(self.chosen.rows(place, place + 1).tolist() == [row])

    def go_to_row(self, row: int) -> None:
        """To a row of the capture, or where that is not shown, to the next."""
        self.cursor = self.chosen.place_of(row)

    def rows_to_write(self) -> tuple[Iterator[int], int]:
        """The rows that are marked, or without marks those that are shown; and how many they are."""
        if self.marked:
            return iter(sorted(self.marked)), len(self.marked)
        chosen, count = self.chosen, len(self.chosen)
        parts = (chosen.rows(at, min(at + _PART, count)).tolist() for at in range(0, count, _PART))
        return chain.from_iterable(parts), count

    def row_style(self, row: RowText) -> Style:
        """How a row looks: what is wrong stands out, without colours too."""
        if not row.is_bad:
            return Style.null()
        return Style(bold=True) if is_plain(self.app) else Style(color="bright_red" if self.is_on_dark else "red3")

    @property
    def is_on_dark(self) -> bool:
        """The ground is dark."""
        return self.app.current_theme.dark

    def mark_of(self, row: RowText, place: int) -> tuple[str, Style]:
        """What stands before a row: a mark, or a bar in the colour of its network."""
        is_marked = place in self.marked
        if row.vnid is None or is_plain(self.app):
            return _MARK if is_marked else " ", Style.null()
        colour = network_colour(row.vnid, on_dark=self.is_on_dark)
        return _MARK if is_marked else _BAR, Style(color=colour)


class _Frames:
    """The rows as the list takes them, made in windows."""

    def __init__(self, frames: FrameList) -> None:
        self._frames = frames

    def __len__(self) -> int:
        return len(self._frames.chosen)

    def rows(self, first: int, last: int) -> Sequence[Row]:
        """Those of these places."""
        frames = self._frames
        begin = first - first % _WINDOW
        end = max(last, begin + _WINDOW) if last - first < _WINDOW else last
        places = frames.chosen.rows(begin, end)
        texts = frames.texts.texts(places)[first - begin : last - begin]
        shown = zip(texts, places[first - begin :].tolist(), strict=False)
        return [Row(text.cells, *frames.mark_of(text, place), frames.row_style(text)) for text, place in shown]


def _column(column: ListColumn) -> Column:
    least = _LEAST.get(column.name, 0)
    return Column(column.head, column.is_number, column.spare, column.name == "info", least)
