"""The browser on its way to a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import IO, TextIO

from dovetool.analysis.indexed import IndexedCapture
from dovetool.browse.session import Session
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.roles import MAP
from dovetool.capture.stdio import STDIN, STDIO
from dovetool.cli.columns import ColumnOptions
from dovetool.cli.configured import IN_FORCE
from dovetool.cli.filter_line import FilterLine
from dovetool.cli.foreign import tell_unread
from dovetool.errors import UsageError
from dovetool.installed import how_to_add
from dovetool.jobs.columns import column_named
from dovetool.jobs.looking import Looking
from dovetool.jobs.opening import claim_inputs
from dovetool.values import dataclass

_TERMINAL = Path("/dev/tty")
_FEW_COLOURS = 8


@dataclass(frozen=True, slots=True)
class Browsing:
    """Shows the browser.

    Attributes:
        inputs: the captures.
        looking: how it is looked at.
        columns: those of the list, where any were asked for.
        line: what the filter bar begins with.
        decode_as: ports that tshark has to know.
        map_file: the map, which is not to be written over.
    """

    inputs: Inputs
    looking: Looking
    columns: ColumnOptions
    line: str
    decode_as: Sequence[str]
    map_file: Path | None

    def carry_out(self) -> int:
        """Do it; returns the exit code.

        Raises:
            UsageError: there is no terminal, or Textual is not installed.
            CaptureError: the input is no capture, or is damaged from some point on.
        """
        columns = self._columns()
        FilterLine.of(self.line, self.looking, self.decode_as)
        refuse_without_terminal("browse", "dovetool inspect prints frames")
        if self.inputs.can_be_read_twice:
            self.looking.check()
        obey_terminal()
        session = self.session()
        with terminal_of_textual(from_stdin=self.inputs.has_stdin), closing(session.capture):
            session.reading.begin()  # Textual takes its time to be imported
            try:
                from dovetool.browse.app import BrowseApp
            except ModuleNotFoundError as error:
                raise needs_textual("browse", error) from error
            app = BrowseApp(session, columns, self.line)
            code = app.run()
            session.reading.end()
        if app.failure is not None:
            raise app.failure
        tell_unread(session.capture.link_types)
        if not code and session.capture.damage is not None:
            raise session.capture.damage
        return code or 0

    def session(self) -> Session:
        """What the browser works with."""
        return Session(
            IndexedCapture(self.inputs),
            self.looking.names,
            self.looking.selectors,
            self.looking.observe,
            self.looking.judge,
            lambda line: FilterLine.of(line, self.looking, self.decode_as),
            self._check_target,
            column_named,
        )

    def _columns(self) -> tuple[str, ...]:
        """The columns that were asked for, of the catalogue and of the list; none where nobody did."""
        from dovetool.browse.list_columns import OWN

        words = [part.strip() for word in self.columns.columns or () for part in word.split(",")]
        return tuple(dict.fromkeys(word if word in OWN else column_named(word, "-e", tuple(OWN)) for word in words))

    def _check_target(self, target: Path) -> None:
        """Raise a UsageError where frames cannot be written to a file, whether it is there or not."""
        roles = IN_FORCE.roles()
        claim_inputs(roles, self.inputs)
        roles.reads(MAP, self.map_file)
        if target == STDIO:
            raise UsageError("the terminal shows the browser; name a file")
        roles.creates("w", target, overwrite=True)


def refuse_without_terminal(command: str, otherwise: str) -> None:
    """Raise a UsageError where nothing can be drawn; `otherwise` says what to do else."""
    if not sys.stdout.isatty():
        raise UsageError(f"{command}: standard output is no terminal; {otherwise}")
    refuse_undrawable(command, otherwise)


def refuse_undrawable(command: str, otherwise: str) -> None:
    """Raise a UsageError for a terminal without a cursor to move; consoles of Windows, which set no TERM, have one."""
    if os.name == "nt":
        return
    kind = os.environ.get("TERM", "")
    if kind in ("dumb", "unknown", ""):
        raise UsageError(f"{command}: this terminal (TERM={kind}) cannot be drawn on; {otherwise}")


def obey_terminal() -> None:
    """Ask for no colours where the terminal has none, so that what stands out does so otherwise."""
    try:
        import curses
    except ImportError:  # Windows, whose consoles have colours
        return
    try:
        curses.setupterm()
        count = curses.tigetnum("colors")
    except curses.error:  # nobody has described it
        return
    if count < _FEW_COLOURS:
        os.environ.setdefault("NO_COLOR", "1")


def needs_textual(command: str, error: ModuleNotFoundError) -> UsageError | ModuleNotFoundError:
    """What to say where a module is missing: which package has it, unless it is ours."""
    if (error.name or "").partition(".")[0] != "textual":
        return error
    return UsageError(f"{command}: needs Textual, which is not installed: {how_to_add('textual')}")


@contextmanager
def terminal_of_textual(*, from_stdin: bool) -> Iterator[None]:
    """Textual reads keys from the terminal, also where a capture comes from standard input, and draws on its output.

    Raises:
        UsageError: there is no terminal to read keys from.
    """
    if from_stdin and os.isatty(STDIN):
        raise UsageError("standard input is a terminal; pipe a capture in, or name a file")
    before = sys.__stdin__, sys.__stderr__
    with ExitStack() as opened:
        keys = sys.__stdin__ if os.isatty(STDIN) else opened.enter_context(_terminal())
        sys.__stdin__, sys.__stderr__ = keys, _Drawn(sys.__stdout__ or sys.stdout)  # type: ignore[misc, assignment]  # it takes these two
        try:
            yield
        finally:
            sys.__stdin__, sys.__stderr__ = before  # type: ignore[misc]


class _Drawn:
    """Where Textual draws. Once the terminal is gone, that is nowhere: of an error it makes a wait without an end."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def write(self, text: str) -> int:
        """Write to the terminal."""
        with suppress(OSError):
            return self._output.write(text)
        return len(text)

    def flush(self) -> None:
        """Have all of it shown."""
        with suppress(OSError):
            self._output.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._output, name)


def _terminal() -> IO[str]:
    try:
        return _TERMINAL.open(encoding="utf-8")
    except OSError as error:
        raise UsageError("there is no terminal to read keys from") from error
