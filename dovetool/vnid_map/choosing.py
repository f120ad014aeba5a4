"""Which encapsulation a TEP uses towards another, and which gateway translates where they have none in common."""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.vnid_map.entities import Tep
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier


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
