"""The work of one hop, or of all of them, planned: words become stages."""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.jobs.annotating import map_annotator
from dovetool.jobs.encapsulations import encap_named, map_selectors
from dovetool.jobs.maps import port_named, require_macs, tep_named
from dovetool.jobs.plan import Plan
from dovetool.stages.stage import Stage
from dovetool.vnid_map import VnidMap


def tagging(vnid_map: VnidMap, ingress: str | None = None, *, annotate: bool = False) -> Plan:
    """Switch, outgoing: frames get the tag."""
    from dovetool.stages.switch import Tag

    stage = Tag(vnid_map, port_named(vnid_map, ingress))
    return Plan("tag", lambda _: [stage], map_annotator(annotate, vnid_map), grows=True)


def encapsulation(
    vnid_map: VnidMap,
    tep: str | None = None,
    encap: str | None = None,
    *,
    enforce: bool = False,
    annotate: bool = False,
) -> Plan:
    """TEP, outgoing: the tag becomes an overlay header."""
    from dovetool.stages.encap import Encap
    from dovetool.stages.ingress import underlay_names

    local = tep_named(vnid_map, tep)
    require_macs(vnid_map, local)
    stages: Sequence[Stage] = [Encap(vnid_map, local, encap_named(encap))]
    if enforce:
        from dovetool.audit.enforced import enforced

        stages = enforced(stages, vnid_map)
    telling = map_annotator(annotate, vnid_map)
    return Plan("encap", lambda _: stages, telling, grows=True, underlay_name=underlay_names(vnid_map))


def decapsulation(
    vnid_map: VnidMap,
    tep: str | None = None,
    decode_as: list[str] | None = None,
    *,
    verifies: bool = True,
    enforce: bool = False,
    annotate: bool = False,
) -> Plan:
    """TEP, incoming: the overlay header becomes the tag."""
    from dovetool.stages.decap import Decap

    selectors = map_selectors(vnid_map, decode_as)
    stages: Sequence[Stage] = [Decap(vnid_map, tep_named(vnid_map, tep), selectors, verifies=verifies)]
    if enforce:
        from dovetool.audit.enforced import enforced

        stages = enforced(stages, vnid_map, selectors, verifies=verifies)
    return Plan("decap", lambda _: stages, map_annotator(annotate, vnid_map, decode_as))


def untagging(
    vnid_map: VnidMap,
    tep: str | None = None,
    *,
    name_receivers: bool = False,
    enforce: bool = False,
    annotate: bool = False,
) -> Plan:
    """Switch, incoming: the tag goes, the port of the VM is found."""
    from dovetool.stages.untag import Untag

    stages: Sequence[Stage] = [Untag(vnid_map, tep_named(vnid_map, tep), name_receivers=name_receivers)]
    if enforce:
        from dovetool.audit.enforced import enforced

        stages = enforced(stages, vnid_map)
    return Plan("untag", lambda _: stages, map_annotator(annotate, vnid_map))


def delivery(
    vnid_map: VnidMap,
    ingress: str | None = None,
    encap: str | None = None,
    *,
    verifies: bool = True,
    name_receivers: bool = False,
    enforce: bool = False,
    annotate: bool = False,
) -> Plan:
    """From VM to VM: all stages."""
    from dovetool.stages.ingress import underlay_names
    from dovetool.stages.path import vm_to_vm

    require_macs(vnid_map)
    port, encap = port_named(vnid_map, ingress), encap_named(encap)
    stages = vm_to_vm(vnid_map, port, encap, name_receivers=name_receivers, verifies=verifies)
    if enforce:
        from dovetool.audit.enforced import enforced

        stages = enforced(stages, vnid_map, verifies=verifies)
    return Plan("run", lambda _: stages, map_annotator(annotate, vnid_map), underlay_name=underlay_names(vnid_map))
