"""VNIDs that have more in them than the number of a network: OVN over VXLAN packs the egress port above 12 bits of it.

Then all unicast frames of a VNID are for one address, there and back have different VNIDs with the same lower bits,
and no VNID has no upper ones. (OVN's ovn-architecture(7), "Tunnel Encapsulations".)
"""

from __future__ import annotations

from collections import defaultdict

from dovetool.learning.ledger import Ledger

MASK = 0xFFF


def are_packed(ledger: Ledger) -> bool:
    """Say whether VNIDs look like that."""
    targets: defaultdict[int, set[bytes]] = defaultdict(set)
    for vnid, mac, _ in ledger.targets:
        targets[vnid].add(mac)
    sources: defaultdict[int, set[bytes]] = defaultdict(set)
    for vnid, mac, _ in ledger.guests:
        sources[vnid].add(mac)
    together: defaultdict[int, set[int]] = defaultdict(set)
    for vnid in targets:
        together[vnid & MASK].add(vnid)
    if not together or any(vnid <= MASK or not vnid & MASK for vnid in ledger.networks):
        return False
    if any(len(macs) > 1 or macs & sources[vnid] for vnid, macs in targets.items()):
        return False
    return sum(len(vnids) > 1 for vnids in together.values()) * 2 > len(together)


def unpacked(vnid: int) -> int:
    """The network's number in a VNID."""
    return vnid & MASK
