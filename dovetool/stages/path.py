"""The whole way of FIG. 12, from a VM to another."""

from __future__ import annotations

from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.ports import ports_of
from dovetool.stages.stage import Stage
from dovetool.stages.switch import Tag, Untag
from dovetool.vnid_map import Port, VnidMap


def vm_to_vm(
    vnid_map: VnidMap, ingress: Port | None = None, encap: str | None = None, *, name_receivers: bool = False
) -> list[Stage]:
    """The stages in a row; frames that do not leave their tunnel end point are carried past the underlay.

    Where the map has gateways, they take what is for them, and send it on, between Encap and Decap.
    """
    ports = ports_of(vnid_map)
    sending: list[Stage] = [Tag(vnid_map, ingress), Encap(vnid_map, encap=encap, keep_local=True)]
    relaying: list[Stage] = [Decap(vnid_map, ports=ports, relay=True), Encap(vnid_map, relay=True)]
    receiving: list[Stage] = [Decap(vnid_map, ports=ports), Untag(vnid_map, name_receivers=name_receivers)]
    return [*sending, *(relaying if vnid_map.gateways else ()), *receiving]
