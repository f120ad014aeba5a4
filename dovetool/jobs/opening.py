"""Where captures are opened: whatever reads frames of files for a job gets its reader here."""

from __future__ import annotations

from pathlib import Path

from dovetool.capture.reader import CaptureReader
from dovetool.engine.threads import THREADS


def open_capture(source: Path, name: str = "") -> CaptureReader:
    """The capture, open; errors call it `name`, or as it is called itself.

    Raises:
        CaptureError: it cannot be opened, is no capture, or ends before any frame can be.
    """
    return CaptureReader(source, name, ahead=THREADS.count > 1)
