"""Adds up what the frames of captures show, by who shows it. Times are nanoseconds since 1970."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import field
from typing import NamedTuple

from dovetool.learning.seen import Claim, Seen
from dovetool.values import dataclass
from dovetool.wire.fields import is_group, is_multicast

Address = bytes
Guest = tuple[int, bytes, bytes]
"""VNID and MAC address; a packet without MAC addresses has its IP address as the third."""
_UNICAST = bytes(6)
_EVERYBODY = b"\xff" * 4
PAUSE_NS = 1_000_000_000
MOST_SPANS = 64
MOST = 400_000
"""Addresses that a ledger keeps account of, of all kinds: some 400 MB. Frames that show more are counted."""


@dataclass(slots=True)
class Span:
    """Frames, and the time from the first to the last of them."""

    frames: int = 0
    first_ns: int = 0
    last_ns: int = 0

    def add(self, frames: int, first_ns: int, last_ns: int) -> None:
        """Count more frames."""
        self.first_ns = min(self.first_ns, first_ns) if self.frames else first_ns
        self.last_ns = max(self.last_ns, last_ns)
        self.frames += frames

    def join(self, other: Span) -> None:
        """Count what another one has, too."""
        self.add(other.frames, other.first_ns, other.last_ns)


class Run(NamedTuple):
    """Frames that came from one TEP, one after the other."""

    tep: Address
    span: Span


@dataclass(slots=True)
class Visit:
    """When frames came from one TEP, in whatever order captures tell it: spans in their order, far from each other."""

    spans: list[Span] = field(default_factory=list)

    def add(self, frames: int, first_ns: int, last_ns: int) -> None:
        """Note frames; what is close to others becomes one with them."""
        spans, at = self.spans, bisect_left(self.spans, first_ns, key=lambda span: span.first_ns)
        spans.insert(at, Span(frames, first_ns, last_ns))
        while at > 0 and spans[at].first_ns - spans[at - 1].last_ns < PAUSE_NS:
            self._join(at := at - 1)
        while at + 1 < len(spans) and spans[at + 1].first_ns - spans[at].last_ns < PAUSE_NS:
            self._join(at)
        if len(spans) > MOST_SPANS:
            self._join(min(range(len(spans) - 1), key=lambda each: spans[each + 1].first_ns - spans[each].last_ns))

    @property
    def whole(self) -> Span:
        """All of it, from the first frame to the last."""
        first, last = self.spans[0], self.spans[-1]
        return Span(sum(span.frames for span in self.spans), first.first_ns, last.last_ns)

    def _join(self, at: int) -> None:
        other = self.spans.pop(at + 1)
        self.spans[at].add(other.frames, other.first_ns, other.last_ns)


@dataclass(slots=True)
class TepFacts:
    """What is seen of a TEP.

    Attributes:
        sent: frames from it.
        src_macs: MAC addresses of these in the underlay, each with its frames.
        got: frames to it.
        dst_macs: MAC addresses of these.
        encaps: encapsulations, of either direction.
        ports: (encapsulation, UDP port) of what it gets.
        vnids: VNIDs, of either direction.
    """

    sent: Span = field(default_factory=Span)
    got: Span = field(default_factory=Span)
    src_macs: Counter[bytes] = field(default_factory=Counter)
    dst_macs: Counter[bytes] = field(default_factory=Counter)
    encaps: Counter[str] = field(default_factory=Counter)
    ports: Counter[tuple[str, int]] = field(default_factory=Counter)
    vnids: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class IpFacts:
    """What is seen of an IP address that a MAC address sends from: frames, their TTLs, and who says that it is its."""

    span: Span = field(default_factory=Span)
    ttls: Counter[int] = field(default_factory=Counter)
    claims: int = 0


@dataclass(slots=True)
class GuestFacts:
    """What is seen of a MAC address in a network, that sent.

    Attributes:
        sent: frames from it.
        teps: where they came from, and when, but for ARP replies, which others may have given in its name.
        answers: where these came from.
        ips: IP addresses that it sent from, or claimed.
    """

    sent: Span = field(default_factory=Span)
    teps: dict[Address, Visit] = field(default_factory=lambda: defaultdict(Visit))
    answers: dict[Address, Visit] = field(default_factory=lambda: defaultdict(Visit))
    ips: dict[bytes, IpFacts] = field(default_factory=lambda: defaultdict(IpFacts))

    def join(self, other: GuestFacts) -> None:
        """Add what another one has."""
        self.sent.join(other.sent)
        for mine, theirs in ((self.teps, other.teps), (self.answers, other.answers)):
            for tep, visit in theirs.items():
                for span in visit.spans:
                    mine[tep].add(span.frames, span.first_ns, span.last_ns)
        for ip, facts in other.ips.items():
            self.ips[ip].span.join(facts.span)
            self.ips[ip].ttls += facts.ttls
            self.ips[ip].claims += facts.claims

    @property
    def places(self) -> dict[Address, Visit]:
        """Where it was: the TEPs that it sent from, and of one that only ever answered, those."""
        return self.teps or self.answers

    def runs(self) -> list[Run]:
        """Where its frames came from, one place after the other by their first frames."""
        spans = [Run(tep, span) for tep, visit in self.places.items() for span in visit.spans]
        runs: list[Run] = []
        for run in sorted(spans, key=lambda each: each.span.first_ns):
            if runs and runs[-1].tep == run.tep:
                span, more = runs[-1].span, run.span
                frames, last_ns = span.frames + more.frames, max(span.last_ns, more.last_ns)
                runs[-1] = Run(run.tep, Span(frames, span.first_ns, last_ns))
            else:
                runs.append(run)
        return runs


@dataclass(slots=True)
class TargetFacts:
    """What is seen of a MAC address in a network that frames are for.

    Attributes:
        teps: where they went, and how many.
        firsts_ns: when the first one went there.
        ips: the IP addresses that they were for.
    """

    teps: Counter[Address] = field(default_factory=Counter)
    firsts_ns: dict[Address, int] = field(default_factory=dict)
    ips: Counter[bytes] = field(default_factory=Counter)

    def add(self, tep: Address, frames: int, first_ns: int) -> None:
        """Note frames that went to a TEP."""
        self.teps[tep] += frames
        self.firsts_ns[tep] = min(first_ns, self.firsts_ns.get(tep, first_ns))

    def join(self, other: TargetFacts) -> None:
        """Add what another one has."""
        for tep, frames in other.teps.items():
            self.add(tep, frames, other.firsts_ns[tep])
        self.ips += other.ips


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
