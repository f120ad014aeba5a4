"""Adds up what the frames of captures show, by who shows it. Times are nanoseconds since 1970."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import field

from dovetool.learning.facts import Address, GuestFacts, Span, TargetFacts, TepFacts
from dovetool.learning.seen import Claim, Seen
from dovetool.values import dataclass
from dovetool.wire.fields import is_group, is_multicast

Guest = tuple[int, bytes, bytes]
"""VNID and MAC address; a packet without MAC addresses has its IP address as the third."""
_UNICAST = bytes(6)
_EVERYBODY = b"\xff" * 4
MOST = 400_000
"""Addresses that a ledger keeps account of, of all kinds: some 400 MB. Frames that show more are counted."""


@dataclass(slots=True)
class Ledger:
    """What captures show.

    Attributes:
        frames: all of them.
        carried: those in a tunnel that has a network.
        tagged: those with a DOVE tag, of which nothing tells the place.
        span: the time of all frames.
        teps: by underlay address.
        networks: frames by VNID.
        groups: frames by VNID and underlay group.
        guests: MAC addresses that sent.
        targets: MAC addresses that frames are for.
        claims: what is said of addresses, by VNID.
        to_all: frames for groups inside, by VNID.
        addresses: IP addresses of senders and targets, all together.
        beyond: frames that showed something new when `most` was reached.
        most: addresses that it keeps account of.
    """

    frames: int = 0
    carried: int = 0
    tagged: int = 0
    span: Span = field(default_factory=Span)
    teps: dict[Address, TepFacts] = field(default_factory=lambda: defaultdict(TepFacts))
    networks: dict[int, Span] = field(default_factory=lambda: defaultdict(Span))
    groups: Counter[tuple[int, bytes]] = field(default_factory=Counter)
    guests: dict[Guest, GuestFacts] = field(default_factory=lambda: defaultdict(GuestFacts))
    targets: dict[Guest, TargetFacts] = field(default_factory=lambda: defaultdict(TargetFacts))
    claims: Counter[tuple[int, Claim]] = field(default_factory=Counter)
    to_all: Counter[int] = field(default_factory=Counter)
    addresses: int = 0
    beyond: int = 0
    most: int = MOST

    def note(self, seen: Seen, frames: int, first_ns: int, last_ns: int) -> None:
        """Add frames that show the same."""
        times = frames, first_ns, last_ns
        if self._kept() >= self.most and self._is_new(seen):
            self.beyond += frames
            return
        self.carried += frames
        self.networks[seen.vnid].add(*times)
        self._of_teps(seen, times)
        if seen.inner_src or seen.src_ip:
            self._of_sender(seen, times)
        if seen.inner_dst or seen.dst_ip:
            self._of_target(seen, frames, first_ns)
        if seen.claim is not None:
            self.claims[seen.vnid, seen.claim] += frames
        if seen.inner_dst and is_group(seen.inner_dst):
            self.to_all[seen.vnid] += frames

    def _kept(self) -> int:
        kinds = (self.teps, self.networks, self.groups, self.guests, self.targets, self.claims)
        return self.addresses + sum(len(kind) for kind in kinds)

    def _is_new(self, seen: Seen) -> bool:
        """Say whether a frame shows what the ledger does not know yet."""
        sender = self.guests.get(_sender_of(seen))
        target = self.targets.get(_target_of(seen))
        is_known = (
            seen.vnid in self.networks
            and seen.src in self.teps
            and sender is not None
            and (not seen.src_ip or seen.src_ip in sender.ips)
            and (seen.claim is None or (seen.vnid, seen.claim) in self.claims)
        )
        if not is_known or _is_for_many(seen.dst) or is_group(seen.inner_dst or _UNICAST):
            return not is_known or (_is_for_many(seen.dst) and (seen.vnid, seen.dst) not in self.groups)
        return seen.dst not in self.teps or target is None or (bool(seen.dst_ip) and seen.dst_ip not in target.ips)

    def _of_teps(self, seen: Seen, times: tuple[int, int, int]) -> None:
        sender = self.teps[seen.src]
        sender.sent.add(*times)
        sender.encaps[seen.encap] += times[0]
        sender.vnids[seen.vnid] += times[0]
        if seen.src_mac:
            sender.src_macs[seen.src_mac] += times[0]
        if _is_for_many(seen.dst):
            self.groups[seen.vnid, seen.dst] += times[0]
            return
        receiver = self.teps[seen.dst]
        receiver.got.add(*times)
        receiver.encaps[seen.encap] += times[0]
        receiver.vnids[seen.vnid] += times[0]
        if seen.dst_mac:
            receiver.dst_macs[seen.dst_mac] += times[0]
        if seen.port:
            receiver.ports[seen.encap, seen.port] += times[0]

    def _of_sender(self, seen: Seen, times: tuple[int, int, int]) -> None:
        guest = self.guests[_sender_of(seen)]
        known = len(guest.ips)
        guest.sent.add(*times)
        (guest.answers if seen.is_answer else guest.teps)[seen.src].add(*times)
        if seen.src_ip and any(seen.src_ip) and not _is_for_many(seen.src_ip):
            ip = guest.ips[seen.src_ip]
            ip.span.add(*times)
            ip.ttls[seen.ttl] += times[0]
        if seen.claim is not None and seen.claim.mac == seen.inner_src:
            guest.ips[seen.claim.ip].claims += times[0]
        self.addresses += len(guest.ips) - known

    def _of_target(self, seen: Seen, frames: int, first_ns: int) -> None:
        if _is_for_many(seen.dst) or (seen.inner_dst and is_group(seen.inner_dst)):
            return
        target = self.targets[_target_of(seen)]
        known = len(target.ips)
        target.add(seen.dst, frames, first_ns)
        if seen.dst_ip and not _is_for_many(seen.dst_ip):
            target.ips[seen.dst_ip] += frames
        self.addresses += len(target.ips) - known

    def by_network(self, number: Callable[[int], int]) -> Ledger:
        """The same with other numbers of networks; those that come to one are added up."""
        merged = Ledger(self.frames, self.carried, self.tagged, self.span, self.teps)
        for vnid, span in self.networks.items():
            merged.networks[number(vnid)].join(span)
        for (vnid, group), frames in self.groups.items():
            merged.groups[number(vnid), group] += frames
        for (vnid, mac, ip), guest in self.guests.items():
            merged.guests[number(vnid), mac, ip].join(guest)
        for (vnid, mac, ip), target in self.targets.items():
            merged.targets[number(vnid), mac, ip].join(target)
        for (vnid, claim), frames in self.claims.items():
            merged.claims[number(vnid), claim] += frames
        for vnid, frames in self.to_all.items():
            merged.to_all[number(vnid)] += frames
        return merged


def _sender_of(seen: Seen) -> Guest:
    return seen.vnid, seen.inner_src, b"" if seen.inner_src else seen.src_ip


def _target_of(seen: Seen) -> Guest:
    return seen.vnid, seen.inner_dst, b"" if seen.inner_dst else seen.dst_ip


def _is_for_many(ip: bytes) -> bool:
    """Say whether a packed IP address is a group's, or the broadcast address."""
    return is_multicast(ip) or ip == _EVERYBODY
