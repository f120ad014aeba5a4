"""What files are called where people and programs read of them.

A name is octets on most systems, and need be no UTF-8: Python then has it with surrogates, for which neither JSON nor
pcapng nor Arrow has a form.
"""

from __future__ import annotations

import os
from pathlib import Path

from dovetool.capture.stdio import STDIO


def name_of(path: Path) -> str:
    """What errors and records call a capture that is read."""
    return "standard input" if path == STDIO else readable(path)


def readable(path: Path | str) -> str:
    r"""The name of a file as text that everything can hold: octets that are no UTF-8 as `\xff`."""
    name = str(path)
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")
