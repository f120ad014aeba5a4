"""A terminal: commands run in it as for a user, keys go in, and what it shows can be read."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte
from cli_process import COMMAND, PATIENCE, environment


class Terminal:
    """A command in a terminal of some size.

    Attributes:
        screen: what it shows.
        raw: all octets that the command has sent.
    """

    def __init__(self, process: int, terminal: int, size: tuple[int, int]) -> None:
        self.process, self._terminal = process, terminal
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self._code: int | None = None
        self.resize(*size)

    def resize(self, columns: int, lines: int) -> None:
        """Make it larger, or smaller."""
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.resize(lines, columns)

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._terminal, keys.encode())

    def signal(self, number: int) -> None:
        """Send the command a signal."""
        os.kill(self.process, number)

    @property
    def text(self) -> str:
        """What it shows, without blanks at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def afterwards(self) -> str:
        """What was printed when the other screen was left."""
        return self.raw.rpartition(b"\x1b[?1049l")[2].decode()

    def shows(self, *texts: str) -> str:
        """Wait until it shows all of these; returns what it shows then."""
        return self.until(lambda: all(text in self.text for text in texts), f"{texts} in")

    def hides(self, text: str) -> str:
        """Wait until it does not show that any more."""
        return self.until(lambda: text not in self.text, f"no {text!r} in")

    def until(self, is_so: Callable[[], bool], what: str) -> str:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, f"not {what}:\n{self.text}"
            if not self._read(0.1) and not is_so():
                raise AssertionError(f"ended without {what}:\n{self.text}")
        return self.text

    def ended(self) -> int:
        """Wait for the end of the command; returns its exit code."""
        while self._read(0.1):
            pass
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return self._code

    def hang_up(self) -> int:
        """Take the terminal away, as when its window is closed; returns the exit code of the command."""
        os.close(self._terminal)
        self._terminal = os.open(os.devnull, os.O_RDWR)
        end = time.monotonic() + PATIENCE
        while self._code is None:
            assert time.monotonic() < end, "it goes on without a terminal"
            ended, status = os.waitpid(self.process, os.WNOHANG)
            if ended:
                self._code = os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        return self._code

    def _read(self, seconds: float) -> bool:
        """Take what has come; returns whether more can come."""
        if select.select([self._terminal], [], [], seconds)[0]:
            try:
                octets = os.read(self._terminal, 1 << 16)
            except OSError:  # nobody has the other side any more
                return False
            self.raw += octets
            self._stream.feed(octets)
            return bool(octets)
        return True

    def close(self) -> None:
        """End the command, if it still runs."""
        if self._code is None:
            with suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self._terminal)


@contextmanager
def in_terminal(
    *words: str | Path,
    size: tuple[int, int] = (80, 24),
    stdin: int | None = None,
    settings: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Terminal]:
    """dovetool in a terminal, which is its standard input too unless that is given."""
    command = [*COMMAND, *map(str, words)]
    process, terminal = pty.fork()
    if process == 0:
        try:
            os.chdir(cwd or ".")
            if stdin is not None:
                os.dup2(stdin, 0)
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            known = environment(**{"TERM": "xterm-256color", **(settings or {})})
            os.execve(sys.executable, command, {name: known[name] for name in known if name != "LINES"})
        finally:
            os._exit(127)
    opened = Terminal(process, terminal, size)
    try:
        yield opened
    finally:
        opened.close()
