"""What a browser works with: a capture, the names in it, and what the command line lends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Protocol

from dovetool.analysis.frame_summary import Judge, Sight
from dovetool.analysis.indexed import IndexedCapture
from dovetool.analysis.indexed.row_filter import RowFilter
from dovetool.browse.background import Background, GoesOn
from dovetool.errors import CaptureError, DovetoolError
from dovetool.frame.selectors import Selectors
from dovetool.observe.names import Names
from dovetool.observe.observe import Detail, Observe
from dovetool.values import dataclass

_PATIENCE_S = 0.5


class Asked(Protocol):
    """A line of the filter bar that was understood."""

    def begin(self, capture: IndexedCapture) -> RowFilter:
        """A filter that begins at the first frame; that may take a second, and raise a DovetoolError."""


class Reading:
    """The capture as it is read, beside all else.

    Attributes:
        failure: why nothing can be read any more.
    """

    def __init__(self, capture: IndexedCapture) -> None:
        self._capture, self._work = capture, Background("reading")
        self._has_begun = False
        self.failure: DovetoolError | None = None

    def begin(self) -> None:
        """Begin, if that was not done before."""
        if not self._has_begun:
            self._has_begun = True
            self._work.start(self._read)

    def end(self) -> None:
        """Read no more; a pipe that brings nothing is not waited for."""
        self._work.stop()
        self._work.join(_PATIENCE_S)

    def _read(self, goes_on: GoesOn) -> None:
        try:
            self._capture.read(goes_on)
        except DovetoolError as error:
            self.failure = error
        except (OSError, MemoryError) as error:  # a temporary file that does not fit, for one
            self.failure = CaptureError(f"{self._capture.name}: {getattr(error, 'strerror', None) or 'out of memory'}")
        except ValueError:
            if goes_on():  # else its files were closed under it
                raise


@dataclass(slots=True)
class Session:
    """What is browsed.

    Attributes:
        capture: the capture; it is read by the browser.
        names: gives names.
        selectors: what marks an overlay packet.
        observe: makes what says what a frame is.
        judge: makes what says what is wrong with a frame by the map; that makes None without one.
        read_filter: understands a line of the filter bar, or raises a DovetoolError.
        check_target: raises a DovetoolError where frames cannot be written to a file.
        column_named: finds a column by its name, or raises a DovetoolError.
        reading: fills the capture.
    """

    capture: IndexedCapture
    names: Names
    selectors: Selectors
    observe: Callable[[Detail, Detail], Observe]
    judge: Callable[[], Judge | None]
    read_filter: Callable[[str], Asked]
    check_target: Callable[[Path], None]
    column_named: Callable[[str], str]
    reading: Reading = field(init=False)

    def __post_init__(self) -> None:
        self.reading = Reading(self.capture)

    @property
    def has_map(self) -> bool:
        """There is a map."""
        return self.names.vnid_map is not None

    def sight(self) -> Sight:
        """Looks at all frames, in all detail; for one thread."""
        return Sight(self.observe(Detail.TUNNELS, Detail.ALL), self.names, self.judge())
