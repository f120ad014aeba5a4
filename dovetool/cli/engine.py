"""Which engine does the work: the compiled core, or pure Python, which is slower and does the same."""

from __future__ import annotations

import sys
from functools import cache

from dovetool.core import COMPILED, MISSING


def engine_name() -> str:
    """The engine, and where it is the slower one, why."""
    if COMPILED:
        return "compiled"
    return f"pure Python ({MISSING or 'DOVETOOL_PURE is set'})"


@cache
def tell_slow_engine() -> None:
    """Say once, on standard error, that the work could go faster, unless that is as the user wants it."""
    if MISSING:
        sys.stderr.write(
            f"dovetool: the slower pure Python engine runs, as {MISSING}; "
            "install dovetool where there is a C compiler (DOVETOOL_PURE=1 to use this one and not to be told)\n"
        )
