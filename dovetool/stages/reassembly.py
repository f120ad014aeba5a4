"""Put packets together that came in pieces (RFC 791, RFC 8200 section 4.5, RFC 5722, draft-davie-stt-08).

Pieces are held until their packet is whole. A packet that turns out to carry no overlay is none of our business: its
pieces pass as they came. Pieces that overlap spoil their packet, unless one is a copy of another. Time is that of the
capture. A piece that capturing cut ends what is known of the packet, which keeps its length on the wire.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from dovetool.stages.pieces import Kind, Piece, Place, headers_of, joint_ecn, place_of
from dovetool.stages.verdict import Frame

__all__ = ["Fed", "Fragment", "Kind", "Piece", "Reassembler"]

_TIMEOUT, _MALFORMED = "fragment-timeout", "malformed"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A frame that holds a piece of a packet.

    Attributes:
        octets: the captured octets.
        orig_len: octets on the wire.
        ts_ns: time in ns since 1970.
        interface: where it was captured; a packet's pieces come by one interface.
        token: whatever the caller wants back with it.
        piece: where the piece stands in it.
    """

    octets: bytes
    orig_len: int
    ts_ns: int
    interface: int
    token: object
    piece: Piece


@dataclass(frozen=True, slots=True)
class Fed:
    """What became of pieces; each piece that was fed comes out once, or has its place taken by `whole`.

    Attributes:
        whole: the frame that the last piece completed, in whose place it stands; None for none.
        absorbed: the other pieces that went into it.
        passed: pieces of packets that carry no overlay, or do not tell; oldest first.
        rejected: pieces that nothing can be made of, with the reason.
    """

    whole: Frame | None = None
    absorbed: tuple[Fragment, ...] = ()
    passed: tuple[Fragment, ...] = ()
    rejected: tuple[tuple[Fragment, str], ...] = ()

    def __add__(self, other: Fed) -> Fed:
        """Both, this one first."""
        return Fed(
            self.whole if other.whole is None else other.whole,
            self.absorbed + other.absorbed,
            self.passed + other.passed,
            self.rejected + other.rejected,
        )


@dataclass(slots=True)
class _Packet:
    """A packet of which pieces have come.

    Attributes:
        since_ns: time of the first to come.
        wanted: whether it carries an overlay; None while that is not known.
        held: all its pieces so far, in the order in which they came.
        offsets: of the pieces that were joined, ascending; `places` has them.
        octets: captured octets of the frames that are held.
        covered: octets of its payload that are there.
        total: octets of its payload in all, when that is known.
        fault: why nothing can be made of it; empty for none.
    """

    since_ns: int
    wanted: bool | None = None
    held: list[tuple[Fragment, Place]] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    places: dict[int, tuple[Fragment, Place]] = field(default_factory=dict)
    octets: int = 0
    covered: int = 0
    total: int | None = None
    fault: str = ""

    def hold(self, fragment: Fragment, place: Place) -> None:
        """Keep a piece."""
        self.held.append((fragment, place))
        self.octets += len(fragment.octets)

    def let_go(self) -> tuple[Fragment, ...]:
        """All pieces, which are held no more."""
        held = tuple(fragment for fragment, _ in self.held)
        self.held.clear()
        self.octets = 0
        return held

    def join(self, fragment: Fragment, place: Place) -> bool:
        """Take in a piece; returns False when it contradicts itself or those before."""
        if not place.is_sound or self._contradicts(place):
            return False
        self.total = place.total if self.total is None else self.total
        at = bisect_left(self.offsets, place.offset)
        if place.offset in self.places:
            return _is_copy(place, self.places[place.offset][1])
        if at and self.places[self.offsets[at - 1]][1].end > place.offset:
            return False
        if at < len(self.offsets) and self.offsets[at] < place.end:
            return False
        self.offsets.insert(at, place.offset)
        self.places[place.offset] = fragment, place
        self.covered += place.length
        return True

    def _contradicts(self, place: Place) -> bool:
        """Say whether a piece and those before disagree about where the packet ends."""
        if None not in (place.total, self.total) and place.total != self.total:
            return True
        known = self.total if self.total is not None else place.total
        last = self.places[self.offsets[-1]][1] if self.offsets else place
        return known is not None and max(place.end, last.end) > known

    def drop(self, reason: str) -> Fed:
        """Give all pieces up, for a reason."""
        self.fault = reason
        return Fed(rejected=tuple((fragment, reason) for fragment in self.let_go()))

    def release(self) -> Fed:
        """Let all pieces pass, and count what has passed."""
        for _, place in self.held:
            self.covered += max(place.length, 1)
            self.total = place.total if self.total is None else self.total
        return Fed(passed=self.let_go())

    def given_up(self) -> Fed:
        """Nothing more will come: an overlay's pieces are rejected, others pass."""
        return self.drop(_TIMEOUT) if self.wanted else self.release()


def _is_copy(place: Place, other: Place) -> bool:
    """Say whether two pieces are the same; capturing may have cut one of them."""
    common = min(len(place.data), len(other.data))
    return place.length == other.length and place.data[:common] == other.data[:common]


def _captured(places: Sequence[Place]) -> bytes:
    """What was captured of a payload, up to where capturing cut a piece."""
    cut = next((at for at, place in enumerate(places) if len(place.data) < place.length), len(places) - 1)
    return b"".join(place.data for place in places[: cut + 1])


class Reassembler:
    """Holds the pieces of packets that are not whole yet, within bounds."""

    def __init__(
        self, *, most_octets: int = 64 << 20, most_packets: int = 4096, timeout_ns: int = 30_000_000_000
    ) -> None:
        self._most_octets, self._most_packets, self._timeout_ns = most_octets, most_packets, timeout_ns
        self._packets: dict[Hashable, _Packet] = {}
        self._octets = 0
        self._earliest_ns = 0

    @property
    def pending(self) -> bool:
        """True while what comes next may depend on what has come."""
        return bool(self._packets)

    @property
    def held(self) -> Iterator[Fragment]:
        """The pieces that are held."""
        return (fragment for packet in self._packets.values() for fragment, _ in packet.held)

    @property
    def expires_ns(self) -> int:
        """When a frame comes that was seen behind this time, something may be given up by `expire`."""
        return self._earliest_ns + self._timeout_ns

    def feed(self, fragment: Fragment) -> Fed:
        """Take in a piece."""
        fed = self.expire(fragment.ts_ns)
        place = place_of(fragment.octets, fragment.orig_len, fragment.piece)
        if _is_atomic(fragment.piece, place):
            return fed + self._take(_Packet(fragment.ts_ns), fragment, place)
        if fragment.piece.kind is Kind.STT and place.offset == 0 and place.length == place.total:
            return fed + Fed(passed=(fragment,))  # a whole segment: there is nothing to put together
        key = (fragment.interface, place.key)
        packet = self._packets.get(key) or self._begun(key, fragment.ts_ns)
        return fed + self._account(key, packet, fragment, place) + self._bounded()

    def flush(self) -> Fed:
        """Give up what is held: nothing more will come."""
        return self._removed(list(self._packets))

    def _begun(self, key: Hashable, now_ns: int) -> _Packet:
        self._earliest_ns = min(self._earliest_ns, now_ns) if self._packets else now_ns
        packet = self._packets[key] = _Packet(now_ns)
        return packet

    def _account(self, key: Hashable, packet: _Packet, fragment: Fragment, place: Place) -> Fed:
        before = packet.octets
        fed = self._take(packet, fragment, place)
        self._octets += packet.octets - before
        if fed.whole is not None or (packet.wanted is False and packet.covered >= (packet.total or 1 << 16)):
            del self._packets[key]
        return fed

    def _take(self, packet: _Packet, fragment: Fragment, place: Place) -> Fed:
        if packet.fault:
            return Fed(rejected=((fragment, packet.fault),))
        new, wanted = [(fragment, place)], fragment.piece.wanted
        if packet.wanted is None and wanted is not None:
            packet.wanted = wanted
            new = [*packet.held, *new]
        packet.hold(fragment, place)
        if packet.wanted is None:
            return Fed()
        if not packet.wanted:
            return packet.release()
        for each in new:
            if not packet.join(*each):
                return packet.drop(_MALFORMED)
        return self._completed(packet) if packet.covered == packet.total else Fed()

    def _completed(self, packet: _Packet) -> Fed:
        pieces = [packet.places[offset] for offset in packet.offsets]
        ecn = joint_ecn([place.ecn for _, place in pieces])
        if ecn is None:
            return packet.drop(_MALFORMED)
        first = pieces[0][0]
        if first.piece.kind is not Kind.STT and first.piece.ip_length(packet.covered) > 0xFFFF:
            return packet.drop(_MALFORMED)
        headers = headers_of(first.octets, first.piece, packet.covered, ecn)
        whole = Frame(headers + _captured([place for _, place in pieces]), len(headers) + packet.covered)
        return Fed(whole, packet.let_go()[:-1])

    def expire(self, now_ns: int) -> Fed:
        """Give up packets whose first piece came too long ago; time may run backwards, so look at all of them."""
        if now_ns <= self.expires_ns:
            return Fed()
        expired = [key for key, packet in self._packets.items() if now_ns - packet.since_ns > self._timeout_ns]
        fed = self._removed(expired)
        self._earliest_ns = min((packet.since_ns for packet in self._packets.values()), default=now_ns)
        return fed

    def _bounded(self) -> Fed:
        """Give up the oldest packets while there is too much."""
        fed = Fed()
        while self._packets and (self._octets > self._most_octets or len(self._packets) > self._most_packets):
            fed += self._removed([next(iter(self._packets))])
        return fed

    def _removed(self, keys: Iterable[Hashable]) -> Fed:
        packets = [self._packets.pop(key) for key in keys]
        self._octets -= sum(packet.octets for packet in packets)
        given_up = [packet.given_up() for packet in packets]
        return Fed(
            passed=tuple(chain.from_iterable(fed.passed for fed in given_up)),
            rejected=tuple(chain.from_iterable(fed.rejected for fed in given_up)),
        )


def _is_atomic(piece: Piece, place: Place) -> bool:
    """Say whether an IPv6 fragment is a packet of its own, whatever others have its identification (RFC 6946)."""
    return piece.kind is Kind.IPV6 and piece.wanted is not None and place.offset == 0 and place.total is not None
