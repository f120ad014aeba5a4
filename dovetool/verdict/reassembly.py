"""Put packets together that came in pieces (RFC 791, RFC 8200 section 4.5, RFC 5722, draft-davie-stt-08).

Pieces are held until their packet is whole. A packet that turns out to carry no overlay is none of our business: its
pieces pass as they came. Pieces that overlap spoil their packet, unless one is a copy of another. Time is that of the
capture. A piece that capturing cut ends what is known of the packet, which keeps its length on the wire.

What is held is counted as the memory that it takes, which for a small piece is many times its octets.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import chain
from operator import itemgetter

from dovetool.verdict.pieces import Piece, PieceKind, Place, headers_of, joint_ecn, place_of
from dovetool.verdict.verdict import Frame

__all__ = ["Fed", "Fragment", "Piece", "PieceKind", "Reassembler"]

_TIMEOUT, _MALFORMED = "fragment-timeout", "malformed"
PIECE_COST = 900
"""Octets of memory that it takes to hold a piece, besides those of its frame."""
PACKET_COST = 1100
"""Octets of memory that it takes to know a packet, without its pieces."""
_SPARE_AGES = 1024


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
        attached: octets of memory of what the caller keeps with it, where those are many.
    """

    octets: bytes
    orig_len: int
    ts_ns: int
    interface: int
    token: object
    piece: Piece
    attached: int = 0

    @property
    def cost(self) -> int:
        """Octets of memory that it takes."""
        return PIECE_COST + len(self.octets) + self.attached

    def payload(self, place: Place) -> bytes:
        """The captured octets of its own payload, given its place."""
        return self.octets[place.begin : place.begin + place.captured]


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
        serial: number of the packet.
        wanted: whether it carries an overlay; None while that is not known.
        held: all its pieces so far, in the order in which they came.
        offsets: of the pieces that were joined, ascending; `places` has them.
        cost: octets of memory that it takes.
        covered: octets of its payload that are there.
        total: octets of its payload in all, when that is known.
        fault: why nothing can be made of it; empty for none.
    """

    since_ns: int
    serial: int = 0
    wanted: bool | None = None
    held: list[tuple[Fragment, Place]] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    places: dict[int, tuple[Fragment, Place]] = field(default_factory=dict)
    cost: int = PACKET_COST
    covered: int = 0
    total: int | None = None
    fault: str = ""

    def hold(self, fragment: Fragment, place: Place) -> None:
        """Keep a piece."""
        self.held.append((fragment, place))
        self.cost += fragment.cost

    def let_go(self) -> tuple[Fragment, ...]:
        """All pieces, which are held no more."""
        held = tuple(fragment for fragment, _ in self.held)
        self.held, self.offsets, self.places = [], [], {}
        self.cost = PACKET_COST
        return held

    def join(self, fragment: Fragment, place: Place) -> bool:
        """Take in a piece; returns False when it contradicts itself or those before."""
        if not place.is_sound or self._contradicts(place):
            return False
        self.total = place.total if self.total is None else self.total
        at = bisect_left(self.offsets, place.offset)
        if place.offset in self.places:
            return _is_copy((fragment, place), self.places[place.offset])
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


def _is_copy(one: tuple[Fragment, Place], other: tuple[Fragment, Place]) -> bool:
    """Say whether two pieces are the same; capturing may have cut one of them."""
    common = min(one[1].captured, other[1].captured)
    return one[1].length == other[1].length and one[0].payload(one[1])[:common] == other[0].payload(other[1])[:common]


def _captured(pieces: Sequence[tuple[Fragment, Place]]) -> bytes:
    """What was captured of a payload, up to where capturing cut a piece."""
    cut = next((at for at, (_, place) in enumerate(pieces) if place.captured < place.length), len(pieces) - 1)
    return b"".join(fragment.payload(place) for fragment, place in pieces[: cut + 1])


class Reassembler:
    """Holds the pieces of packets that are not whole yet, within bounds."""

    def __init__(
        self, *, most_octets: int = 64 << 20, most_packets: int = 4096, timeout_ns: int = 30_000_000_000
    ) -> None:
        self._most_octets, self._most_packets, self._timeout_ns = most_octets, most_packets, timeout_ns
        self._packets: OrderedDict[Hashable, _Packet] = OrderedDict()  # the oldest to come first
        self._ages: list[tuple[int, int, Hashable]] = []  # a heap; of packets that are gone, too
        self._cost = self._serial = 0

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
        return (self._ages[0][0] if self._ages else 0) + self._timeout_ns

    def feed(self, fragment: Fragment) -> Fed:
        """Take in a piece."""
        fed = self.expire(fragment.ts_ns)
        key_of_packet, place = place_of(fragment.octets, fragment.orig_len, fragment.piece)
        if _is_atomic(fragment.piece, place):
            return fed + self._take(_Packet(fragment.ts_ns), fragment, place)
        if fragment.piece.kind is PieceKind.STT and place.offset == 0 and place.length == place.total:
            return fed + Fed(passed=(fragment,))  # a whole segment: there is nothing to put together
        key = (fragment.interface, key_of_packet)
        packet = self._packets.get(key) or self._begun(key, fragment.ts_ns)
        return fed + self._account(key, packet, fragment, place) + self._bounded()

    def flush(self) -> Fed:
        """Give up what is held: nothing more will come."""
        return self._removed(list(self._packets))

    def _begun(self, key: Hashable, now_ns: int) -> _Packet:
        self._serial += 1
        packet = self._packets[key] = _Packet(now_ns, self._serial)
        self._cost += packet.cost
        if len(self._ages) > 2 * len(self._packets) + _SPARE_AGES:
            self._ages = [(known.since_ns, known.serial, key) for key, known in self._packets.items()]
            heapify(self._ages)
        else:
            heappush(self._ages, (now_ns, packet.serial, key))
        return packet

    def _account(self, key: Hashable, packet: _Packet, fragment: Fragment, place: Place) -> Fed:
        before = packet.cost
        fed = self._take(packet, fragment, place)
        self._cost += packet.cost - before
        if fed.whole is not None or (packet.wanted is False and packet.covered >= (packet.total or 1 << 16)):
            self._cost -= self._packets.pop(key).cost
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
        if first.piece.kind is not PieceKind.STT and first.piece.ip_length(packet.covered) > 0xFFFF:
            return packet.drop(_MALFORMED)
        headers = headers_of(first.octets, first.piece, packet.covered, ecn)
        whole = Frame(headers + _captured(pieces), len(headers) + packet.covered)
        return Fed(whole, packet.let_go()[:-1])

    def expire(self, now_ns: int) -> Fed:
        """Give up packets whose first piece came too long ago, in the order in which they came; time may run back."""
        expired: list[tuple[int, Hashable]] = []
        while self._ages and now_ns - self._ages[0][0] > self._timeout_ns:
            _, serial, key = heappop(self._ages)
            if key in self._packets and self._packets[key].serial == serial:
                expired.append((serial, key))
        return self._removed([key for _, key in sorted(expired, key=itemgetter(0))]) if expired else Fed()

    def _bounded(self) -> Fed:
        """Give up the packets that began to come first, while there is too much."""
        fed = Fed()
        while self._packets and (self._cost > self._most_octets or len(self._packets) > self._most_packets):
            fed += self._removed([next(iter(self._packets))])
        return fed

    def _removed(self, keys: Iterable[Hashable]) -> Fed:
        packets = [self._packets.pop(key) for key in keys]
        self._cost -= sum(packet.cost for packet in packets)
        given_up = [packet.given_up() for packet in packets]
        return Fed(
            passed=tuple(chain.from_iterable(fed.passed for fed in given_up)),
            rejected=tuple(chain.from_iterable(fed.rejected for fed in given_up)),
        )


def _is_atomic(piece: Piece, place: Place) -> bool:
    """Say whether an IPv6 fragment is a packet of its own, whatever others have its identification (RFC 6946)."""
    return piece.kind is PieceKind.IPV6 and piece.wanted is not None and place.offset == 0 and place.total is not None
