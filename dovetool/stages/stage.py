"""The face that every stage has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dovetool.frame.view import FrameView
from dovetool.verdict.verdict import Verdict

if TYPE_CHECKING:
    from dovetool.vnid_map import VnidMap


class Stage(Protocol):
    """One hop's work on a frame. It holds its configuration, and no state from frame to frame.

    Attributes:
        name: what the stage is called in summaries and tables.
        change_times_ns: ascending times in ns; between two of them the stage decides alike.
    """

    @property
    def name(self) -> str: ...  # noqa: D102  (see Attributes)

    @property
    def change_times_ns(self) -> tuple[int, ...]: ...  # noqa: D102  (see Attributes)

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame; never raises for what a frame may hold."""


class ByMap:
    """What goes by a map decides alike while nothing changes in it."""

    __slots__ = ()
    vnid_map: VnidMap

    @property
    def change_times_ns(self) -> tuple[int, ...]:
        """When VMs come, go and move."""
        return self.vnid_map.change_times_ns
