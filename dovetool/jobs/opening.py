"""Where captures are opened: whatever reads frames of files for a job gets its reader here."""

from __future__ import annotations

from pathlib import Path

from dovetool.capture.merging.opening import Inputs
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.roles import IN, Roles
from dovetool.engine.threads import THREADS

Source = Path | Inputs
"""One capture, or several that are read as one."""
_ONE_OF = "one of the captures that are read"


def inputs_of(source: Source) -> Inputs:
    """The captures that are meant."""
    return source if isinstance(source, Inputs) else Inputs((source,))


def claim_inputs(roles: Roles, source: Source) -> None:
    """Each capture is read. The place of a single one may be taken by the output at the end, as all of it is read then.

    Raises:
        UsageError: one has another role.
    """
    inputs = inputs_of(source)
    for path in inputs.paths:
        roles.reads(IN if inputs.single is not None else _ONE_OF, path)


def open_capture(source: Source) -> OpenCapture:
    """The captures, open.

    Raises:
        CaptureError: a single one cannot be opened, is no capture, or ends before any frame can be; of several none is
            any better.
    """
    return inputs_of(source).opened(ahead=THREADS.count > 1)
