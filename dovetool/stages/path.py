"""The whole way of FIG. 12, from a VM to another."""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.frame.selectors import Selectors
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.ingress import Entry
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.relay import Relay
from dovetool.stages.stage import Stage
from dovetool.stages.switch import Tag
from dovetool.stages.untag import Untag
from dovetool.vnid_map import VnidMap


def vm_to_vm(
    vnid_map: VnidMap,
    ingress: Entry | None = None,
    encap: str | None = None,
    *,
    name_receivers: bool = False,
    selectors: Selectors | None = None,
    verifies: bool = True,
) -> list[Stage]:
    """The stages in a row; frames that do not leave their tunnel end point are carried past the underlay.

    Where the map has gateways, they take what is for them, and send it on, between Encap and Decap. What marks an
    overlay packet is `selectors`, else what the map says. With `verifies`, outer checksums are asked.
    """
    selectors = selectors_of(vnid_map) if selectors is None else selectors
    sending: list[Stage] = [Tag(vnid_map, ingress), Encap(vnid_map, encap=encap, keep_local=True)]
    relaying: list[Stage] = [Relay(vnid_map, selectors=selectors, verifies=verifies), Encap(vnid_map, relay=True)]
    receiving: list[Stage] = [
        Decap(vnid_map, selectors=selectors, verifies=verifies),
        Untag(vnid_map, name_receivers=name_receivers),
    ]
    return [*sending, *(relaying if vnid_map.gateways else ()), *receiving]


def stages_from(stages: Sequence[Stage], name: str) -> list[Stage]:
    """The rest of a way, from the first stage of that name on."""
    return list(stages[[stage.name for stage in stages].index(name) :])
