"""Standard input and output, as commands name them, and files without line ends: octets are octets, on Windows too."""

from __future__ import annotations

import os
import sys
from pathlib import Path

STDIO = Path("-")
"""The file that stands for standard input, or standard output."""
STDIN = 0
"""The descriptor of standard input."""
STDOUT = 1
"""The descriptor of standard output."""
BINARY: int = getattr(os, "O_BINARY", 0)
"""A flag for `os.open`: on Windows a file would be text without it, whose line ends are changed on the way."""


def in_binary(descriptor: int) -> int:
    """A standard stream, of which no system takes line ends for more than octets from now on."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  (Windows alone has it)

        msvcrt.setmode(descriptor, os.O_BINARY)
    return descriptor
