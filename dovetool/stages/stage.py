"""The face that every stage has, and the places between stages on the way from a VM to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dovetool.frame.view import FrameView
from dovetool.verdict.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dovetool.vnid_map import VnidMap

HOPS = ("1-vm", "2-tagged", "3-underlay", "4-received", "5-delivered")
"""Names of the places between the stages, and before and behind them."""
HOPS_WITH_GATEWAY = ("1-vm", "2-tagged", "3-underlay", "4-gateway", "5-underlay", "6-received", "7-delivered")
"""The same where gateways translate between two underlays."""


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


def hops_of(stages: Sequence[Stage]) -> tuple[str, ...]:
    """Names of the places before, between and behind the stages of a path."""
    return HOPS if len(stages) < len(HOPS) else HOPS_WITH_GATEWAY


def is_beyond_tep(hop: str) -> bool:
    """Say whether frames that stay behind their tunnel end point never see a place."""
    return hop.endswith(("-underlay", "-gateway"))


def is_of_gateway(hop: str) -> bool:
    """Say whether a place sees nothing but what was at a gateway."""
    return hop in HOPS_WITH_GATEWAY[3:5]
