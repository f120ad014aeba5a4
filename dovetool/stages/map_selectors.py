"""What marks an overlay packet: which UDP destination ports, GRE types and so on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dovetool.frame.selectors import Selectors
from dovetool.stages.route import Router
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map.tunnel_ends import pair_between
from dovetool.wire.fields import EtherType
from dovetool.wire.overlay import ENCAPSULATIONS, LOOK_ALIKE, SELECTORS, Carrier, Selector

if TYPE_CHECKING:
    from dovetool.vnid_map import Tep, VnidMap

_BRIDGED_GRE = (Carrier.GRE, EtherType.TEB)


def selectors_of(vnid_map: VnidMap, extra: Selectors | None = None) -> Selectors:
    """The registered selectors, those that a map gives its tunnel end points, and extra ones, the later the stronger.

    NVGRE and gretap look alike. A map that knows only one of them tells which one it is; of both, the two tunnel end
    points of a packet tell, unless an extra selector does.
    """
    named: dict[Selector, str] = {
        (ENCAPSULATIONS[encap].carrier, port): encap
        for tep in vnid_map.teps
        for encap, port in tep.ports.items()
        if encap in ENCAPSULATIONS
    }
    known = LOOK_ALIKE.intersection(encap for tep in vnid_map.teps for encap in tep.encaps)
    bridged = {_BRIDGED_GRE: "gretap"} if known == {"gretap"} else {}
    selectors = {**SELECTORS, **bridged, **named, **(extra or {})}
    return MapSelectors(selectors, vnid_map) if known == LOOK_ALIKE and _BRIDGED_GRE not in (extra or {}) else selectors


class MapSelectors(dict[Selector, str]):
    """Selectors of a map that has both NVGRE and gretap."""

    def __init__(self, selectors: Mapping[Selector, str], vnid_map: VnidMap) -> None:
        super().__init__(selectors)
        self._map = vnid_map

    def between(self, src: bytes, dst: bytes, name: str) -> str:
        """The one of the two that both ends know, the first of the sender's list of these; else the name.

        To a group it is the one that the sender uses for it. What has not the form of NVGRE is read as gretap anyway.
        """
        sender, receiver = pair_between(self._map, src, dst)
        one, other = sender or receiver, receiver or sender
        if one is None or other is None:
            return name
        to_group = self._to_group(one, dst) if receiver is None else None
        return to_group or _first(one.encaps, LOOK_ALIKE.intersection(other.encaps)) or name

    def _to_group(self, sender: Tep, group: bytes) -> str | None:
        ways = (Router(self._map, sender).to_all(network) for network in self._map.group_networks(group))
        hops = [hop for way in ways if not isinstance(way, Reason) for hop in way if hop.to.ip == group]
        return _first(tuple(hop.encap for hop in hops), LOOK_ALIKE)


def _first(encaps: tuple[str, ...], wanted: frozenset[str]) -> str | None:
    return next((encap for encap in encaps if encap in wanted), None)
