"""VNIDs that carry copies of frames, as the sessions of traffic mirroring do (AWS, GCP).

What a VM sends and what it gets comes from the same TEP there, and goes to another one that never sends. So nothing
tells where VMs are, and a map of such a session has none.
"""

from __future__ import annotations

from collections import defaultdict

from dovetool.learning.facts import Address
from dovetool.learning.ledger import Ledger

WHY = "what VMs send and what they get come from the same TEP, as in a mirror session: no VMs are told"


def mirrors(ledger: Ledger) -> set[int]:
    """The VNIDs of which all frames go one way, and some are for a sender, away from where it is."""
    senders: defaultdict[int, set[Address]] = defaultdict(set)
    receivers: defaultdict[int, set[Address]] = defaultdict(set)
    away: set[int] = set()
    for guest, facts in ledger.guests.items():
        senders[guest[0]].update(facts.places)
    for guest, target in ledger.targets.items():
        receivers[guest[0]].update(target.teps)
        if guest in ledger.guests and target.teps.keys().isdisjoint(ledger.guests[guest].places):
            away.add(guest[0])
    return {vnid for vnid in away if senders[vnid].isdisjoint(receivers[vnid])}
