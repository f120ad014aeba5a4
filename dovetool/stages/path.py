"""The whole way of FIG. 12, from a VM to another."""

from __future__ import annotations

from dovetool.stages.ports import ports_of
from dovetool.stages.stage import Stage
from dovetool.stages.switch import Tag, Untag
from dovetool.stages.tep import Decap, Encap
from dovetool.vnid_map import Port, VnidMap

HOPS = ("1-vm", "2-tagged", "3-underlay", "4-received", "5-delivered")
"""Names of the places between the stages, and before and behind them."""
UNDERLAY = 2
"""The hop that frames which stay behind their tunnel end point never see."""


def vm_to_vm(
    vnid_map: VnidMap, ingress: Port | None = None, encap: str | None = None, *, name_receivers: bool = False
) -> list[Stage]:
    """The four stages in a row; frames that do not leave their tunnel end point are carried past the underlay."""
    return [
        Tag(vnid_map, ingress),
        Encap(vnid_map, encap=encap, keep_local=True),
        Decap(vnid_map, ports=ports_of(vnid_map)),
        Untag(vnid_map, name_receivers=name_receivers),
    ]
