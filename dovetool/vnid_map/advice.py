"""What is allowed in a map, and is hardly meant: ways that lead nowhere, and values without effect."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from dovetool.vnid_map.choosing import strangers
from dovetool.vnid_map.entities import Tep
from dovetool.vnid_map.lookup import VnidMap
from dovetool.vnid_map.pair_advice import pair_advice
from dovetool.vnid_map.problems import quoted
from dovetool.wire.overlay import ENCAPSULATIONS

_LOST = "what the one sends to the other, and all its broadcasts, are rejected as no-common-encap"


def advice(vnid_map: VnidMap) -> Iterator[str]:
    """A line for each thing that one should look at."""
    return chain(_unreachable(vnid_map), _unwritten(vnid_map.teps), pair_advice(vnid_map), _idle(vnid_map.teps))


def _unreachable(vnid_map: VnidMap) -> Iterator[str]:
    """TEPs of one network that no encapsulation and no gateway brings together."""
    reported: set[tuple[int, int]] = set()
    for network in vnid_map.networks:
        for local, remotes in zip(network.teps, strangers(network.teps), strict=True):
            for remote in remotes:
                pair = local.index, remote.index
                if pair[0] >= pair[1] or pair in reported or vnid_map.gateway_between(local, remote) is not None:
                    continue
                reported.add(pair)
                who = f"TEPs {quoted(local.name)} and {quoted(remote.name)} of network {quoted(network.name)}"
                yield f"{who} share no encapsulation, and no gateway stands between them: {_LOST}"


def _unwritten(teps: tuple[Tep, ...]) -> Iterator[str]:
    for tep in teps:
        first = tep.encaps[0]
        if not ENCAPSULATIONS[first].is_written:
            yield f"TEP {quoted(tep.name)} prefers {first}, which is read and not written: what it sends is rejected"


def _idle(teps: tuple[Tep, ...]) -> Iterator[str]:
    for tep in teps:
        if tep.on_mtu != "reject" and tep.mtu is None:
            yield f"TEP {quoted(tep.name)}: on_mtu has no effect without mtu"
        for encap in sorted(set(tep.ports) - set(tep.encaps)):
            yield f"TEP {quoted(tep.name)} has a port for {encap}, which is none of its encapsulations"
