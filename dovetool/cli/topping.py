"""The live table on its way to a terminal, or table by table into a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable

from dovetool.analysis.rates import Moment, Rates
from dovetool.capture.batch import Batch
from dovetool.capture.merging.opening import Inputs
from dovetool.cli.browsing import needs_textual, obey_terminal, refuse_undrawable, terminal_of_textual
from dovetool.errors import DovetoolError
from dovetool.jobs.looking import Looking
from dovetool.values import dataclass
from dovetool.views.terminal import WIDE, make_console
from dovetool.views.top_rows import TopRows, TopSort


@dataclass(frozen=True, slots=True)
class Topping:
    """Shows rates.

    Attributes:
        inputs: the captures.
        looking: how it is looked at.
        rates: adds up.
        rows: makes rows.
        sort: what groups are sorted by.
        most: groups of a table at most; 0: all.
        refresh_s: seconds between two looks, on a terminal.
    """

    inputs: Inputs
    looking: Looking
    rates: Rates
    rows: TopRows
    sort: TopSort
    most: int
    refresh_s: float

    def carry_out(self, *, once: bool) -> int:
        """Do it; returns the exit code.

        Raises:
            CorruptCaptureError: the capture is damaged from some point on; what came before was shown.
        """
        if sys.stdout.isatty() and not once:
            return self._live()
        damage = self.looking.feed("top", lambda batch: self.rates.feed(batch, bool if once else self._print))
        self._print(self.rates.moment())
        if damage is not None:
            raise damage
        return 0

    def _print(self, moment: Moment) -> None:
        """Print the table of a window."""
        from rich.text import Text

        from dovetool.views.fitting import Column, fitted_table

        console = make_console(WIDE)
        groups = self.rows.ranked(moment, self.sort)
        shown = groups[: self.most or None]
        cells = [self.rows.cells(key, rate, moment) for key, rate in shown]
        columns = [
            Column(head, [row[at] for row in cells], is_number=is_number, spare=spare)
            for at, (head, is_number, spare) in enumerate(self.rows.heads())
        ]
        console.print(Text(self.rows.remark(moment)))
        console.print(fitted_table(columns, console.width))
        more = f"{len(groups) - len(shown):,} more (--top 0 shows all)\n" if len(shown) < len(groups) else ""
        console.print(Text(more))
        sys.stdout.flush()

    def _live(self) -> int:
        refuse_undrawable("top", "dovetool top --once prints the last table")
        if self.inputs.can_be_read_twice:
            self.looking.check()
        obey_terminal()
        with terminal_of_textual(from_stdin=self.inputs.has_stdin):
            try:
                from dovetool.browse.top_app import TopApp
            except ModuleNotFoundError as error:
                raise needs_textual("top", error) from error
            app = TopApp(self.rates, self.rows, self._read, self.refresh_s, self.sort)
            code = app.run()
        if app.failure is not None:
            raise app.failure
        if not code and app.damage is not None:
            raise app.damage
        return code or 0

    def _read(self, take: Callable[[Batch], bool]) -> DovetoolError | None:
        """Read all in a thread, which must not ask for signals; returns what is wrong with the end."""
        from dovetool.capture.reader import opened_beside
        from dovetool.engine.reading import read_through

        with self.inputs.opened(ahead=True, opener=opened_beside) as reader:
            return read_through(reader, take, bool)
