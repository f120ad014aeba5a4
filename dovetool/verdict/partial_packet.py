"""A packet of which pieces have come, and what became of those."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import field, replace

from dovetool.values import dataclass
from dovetool.verdict.pieces import Piece, Place
from dovetool.verdict.verdict import Frame

TIMEOUT, MALFORMED = "fragment-timeout", "malformed"
PIECE_COST = 900
"""Octets of memory that it takes to hold a piece, besides those of its frame."""
PACKET_COST = 1100
"""Octets of memory that it takes to know a packet, without its pieces."""


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
class PartialPacket:
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

    def copied(self, token_of: Callable[[Fragment], object]) -> PartialPacket:
        """The same packet, whose pieces have other tokens; it has no number."""
        made = {id(fragment): replace(fragment, token=token_of(fragment)) for fragment, _ in self.held}
        held = [(made[id(fragment)], place) for fragment, place in self.held]
        places = {offset: (made[id(fragment)], place) for offset, (fragment, place) in self.places.items()}
        return replace(self, serial=0, held=held, offsets=list(self.offsets), places=places)

    def given_up(self) -> Fed:
        """Nothing more will come: an overlay's pieces are rejected, others pass."""
        return self.drop(TIMEOUT) if self.wanted else self.release()


def _is_copy(one: tuple[Fragment, Place], other: tuple[Fragment, Place]) -> bool:
    """Say whether two pieces are the same; capturing may have cut one of them."""
    common = min(one[1].captured, other[1].captured)
    return one[1].length == other[1].length and one[0].payload(one[1])[:common] == other[0].payload(other[1])[:common]


def captured(pieces: Sequence[tuple[Fragment, Place]]) -> bytes:
    """What was captured of a payload, up to where capturing cut a piece."""
    cut = next((at for at, (_, place) in enumerate(pieces) if place.captured < place.length), len(pieces) - 1)
    return b"".join(fragment.payload(place) for fragment, place in pieces[: cut + 1])
