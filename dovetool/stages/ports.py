"""What marks an overlay packet: which UDP destination ports, GRE types and so on."""

from __future__ import annotations

from collections.abc import Mapping

from dovetool.stages.tunnel import Selectors
from dovetool.vnid_map import VnidMap
from dovetool.wire.fields import EtherType
from dovetool.wire.overlay import ENCAPSULATIONS, SELECTORS, Carrier, Selector

_BRIDGED_GRE = (Carrier.GRE, EtherType.TEB)


def ports_of(vnid_map: VnidMap, extra: Selectors | None = None) -> Selectors:
    """The registered selectors, those that a map gives its tunnel end points, and extra ones, the later the stronger.

    NVGRE and gretap look alike. A map that knows only one of them tells which one it is.
    """
    named: dict[Selector, str] = {
        (ENCAPSULATIONS[encap].carrier, port): encap
        for tep in vnid_map.teps
        for encap, port in tep.ports.items()
        if encap in ENCAPSULATIONS
    }
    return {**SELECTORS, **_bridged_gre(vnid_map), **named, **(extra or {})}


def _bridged_gre(vnid_map: VnidMap) -> Mapping[Selector, str]:
    known = {encap for tep in vnid_map.teps for encap in tep.encaps}
    return {_BRIDGED_GRE: "gretap"} if "gretap" in known and "nvgre" not in known else {}
