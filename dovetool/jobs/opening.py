"""Where captures are opened: whatever reads frames for a job gets its reader here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.file_object import ObjectTarget
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.roles import IN, Roles
from dovetool.engine.threads import THREADS


class Given(Protocol):
    """Captures that are read as one, as `Inputs` are; or what no path leads to: a file object, or frames."""

    @property
    def name(self) -> str:
        """What messages call them."""

    @property
    def paths(self) -> Sequence[Path]:
        """Their files, and `-`."""

    @property
    def single(self) -> Path | None:
        """The one file; None where there are several, or none."""

    @property
    def can_be_read_twice(self) -> bool:
        """They can be looked at, and then be read from their beginning."""

    def opened(self, *, ahead: bool = False) -> OpenCapture:
        """A reader of them, from the beginning; with `ahead`, a thread may decompress on."""


class GivenTarget(Protocol):
    """A file object that a capture is written to."""

    @property
    def name(self) -> str:
        """What it is called, whose suffix tells the format."""

    def opened(self) -> ObjectTarget:
        """What writes it."""


Source = Path | Given
"""One capture, or several that are read as one."""
Goal = Path | GivenTarget
_ONE_OF = "one of the captures that are read"


def inputs_of(source: Source) -> Given:
    """The captures that are meant."""
    return Inputs((source,)) if isinstance(source, Path) else source


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


def open_target(target: Goal, *, behind: bool = False) -> CaptureTarget | ObjectTarget:
    """What writes the output; with `behind`, a thread does, if it is a file."""
    return CaptureTarget(target, behind=behind) if isinstance(target, Path) else target.opened()
