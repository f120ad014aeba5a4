"""A live table of who sends how much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import ClassVar

from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from dovetool.analysis.rates import Moment, Rate, Rates
from dovetool.browse.background import Background, GoesOn
from dovetool.browse.colours import is_plain, network_colour
from dovetool.browse.ending import INTERRUPTED, end_on_signals
from dovetool.browse.row_list import RowList
from dovetool.browse.row_source import Column, Row
from dovetool.browse.words import Words
from dovetool.capture.batch import Batch
from dovetool.errors import DovetoolError
from dovetool.observe.grouping import Key, key_names
from dovetool.views.top_rows import TopRows, TopSort

_KEYS = {"o": TopSort.OCTETS, "f": TopSort.FRAMES, "p": TopSort.FINDINGS, "K": TopSort.KEY}
Read = Callable[[Callable[[Batch], bool]], DovetoolError | None]


class TopApp(App[int]):
    """The table; its result is the exit code.

    Attributes:
        damage: what is wrong with the input from some point on.
        failure: why nothing can be read.
    """

    TITLE = "dovetool top"
    CSS = """
    RowList { height: 1fr; }
    .line { height: 1; background: $panel; }
    """
    AUTO_FOCUS = "RowList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("q", "quit", show=False),
        *(Binding(key, f"sort('{sort}')", show=False) for key, sort in _KEYS.items()),
    ]

    def __init__(self, rates: Rates, rows: TopRows, read: Read, refresh_s: float, sort: TopSort) -> None:
        super().__init__()
        self._rates, self._rows, self._read, self._refresh_s, self._sort = rates, rows, read, refresh_s, sort
        self._lock, self._work = Lock(), Background("reading")
        self._has_ended = False
        self.damage: DovetoolError | None = None
        self.failure: DovetoolError | None = None

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield Words("waiting for the first frame", id="told", classes="line")
        yield RowList(id="groups", fits=True)
        yield Words(id="keys", classes="line")

    def on_mount(self) -> None:
        """Begin to read."""
        self.action_sort(self._sort)
        self._work.start(self._take_all)
        self.set_interval(self._refresh_s, self._look)
        end_on_signals(self)

    def on_unmount(self) -> None:
        """Read no more."""
        self._work.stop()
        self._work.join(0.5)

    def _take_all(self, goes_on: GoesOn) -> None:
        def take(batch: Batch) -> bool:
            with self._lock:
                self._rates.feed(batch)
            return goes_on()

        try:
            self.damage = self._read(take)
        except DovetoolError as error:
            self.failure = error
        self._has_ended = True

    def _look(self) -> None:
        """Show the window that ends now."""
        if self.failure is not None:
            self.exit(self.failure.exit_code)
            return
        with self._lock:
            moment = self._rates.moment()
        if not moment.seen:
            return
        end = f" - {self.damage}" if self.damage is not None else " - the input has ended" if self._has_ended else ""
        self.query_one("#told", Words).tell(self._rows.remark(moment) + end)
        groups = self._rows.ranked(moment, self._sort)
        heads = [Column(head, is_number, spare) for head, is_number, spare in self._rows.heads()]
        rows = self.query_one(RowList)
        rows.show(heads, _Groups(groups, lambda key, rate: self._row(key, rate, moment)), rows.cursor)

    def _row(self, key: Key, rate: Rate, moment: Moment) -> Row:
        vnid = dict(zip(key_names(self._rows.by), key, strict=True)).get("vnid")
        cells = self._rows.cells(key, rate, moment)
        bad = Style(bold=True) if rate.findings else Style.null()
        if not isinstance(vnid, int) or is_plain(self):
            return Row(cells, style=bad)
        return Row(cells, "▌", Style(color=network_colour(vnid, on_dark=self.current_theme.dark)), bad)

    def action_sort(self, word: str) -> None:
        """Another order."""
        self._sort = TopSort(word)
        keys = "  ".join(f"{'*' if sort is self._sort else ''}{key} {sort}" for key, sort in _KEYS.items())
        self.query_one("#keys", Words).tell(f"sort: {keys}   q quit")
        self._look()

    def action_interrupt(self) -> None:
        """End at once."""
        self.exit(INTERRUPTED)

    async def action_quit(self) -> None:
        """End; who called tells whether the capture was damaged."""
        self.exit(0)


class _Groups:
    """Groups as a list takes them."""

    def __init__(self, groups: Sequence[tuple[Key, Rate]], row: Callable[[Key, Rate], Row]) -> None:
        self._groups, self._row = groups, row

    def __len__(self) -> int:
        return len(self._groups)

    def rows(self, first: int, last: int) -> Sequence[Row]:
        """Those of these places."""
        return [self._row(*group) for group in self._groups[first:last]]
