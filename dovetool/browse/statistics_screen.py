"""What is shown, summed up: by network, pair, conversation and the like; a group can be shown alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from dovetool.analysis.groups import Group, Groups
from dovetool.analysis.indexed.chosen_rows import ChosenRows
from dovetool.browse.background import Background
from dovetool.browse.colours import is_plain, network_colour
from dovetool.browse.group_counts import GroupCounts
from dovetool.browse.group_filters import group_filter
from dovetool.browse.row_list import RowList
from dovetool.browse.row_source import Column, Row
from dovetool.browse.session import Session
from dovetool.browse.words import Words
from dovetool.observe.by import By
from dovetool.views.numbers import counted, percent, seconds_text, sparkline
from dovetool.views.plain import printable

CHOICES = (By.VNID, By.PAIR, By.CONVERSATION, By.TEP, By.VM, By.ENCAP)
_AMOUNTS = (
    Column("Frames", is_number=True),
    Column("Octets", is_number=True),
    Column("Share", is_number=True, spare=1),
    Column("Overhead", is_number=True, spare=4),
    Column("First", is_number=True, spare=2),
    Column("Last", is_number=True, spare=3),
    Column("Rate", spare=5),
)
_SPARK = 16


class StatisticsScreen(Screen[str | None]):
    """The statistics; ends with a line for the filter bar, or None."""

    DEFAULT_CSS = """
    StatisticsScreen RowList { height: 1fr; border-top: solid $primary; }
    StatisticsScreen .line { height: 1; background: $panel; }
    """
    AUTO_FOCUS = "RowList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,s", "leave", show=False),
        *(Binding(str(at + 1), f"by('{by}')", show=False) for at, by in enumerate(CHOICES)),
        Binding("tab", "next(1)", show=False, priority=True),
        Binding("shift+tab", "next(-1)", show=False, priority=True),
        Binding("o", "sort('octets')", show=False),
        Binding("f", "sort('frames')", show=False),
        Binding("K", "sort('key')", show=False),
    ]

    def __init__(self, session: Session, chosen: ChosenRows, by: By = By.VNID) -> None:
        super().__init__()
        self._session, self._chosen, self._by = session, chosen, by
        self._work = Background("statistics")
        self._counts = GroupCounts(session, by, chosen)
        self._groups: Groups | None = None
        self._sort = "octets"

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield Words(id="choices", classes="line")
        yield RowList(id="groups", fits=True)
        yield Words(id="sum", classes="line")

    def on_mount(self) -> None:
        """Begin to count."""
        self.query_one(RowList).border_title = "Statistics of what is shown"
        self.set_interval(0.1, self._look)
        self.action_by(self._by)

    def on_unmount(self) -> None:
        """Count no more."""
        self._work.stop()

    def action_by(self, word: str) -> None:
        """Sum up by something else."""
        self._by = By(word)
        names = (f"[{at + 1} {by}]" if by is self._by else f" {at + 1} {by} " for at, by in enumerate(CHOICES))
        self.query_one("#choices", Words).tell("  ".join(names))
        self._groups, self._counts = None, GroupCounts(self._session, self._by, self._chosen)
        self._work.start(self._counts.count_all)
        self.query_one(RowList).show([], _Groups(None, _no_row))

    def action_next(self, by: int) -> None:
        """The next way to sum up, or the one before."""
        self.action_by(CHOICES[(CHOICES.index(self._by) + by) % len(CHOICES)])

    def action_sort(self, word: str) -> None:
        """Another order."""
        self._sort = word
        self._show()

    def action_leave(self) -> None:
        """Back, with nothing."""
        self.dismiss(None)

    def on_row_list_activated(self, event: RowList.Activated) -> None:
        """Show the frames of a group alone."""
        event.stop()
        if self._groups is not None and len(self._groups):
            group = self._groups[event.rows.cursor]
            self.dismiss(group_filter(self._by, self._counts.key(group)))

    def _look(self) -> None:
        """See how far the counting is."""
        counts = self._counts
        if counts.groups is None:
            self._tell(f"counting ... {percent(counts.counted, len(self._chosen))}")
        elif self._groups is None:
            self._show()

    def _show(self) -> None:
        counts = self._counts
        if counts.groups is None:
            return
        self._groups = _sorted(counts.groups, self._sort)
        totals = counts.totals
        heads = [Column(head, is_number) for head, is_number in counts.heads()]
        self.query_one(RowList).show([*heads, *_AMOUNTS], _Groups(self._groups, self._row), 0)
        span = seconds_text(totals.last_ns - totals.first_ns)
        groups, frames = counted(len(self._groups), "group", "groups"), counted(totals.frames, "frame", "frames")
        told = f"{groups}, {frames}, {counted(totals.octets, 'octet', 'octets')}, {span} s"
        self._tell(str(counts.error) if counts.error is not None else told)

    def _tell(self, text: str) -> None:
        self.query_one("#sum", Words).tell(f"{text}  |  Enter: alone  o f K: sort  Tab: next  Esc: back")

    def _row(self, group: Group) -> Row:
        counts, octets = self._counts, sum(group.octets)
        start_ns = counts.totals.first_ns
        amounts = (
            f"{sum(group.frames):,}",
            f"{octets:,}",
            percent(octets, counts.totals.octets),
            percent(group.overhead, octets),
            seconds_text(group.first_ns - start_ns),
            seconds_text(group.last_ns - start_ns),
            sparkline(group.series, _SPARK) if len(group.series) > 1 else "",
        )
        vnid, mark = counts.key(group).get("vnid"), Style.null()
        if isinstance(vnid, int) and not is_plain(self.app):
            mark = Style(color=network_colour(vnid, on_dark=self.app.current_theme.dark))
        return Row([*map(printable, counts.cells(group)), *amounts], "▌" if mark else " ", mark)


class _Groups:
    """Groups as a list takes them."""

    def __init__(self, groups: Groups | None, row: Callable[[Group], Row]) -> None:
        self._groups, self._row = groups, row

    def __len__(self) -> int:
        return len(self._groups) if self._groups is not None else 0

    def rows(self, first: int, last: int) -> Sequence[Row]:
        """Those of these places."""
        return [self._row(self._groups[at]) for at in range(first, last)] if self._groups is not None else []


def _no_row(group: Group) -> Row:
    raise AssertionError(group)


def _sorted(groups: Groups, sort: str) -> Groups:
    if sort == "key":
        return groups.by_key()
    amounts = groups.octets if sort == "octets" else groups.frames
    return groups.ranked(-amounts.sum(axis=1))
