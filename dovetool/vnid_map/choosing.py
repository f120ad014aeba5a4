"""Which encapsulation a TEP uses towards another, and which gateway translates where they have none in common."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

from dovetool.vnid_map.entities import Network, Tep
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier

if TYPE_CHECKING:
    from dovetool.vnid_map.lookup import VnidMap

Pair = tuple[Tep | None, Tep | None]
_MAC_LEN = 6


def choose(local: Tep, remote: Tep, wanted: str | None = None) -> str | None:
    """Return the first encapsulation of the sending TEP that the other knows too and their underlay carries.

    Args:
        local: TEP that sends.
        remote: TEP that receives.
        wanted: take this one or none; None: any will do.
    """
    for encap in local.encaps:
        if encap in remote.encaps and wanted in {None, encap} and _carried(encap, local, remote):
            return encap
    return None


def gateway_between(gateways: Sequence[Tep], local: Tep, remote: Tep) -> Tep | None:
    """Return the first of the gateways, in file order, that takes from one TEP and gives to the other.

    It is for TEPs that have nothing in common themselves; whether they do is not asked here.
    """
    others = (tep for tep in gateways if tep.index not in {local.index, remote.index})
    return next((tep for tep in others if choose(local, tep) and choose(tep, remote)), None)


def strangers(teps: Sequence[Tep]) -> list[Sequence[Tep]]:
    """Return for each TEP those to which it has no encapsulation, all in the order given.

    Most TEPs of a map are alike, and what is alike is compared once.
    """
    kinds = [(tep.encaps, tep.underlay, tep.vrf, tuple(map(len, tep.ips))) for tep in teps]
    found = {
        kind: [remote for remote in teps if choose(one, remote) is None]
        for kind, one in dict(zip(kinds, teps, strict=True)).items()
    }
    return [found[kind] for kind in kinds]


def _carried(encap: str, local: Tep, remote: Tep) -> bool:
    """Say whether two TEPs share the underlay that an encapsulation needs: Ethernet for 802.1ah, IP for the others."""
    if ENCAPSULATIONS[encap].carrier is Carrier.LINK:
        return local.underlay != "ip" and remote.underlay != "ip"
    return bool(address_towards(local, remote))


def address_towards(local: Tep, remote: Tep) -> bytes:
    """Return the address of another TEP that one sends to: the first for which it has one of the same IP version.

    Empty where there is none: no IP in common, or VRFs of the underlay that are two.
    """
    if local.vrf != remote.vrf:
        return b""
    if remote.ip and len(remote.ip) == len(local.ip):
        return remote.ip  # the first of each, as a rule
    return next((ip for own in local.ips for ip in remote.ips if len(ip) == len(own)), b"")


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
