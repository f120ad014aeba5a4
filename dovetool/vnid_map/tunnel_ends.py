"""Which TEPs the underlay addresses of a packet stand for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from dovetool.vnid_map.entities import Network, Tep
from dovetool.vnid_map.lookup import VnidMap

Pair = tuple[Tep | None, Tep | None]
_MAC_LEN = 6


def peer_at(vnid_map: VnidMap, local: Tep, ip: bytes) -> Tep | None:
    """Return the TEP with that address that another one reaches there; None where none has it."""
    return next((tep for tep in vnid_map.teps_by_ip(ip) if tep.vrf == local.vrf), None)


def pair_between(
    vnid_map: VnidMap, source: bytes, target: bytes, vnid: int | None = None, at: Tep | None = None
) -> Pair:
    """Return the TEPs that two underlay addresses of a packet stand for, None for what is none.

    Where VRFs of the underlay repeat addresses, they are two of one VRF, of these the ones with a port in the network,
    and else the first of the map.

    Args:
        vnid_map: who has which address.
        source: address that the packet comes from, 4, 16 or, on a layer-2 underlay, 6 octets.
        target: address that it goes to.
        vnid: VNID that it carries, where that is known.
        at: the TEP that the packet is at; of those with the target address it is meant.
    """
    if _MAC_LEN in (len(source), len(target)):
        return vnid_map.tep_by_mac(source), vnid_map.tep_by_mac(target)
    if not (source and target):
        return None, None  # they were not captured
    if not vnid_map.repeats_ips:
        return vnid_map.tep_by_ip(source), vnid_map.tep_by_ip(target)
    targets = vnid_map.teps_by_ip(target)
    network = vnid_map.network(vnid) if vnid is not None else None
    return _likeliest(vnid_map.teps_by_ip(source), (at,) if at in targets else targets, network)


def _likeliest(sources: Sequence[Tep], targets: Sequence[Tep | None], network: Network | None) -> Pair:
    def fit(pair: Pair) -> tuple[bool, int]:
        source, target = pair
        alike = source is not None and target is not None and source.vrf == target.vrf
        return alike, sum(tep is not None and network is not None and network.has_port_at(tep.index) for tep in pair)

    return max(product(sources or (None,), targets or (None,)), key=fit)
