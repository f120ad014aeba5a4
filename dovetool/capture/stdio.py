"""Standard input and output, as commands name them."""

from __future__ import annotations

from pathlib import Path

STDIO = Path("-")
"""The file that stands for standard input, or standard output."""
STDIN = 0
"""The descriptor of standard input."""
