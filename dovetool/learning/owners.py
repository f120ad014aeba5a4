"""Whose is an IP address: of those that send from it, who says so itself, or sends with a TTL that hosts begin with.

Two networks may have one address; so only what comes with a TTL that a router has taken from is asked for elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from dovetool.learning.facts import IpFacts
from dovetool.learning.ledger import Guest, Ledger

_FRESH = frozenset({0, 1, 32, 64, 128, 255})  # TTLs that hosts begin with; 1 is for the link alone, 0 of ARP


class Owner(NamedTuple):
    """Who sends from an address.

    Attributes:
        guest: the sender.
        claims: frames that say that it is the sender's own.
        is_fresh: some came with a TTL that hosts begin with.
        frames: from that address.
    """

    guest: Guest
    claims: int
    is_fresh: bool
    frames: int


class Owners:
    """Who sends from which addresses, in all networks."""

    def __init__(self, ledger: Ledger) -> None:
        self._by_ip: defaultdict[bytes, list[Owner]] = defaultdict(list)
        for guest, facts in ledger.guests.items():
            for ip, seen in facts.ips.items():
                self._by_ip[ip].append(_owner(guest, seen))

    def is_own(self, guest: Guest, ip: bytes) -> bool:
        """Say whether an address is the sender's, and not one that is routed by it."""
        mine = next((owner for owner in self._by_ip[ip] if owner.guest == guest), None)
        if mine is None or mine.claims or mine.is_fresh:
            return True
        return not any(_is_nearer(other, mine) for other in self._by_ip[ip] if other.guest != guest)

    def elsewhere(self, guest: Guest, ip: bytes) -> set[int]:
        """The VNIDs of other networks in which somebody has the address as its own."""
        others = (owner.guest for owner in self._by_ip[ip] if owner.guest[0] != guest[0])
        return {other[0] for other in others if self.is_own(other, ip)}


def _owner(guest: Guest, seen: IpFacts) -> Owner:
    return Owner(guest, seen.claims, bool(_FRESH & seen.ttls.keys()) or not seen.ttls, seen.span.frames)


def _is_nearer(other: Owner, mine: Owner) -> bool:
    """Say whether another sender is more likely to have an address."""
    return (other.claims > 0, other.is_fresh) > (mine.claims > 0, mine.is_fresh)
