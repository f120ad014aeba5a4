"""The places that a frame passes on its way from a VM to another."""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.stages.stage import Stage

HOPS = ("1-vm", "2-tagged", "3-underlay", "4-received", "5-delivered")
"""Names of the places between the stages, and before and behind them."""
HOPS_WITH_GATEWAY = ("1-vm", "2-tagged", "3-underlay", "4-gateway", "5-underlay", "6-received", "7-delivered")
"""The same where gateways translate between two underlays."""


def hops_of(stages: Sequence[Stage]) -> tuple[str, ...]:
    """Names of the places before, between and behind the stages of a path."""
    return HOPS if len(stages) < len(HOPS) else HOPS_WITH_GATEWAY


def is_beyond_tep(hop: str) -> bool:
    """Say whether frames that stay behind their tunnel end point never see a place."""
    return hop.endswith(("-underlay", "-gateway"))


def is_of_gateway(hop: str) -> bool:
    """Say whether a place sees nothing but what was at a gateway."""
    return hop in HOPS_WITH_GATEWAY[3:5]
