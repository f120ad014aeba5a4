"""`inspect -w`: its job is carried out, and it is said how many frames were written."""

from __future__ import annotations

import sys
from collections.abc import Callable

from dovetool.capture.batch import Passage
from dovetool.cli.parsing import refuse_terminal
from dovetool.jobs.extraction import Extraction


def extract(extraction: Extraction, meet: Callable[[Passage], object] = bool) -> int:
    """Do it; returns the exit code.

    Raises:
        CorruptCaptureError: the capture is damaged from some point on; the chosen frames before it were written.
    """
    refuse_terminal(extraction.target, "name a file for -w")
    damage = extraction.carry_out(meet)
    sys.stderr.write(f"{extraction.written:,} of {extraction.seen:,} frames written\n")
    if damage is not None:
        raise damage
    return 0
