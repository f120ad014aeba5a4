"""Who routes: gateways that are at every TEP, L3 VNIs with the MAC addresses of their routers, and what they join.

A MAC address that sends from others' IP addresses is a router's. One that is at several TEPs is the anycast gateway of
its network. Where all that is sent in a VNID is between such addresses, one at each TEP, it is an L3 VNI (RFC 9135
section 5).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import field

from dovetool.learning.facts import GuestFacts
from dovetool.learning.ledger import Guest, Ledger
from dovetool.learning.owners import Owners
from dovetool.map_sources.statements import Origin, PolicyStatement, Statement, VrfStatement
from dovetool.values import dataclass
from dovetool.vnid_map.texts import mac_text

_VIRTUAL = (bytes.fromhex("00005e0001"), bytes.fromhex("00005e0002"))  # of VRRP (RFC 9568 section 7.3), and of gateways
_MANY_TEPS = 3


@dataclass(slots=True)
class Routing:
    """Who routes, as far as captures tell.

    Attributes:
        owners: whose an IP address is.
        gateways: VNID -> MAC and IP addresses of its gateway.
        l3vnis: VNID of routed frames -> VNIDs of the networks that it joins.
        router_macs: TEP -> MAC addresses by which it routes in L3 VNIs.
        routed: pairs of networks (from, to) between which a VM routes, with its MAC address.
        joined: groups of networks between which gateways route without an L3 VNI.
    """

    owners: Owners
    gateways: dict[int, tuple[set[bytes], set[bytes]]] = field(default_factory=dict)
    l3vnis: dict[int, set[int]] = field(default_factory=dict)
    router_macs: dict[bytes, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    routed: dict[tuple[int, int], bytes] = field(default_factory=dict)
    joined: list[set[int]] = field(default_factory=list)

    def is_router(self, guest: Guest) -> bool:
        """Say whether an address is a gateway's, or that of a router in an L3 VNI."""
        vnid, mac, _ = guest
        return vnid in self.l3vnis or (vnid in self.gateways and mac in self.gateways[vnid][0])

    def statements(self, origin: Origin) -> Iterator[Statement]:
        """What is routed."""
        for vnid, networks in sorted(self.l3vnis.items()):
            guessed = "all frames of the VNID are between one MAC address at each TEP, from others' IP addresses"
            yield VrfStatement(origin, f"vrf-{vnid}", vnid, tuple(sorted(networks)), guessed)
        for networks in self.joined:
            guessed = "their gateways send from each other's IP addresses"
            yield VrfStatement(origin, f"vrf-of-{min(networks)}", None, tuple(sorted(networks)), guessed)
        for (source, target), mac in sorted(self.routed.items()):
            yield PolicyStatement(origin, source, target, f"{mac_text(mac)} sends from IP addresses of the other")


def routing(ledger: Ledger) -> Routing:
    """Find out who routes."""
    found = Routing(Owners(ledger))
    by_vnid: defaultdict[int, list[tuple[Guest, GuestFacts]]] = defaultdict(list)
    for guest, facts in ledger.guests.items():
        if guest[1]:
            by_vnid[guest[0]].append((guest, facts))
    for vnid, guests in by_vnid.items():
        joined = _joined_by(found.owners, guests)
        if joined:
            found.l3vnis[vnid] = joined
            for guest, facts in guests:
                for tep in facts.places:
                    found.router_macs[tep].add(guest[1])
    _gateways(found, by_vnid)
    return found


def _joined_by(owners: Owners, guests: list[tuple[Guest, GuestFacts]]) -> set[int]:
    """The networks that an L3 VNI joins; none where a VNID is none such."""
    per_tep = Counter(tep for _, facts in guests for tep in facts.places)
    if len(per_tep) < 2 or any(count > 1 for count in per_tep.values()):
        return set()
    if any(len(facts.places) > 1 or any(ip.claims for ip in facts.ips.values()) for _, facts in guests):
        return set()
    addresses = [(guest, ip) for guest, facts in guests for ip in facts.ips]
    foreign = [owners.elsewhere(guest, ip) for guest, ip in addresses if not owners.is_own(guest, ip)]
    return set().union(*foreign) if len(foreign) * 2 > len(addresses) else set()


def _gateways(found: Routing, by_vnid: dict[int, list[tuple[Guest, GuestFacts]]]) -> None:
    networks_of = Counter(guest[1] for guests in by_vnid.values() for guest, _ in guests)
    pairs: list[set[int]] = []
    for vnid, guests in by_vnid.items():
        if vnid in found.l3vnis:
            continue
        for guest, facts in guests:
            foreign = {ip for ip in facts.ips if not found.owners.is_own(guest, ip)}
            others = set().union(*(found.owners.elsewhere(guest, ip) for ip in foreign))
            if _is_anycast(guest, facts, networks_of[guest[1]], routes=bool(foreign)):
                macs, ips = found.gateways.setdefault(vnid, (set(), set()))
                macs.add(guest[1])
                ips.update(ip for ip in facts.ips if ip not in foreign and not _is_link_local(ip))
                pairs += [{vnid, other} for other in others if other not in found.l3vnis]
            else:
                found.routed.update({(other, vnid): guest[1] for other in others if other not in found.l3vnis})
    routed = set().union(*found.l3vnis.values())
    found.joined = _merged([pair for pair in pairs if not pair <= routed])


def _is_anycast(guest: Guest, facts: GuestFacts, networks: int, *, routes: bool) -> bool:
    """Say whether a MAC address is that of a gateway at every TEP."""
    if len(facts.places) < 2:
        return False
    is_virtual = guest[1].startswith(_VIRTUAL)
    return is_virtual or routes or (len(facts.places) >= _MANY_TEPS and networks > 1)


def _is_link_local(ip: bytes) -> bool:
    return len(ip) == 16 and ip[0] == 0xFE and ip[1] & 0xC0 == 0x80


def _merged(pairs: list[set[int]]) -> list[set[int]]:
    """Groups of what pairs have in common."""
    groups: list[set[int]] = []
    for pair in pairs:
        together = [group for group in groups if group & pair]
        groups = [group for group in groups if not group & pair] + [set(pair).union(*together)]
    return sorted(groups, key=min)
