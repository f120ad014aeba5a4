"""Runs the real command as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, NamedTuple

COMMAND = (sys.executable, "-m", "dovetool")
PATIENCE = 300
"""Seconds until a process is taken to hang, on a busy machine."""
_COLOURS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


class Ended(NamedTuple):
    """What came of a process."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def complaint(self) -> str:
        """The one line on standard error."""
        assert self.stderr.startswith("dovetool: "), self.stderr
        assert self.stderr.count("\n") == 1, self.stderr
        assert self.stderr.endswith("\n")
        return self.stderr.removeprefix("dovetool: ")[:-1]


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _COLOURS}
    return {**kept, "LC_ALL": "C.UTF-8", "TERM": "xterm", **settings}


def dovetool(
    *words: str | Path,
    cwd: Path | None = None,
    stdin: bytes = b"",
    settings: dict[str, str] | None = None,
) -> Ended:
    """Run a command to its end.

    Args:
        words: the command line.
        cwd: where to run it.
        stdin: what it can read.
        settings: more of the environment.
    """
    ended = subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        input=stdin,
        env=environment(**settings or {}),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr.decode())


def started(
    *words: str | Path,
    cwd: Path | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
    settings: dict[str, str] | None = None,
    before: tuple[str, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own; `before` is a command that turns into it."""
    return subprocess.Popen(
        [*before, *COMMAND, *map(str, words)],
        cwd=cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=environment(**settings or {}),
        start_new_session=True,
    )


def names_in(directory: Path) -> list[str]:
    """All that is there, hidden files too."""
    return sorted(os.listdir(directory))  # noqa: PTH208  (names, not paths)
