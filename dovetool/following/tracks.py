"""What is known of each packet that was followed, wherever it was seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.chains import NOT_SEEN, Chains
from dovetool.following.digests import Digests
from dovetool.following.facts import NONE
from dovetool.following.place import Place
from dovetool.values import dataclass


@dataclass(frozen=True, slots=True)
class Tracks:
    """The ways of n packets past p places.

    Attributes:
        places: in the order of the way.
        chains: rows of the packets at each place.
        pair: (n,) digests of addresses.
        flow: (n,) digest of addresses, protocol and ports.
        vnid: (n,) the network that a packet shows at the first place where it shows one, else that of its port.
    """

    places: tuple[Place, ...]
    chains: Chains
    pair: Digests
    flow: Digests
    vnid: NDArray[np.int32]

    @classmethod
    def of(cls, places: Sequence[Place], chains: Chains) -> Tracks:
        """Put together what the places show."""
        count = len(chains.at)
        pair, flow = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
        vnid, home = np.full(count, NONE, np.int32), np.full(count, NONE, np.int32)
        for number, place in enumerate(places):
            at, packets = chains.at[:, number], place.packets
            new = np.flatnonzero((at != NOT_SEEN) & (chains.at[:, :number] == NOT_SEEN).all(axis=1))
            pair[new], flow[new] = packets.pair[at[new]], packets.flow[at[new]]
            for known, shown in ((vnid, packets.vnid), (home, packets.home)):
                open_ = np.flatnonzero((at != NOT_SEEN) & (known == NONE))
                known[open_] = shown[at[open_]]
        vnid = np.where(vnid == NONE, home, vnid)
        return cls(tuple(places), chains, pair, flow, _as_their_flow(flow, vnid))

    def seen(self, place: int) -> NDArray[np.bool_]:
        """(n,) packets that were seen at a place."""
        seen: NDArray[np.bool_] = self.chains.at[:, place] != NOT_SEEN
        return seen

    def rows(self, place: int, which: Column) -> Column:
        """(m,) the rows of some packets at a place."""
        rows: Column = self.chains.at[which, place]
        return rows

    def later_ns(self, which: Column, place: int, other: int) -> Column:
        """(m,) how much later some packets were seen at another place, by both clocks."""
        first, second = (self.places[each].packets.ts_ns[self.rows(each, which)] for each in (place, other))
        later: Column = second - first
        return later

    def seen_beyond(self, place: int, step: int) -> NDArray[np.bool_]:
        """(n,) packets that were seen at a place behind that one; a step of -1 is the way back."""
        beyond = self.chains.at[:, place + 1 :] if step > 0 else self.chains.at[:, :place]
        seen: NDArray[np.bool_] = (beyond != NOT_SEEN).any(axis=1)
        return seen


def _as_their_flow(flow: Digests, vnid: NDArray[np.int32]) -> NDArray[np.int32]:
    """Networks (n,), of packets that show none that of their flow, where that is in one alone."""
    is_open = vnid == NONE
    if not is_open.any() or is_open.all():
        return vnid
    known = np.flatnonzero(~is_open & np.isin(flow, flow[is_open]))
    order = np.argsort(flow[known], kind="stable")
    flows, start = np.unique(flow[known][order], return_index=True)
    if not len(flows):
        return vnid
    least = np.minimum.reduceat(vnid[known][order], start)
    most = np.maximum.reduceat(vnid[known][order], start)
    at = np.minimum(np.searchsorted(flows, flow[is_open]), len(flows) - 1)
    found = vnid.copy()
    found[is_open] = np.where((flows[at] == flow[is_open]) & (least[at] == most[at]), least[at], NONE)
    return found
