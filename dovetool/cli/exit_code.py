"""Exit codes; scripts rely on them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    FINDINGS = 1  # --strict, and a frame was rejected; validate found what --fail-on asks for
    USAGE = 2  # wrong usage, a bad map, an unreadable input, no space
    DAMAGED = 3  # the input is cut or corrupt; everything before that point was written
    INTERRUPTED = 130  # Ctrl-C
    BROKEN_PIPE = 141  # nobody reads the output any more
