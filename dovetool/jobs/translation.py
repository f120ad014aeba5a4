"""Translation planned: one stage without a map, those of a gateway with one."""

from __future__ import annotations

from dovetool.errors import UsageError
from dovetool.jobs.annotating import annotator, map_annotator
from dovetool.jobs.encapsulations import decode_as_selectors, encap_named, map_selectors, target_named
from dovetool.jobs.maps import require_macs, tep_named
from dovetool.jobs.plan import Plan
from dovetool.stages.encap import Encap
from dovetool.stages.relay import Relay
from dovetool.stages.stage import Stage
from dovetool.stages.translate import Translate
from dovetool.vnid_map import VnidMap
from dovetool.wire.fields import EtherType


def translation(
    to: str | None,
    vnid_map: VnidMap | None,
    tep: str | None,
    decode_as: list[str] | None,
    *,
    annotate: bool = False,
    verifies: bool = True,
) -> Plan:
    """One encapsulation becomes another: by one stage without a map; with a map, by those of the gateway."""
    if vnid_map is None:
        if to is None or tep is not None:
            raise UsageError("translate needs --to ENCAPSULATION, or a map (-m) and the gateway in it (--tep)")
        name, selectors = target_named(to), decode_as_selectors(decode_as)
        return Plan(
            "translate",
            lambda holds_all: [Translate(name, selectors, ethernet_only=not holds_all)],
            annotator(annotate, selectors, EtherType.DOVE),
            grows=True,
            keeps_link=True,
        )
    gateway = tep_named(vnid_map, tep)
    if gateway is None and len(vnid_map.gateways) == 1:
        gateway = vnid_map.gateways[0]
    if gateway is None or not gateway.is_gateway:
        found = ", ".join(each.name for each in vnid_map.gateways)
        has = f"the map has {found}" if found else "the map has none (gateway: true makes a TEP one)"
        raise UsageError(f"--tep{f' {tep}: is no gateway' if tep else ': name a gateway'}; {has}")
    require_macs(vnid_map, gateway)
    stages: list[Stage] = [
        Relay(vnid_map, gateway, map_selectors(vnid_map, decode_as), verifies=verifies),
        Encap(vnid_map, encap=encap_named(to), relay=True),
    ]
    return Plan("translate", lambda _: stages, map_annotator(annotate, vnid_map, decode_as), grows=True)
