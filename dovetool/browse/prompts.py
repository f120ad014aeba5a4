"""What is asked for in the last line, and done with the answer: find, go to, write."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.analysis.indexed.writing import write_rows
from dovetool.browse.background import Background, GoesOn
from dovetool.browse.row_texts import RowTexts
from dovetool.browse.searching import Hit, Search, Wanted
from dovetool.browse.status_line import StatusLine
from dovetool.errors import DovetoolError

if TYPE_CHECKING:
    from dovetool.browse.browse_screen import BrowseScreen

_NUMBER = re.compile(r"[0-9]{1,18}")
_QUESTIONS = {"find": "Find:", "go": "Go to frame:", "write": "Write to:"}


class Prompts:
    """Asks, and does it."""

    def __init__(self, screen: BrowseScreen) -> None:
        self._screen = screen
        self._news: tuple[str, int | None] = ("", None)
        self._wanted: Wanted | None = None
        self._work = Background("asked")
        self._result: Callable[[], object] | None = None
        self._replaces: Path | None = None

    def stop(self) -> None:
        """Work no more."""
        self._work.stop()

    def give_up(self) -> bool:
        """Stop what goes on; returns whether anything did."""
        was_busy = self._work.is_busy
        self._work.stop()
        self._news = "", None
        return was_busy

    @property
    def news(self) -> str:
        """What came of it, for as long as the cursor stays where it is."""
        text, row = self._news
        return text if row == self._screen.frames.row else ""

    def say(self, text: str) -> None:
        """Tell something."""
        self._news = text, self._screen.frames.row
        self._screen.tell_status()

    def look(self) -> None:
        """Take in what came of work, if anything did."""
        result, self._result = self._result, None
        if result is not None:
            result()

    def ask(self, purpose: str) -> None:
        """Ask for something."""
        self._news = "", None
        question = _QUESTIONS[purpose]
        marked = len(self._screen.frames.marked)
        if purpose == "write":
            count = marked or len(self._screen.frames.chosen)
            question = f"Write {count:,} {'marked' if marked else 'shown'} frame{'s' if count != 1 else ''} to:"
        answer = self._wanted.text if purpose == "find" and self._wanted is not None else ""
        self._screen.query_one(StatusLine).ask(purpose, question, answer)

    def answered(self, purpose: str, text: str) -> None:
        """Do what was asked for."""
        if not text.strip():
            return
        try:
            {"find": self._find, "go": self._go, "write": self._write}[purpose](text.strip())
        except DovetoolError as error:
            self.say(str(error))

    def _go(self, text: str) -> None:
        frames, digits = self._screen.frames, text.replace(",", "")
        if not _NUMBER.fullmatch(digits) or not 1 <= int(digits) <= len(self._screen.session.capture):
            self.say(f"no frame {text}: there are {len(self._screen.session.capture):,}")
            return
        frames.go_to_row(int(digits) - 1)
        if frames.row != int(digits) - 1:
            self.say(f"frame {digits} is not among those shown; this is the next")

    def _find(self, text: str) -> None:
        self._wanted = Wanted.of(text)
        self.find_next(backward=False)

    def find_next(self, *, backward: bool) -> None:
        """Look for the next hit, beside the screen."""
        screen, wanted = self._screen, self._wanted
        if wanted is None:
            self.ask("find")
            return
        place, columns = screen.frames.cursor, screen.frames.texts.columns
        self.say(f"looking for {wanted.text} ... (Esc stops)")

        def work(goes_on: GoesOn) -> None:
            texts = RowTexts(screen.session.capture, screen.session.sight(), columns)
            search = Search(wanted, screen.frames.chosen, texts)
            self._finish(goes_on, lambda: search.next(place, backward=backward, goes_on=goes_on), self._found)

        self._work.start(work)

    def _finish(self, goes_on: GoesOn, work: Callable[[], object], then: Callable[[object], object]) -> None:
        """Work, and have what came of it taken in by the screen's own thread."""
        try:
            result = work()
        except (DovetoolError, OSError) as error:
            told = str(error)
            self._result = lambda: self.say(told)
            return
        if goes_on():
            self._result = lambda: then(result)

    def _found(self, hit: object) -> None:
        text = self._wanted.text if self._wanted is not None else ""
        if not isinstance(hit, Hit):
            self.say(f"not found: {text}")
            return
        self._screen.frames.cursor = hit.place
        self.say(f"found {text}{', beyond the end' if hit.went_round else ''}")

    def _write(self, text: str) -> None:
        screen, target = self._screen, Path(text).expanduser()
        screen.session.check_target(target)
        if _is_there(target) and self._replaces != target:
            self._replaces = target
            screen.query_one(StatusLine).ask(
                "write", f"{text} is there already; Enter replaces it, Esc does not:", text
            )
            return
        self._replaces = None
        rows, count = screen.frames.rows_to_write()
        self.say(f"writing {count:,} frames to {text} ...")
        self._work.start(
            lambda goes_on: self._finish(
                goes_on,
                lambda: write_rows(screen.session.capture, rows, target),
                lambda written: self.say(f"{written:,} frames written to {text}"),
            )
        )


def _is_there(path: Path) -> bool:
    """It is there, if only as a link that leads nowhere."""
    return path.is_symlink() or path.exists()
