"""What is known of tunnel end points, senders and targets: how often, and when. Times are nanoseconds since 1970."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import field
from typing import NamedTuple

from dovetool.values import dataclass

Address = bytes
PAUSE_NS = 1_000_000_000
MOST_SPANS = 64


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
