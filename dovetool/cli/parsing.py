"""What the command line adds to the words of jobs: limits that are options of their own, and the terminal."""

from __future__ import annotations

import os
from pathlib import Path

from dovetool.capture.stdio import STDIO
from dovetool.cli.options import Pieces
from dovetool.engine.reassembly import Bounds
from dovetool.errors import UsageError


def refuse_terminal(target: Path, otherwise: str) -> None:
    """Raise a UsageError for a capture that would go to a terminal; `otherwise` says what to do else."""
    if target == STDIO and os.isatty(1):
        raise UsageError(f"standard output is a terminal; redirect it, or {otherwise}")


def fragment_bounds(pieces: Pieces) -> Bounds:
    """How much of packets that are not whole is held, and how long."""
    return Bounds.of(pieces.fragment_memory, pieces.fragment_packets, pieces.fragment_timeout)
