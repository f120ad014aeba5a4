"""Where a long text goes: standard output, through a pager on a terminal."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

_LESS_OPTIONS = "FRX"  # quit when it fits, show colours, leave the text on the screen


@contextmanager
def paged_output(*, wanted: bool) -> Iterator[IO[str]]:
    """Standard output, or on a terminal the input of $PAGER (else less); the text may go on for ever.

    A pager that is left early ends the writing quietly, as the reader of a pipe does.
    """
    command = _pager() if wanted and sys.stdout.isatty() else None
    if command is None:
        yield sys.stdout
        return
    environment = {"LESS": _LESS_OPTIONS, **os.environ}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, text=True) as process:  # noqa: S603  (the user's own pager)
        assert process.stdin is not None  # noqa: S101  (it was asked for)
        try:
            with suppress(BrokenPipeError):
                yield process.stdin
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()


def _pager() -> list[str] | None:
    """The command line of the pager; None when there is none."""
    is_posix = os.name != "nt"  # where a backslash is part of a path
    try:
        words = shlex.split(os.environ.get("PAGER", "less"), posix=is_posix)
    except ValueError:  # a quotation that does not end
        return None
    return words if words and words[0] != "cat" and shutil.which(words[0]) is not None else None
