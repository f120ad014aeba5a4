"""Whose place a capture is from: that of one machine, if each of its frames comes from it or is for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.following.digests import Digests

_FEW = 4
"""Fewer frames may have an end in common by accident."""
_MANY = 4096
"""Who has more addresses is a router."""


class OwnAddresses:
    """Finds the machines that every unicast frame has at one of its ends, by their MAC addresses."""

    def __init__(self) -> None:
        self._macs: list[np.uint64] | None = None
        self._addresses: dict[np.uint64, Digests] = {}
        self._count = 0

    def note(self, macs: tuple[Digests, Digests], ends: tuple[Digests, Digests], is_unicast: NDArray[np.bool_]) -> None:
        """Take in the digests (n,) of MAC addresses, and of addresses, of source and destination of frames."""
        if self._macs == []:
            return
        (src_mac, dst_mac), (src, dst) = [[each[is_unicast] for each in pair] for pair in (macs, ends)]
        if not len(src_mac):
            return
        self._count += len(src_mac)
        if self._macs is None:
            self._macs = list(dict.fromkeys((src_mac[0], dst_mac[0])))
        self._macs = [mac for mac in self._macs if mac and bool(((src_mac == mac) | (dst_mac == mac)).all())]
        for mac in self._macs:
            found = [self._addresses.get(mac, src[:0]), src[src_mac == mac], dst[dst_mac == mac]]
            self._addresses[mac] = np.unique(np.concatenate(found))
        self._macs = [mac for mac in self._macs if len(self._addresses[mac]) <= _MANY]

    @property
    def addresses(self) -> Digests | None:
        """Digests of the addresses of those machines; None where there are none."""
        if not self._macs or self._count < _FEW:
            return None
        return np.unique(np.concatenate([self._addresses[mac] for mac in self._macs]))
