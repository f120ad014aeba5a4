"""Put packets together that came in pieces (RFC 791, RFC 8200 section 4.5, RFC 5722, draft-davie-stt-08).

Pieces are held until their packet is whole. A packet that turns out to carry no overlay is none of our business: its
pieces pass as they came. Pieces that overlap spoil their packet, unless one is a copy of another. Time is that of the
capture. A piece that capturing cut ends what is known of the packet, which keeps its length on the wire.

What is held is counted as the memory that it takes, which for a small piece is many times its octets.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from heapq import heapify, heappop, heappush
from itertools import chain
from operator import itemgetter

from dovetool.verdict.partial_packet import MALFORMED, Fed, Fragment, PartialPacket, captured
from dovetool.verdict.pieces import Piece, PieceKind, Place, headers_of, joint_ecn, place_of
from dovetool.verdict.verdict import Frame

_SPARE_AGES = 1024


class Reassembler:
    """Holds the pieces of packets that are not whole yet, within bounds."""

    def __init__(
        self, *, most_octets: int = 64 << 20, most_packets: int = 4096, timeout_ns: int = 30_000_000_000
    ) -> None:
        self._most_octets, self._most_packets, self._timeout_ns = most_octets, most_packets, timeout_ns
        self._packets: OrderedDict[Hashable, PartialPacket] = OrderedDict()  # the oldest to come first
        self._ages: list[tuple[int, int, Hashable]] = []  # a heap; of packets that are gone, too
        self._cost = self._serial = 0

    @property
    def pending(self) -> bool:
        """True while what comes next may depend on what has come."""
        return bool(self._packets)

    @property
    def packets(self) -> Iterable[tuple[Hashable, PartialPacket]]:
        """The packets that are not whole, by what tells them from others; the oldest to come first."""
        return self._packets.items()

    def take_over(self, packets: Iterable[tuple[Hashable, PartialPacket]]) -> None:
        """Go on with what another has held."""
        for key, packet in packets:
            self._begun(key, packet.since_ns)
            packet.serial = self._serial
            self._cost += packet.cost - self._packets[key].cost
            self._packets[key] = packet

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
            return fed + self._take(PartialPacket(fragment.ts_ns), fragment, place)
        if fragment.piece.kind is PieceKind.STT and place.offset == 0 and place.length == place.total:
            return fed + Fed(passed=(fragment,))  # a whole segment: there is nothing to put together
        key = (fragment.interface, key_of_packet)
        packet = self._packets.get(key) or self._begun(key, fragment.ts_ns)
        return fed + self._account(key, packet, fragment, place) + self._bounded()

    def flush(self) -> Fed:
        """Give up what is held: nothing more will come."""
        return self._removed(list(self._packets))

    def _begun(self, key: Hashable, now_ns: int) -> PartialPacket:
        self._serial += 1
        packet = self._packets[key] = PartialPacket(now_ns, self._serial)
        self._cost += packet.cost
        if len(self._ages) > 2 * len(self._packets) + _SPARE_AGES:
            self._ages = [(known.since_ns, known.serial, key) for key, known in self._packets.items()]
            heapify(self._ages)
        else:
            heappush(self._ages, (now_ns, packet.serial, key))
        return packet

    def _account(self, key: Hashable, packet: PartialPacket, fragment: Fragment, place: Place) -> Fed:
        before = packet.cost
        fed = self._take(packet, fragment, place)
        self._cost += packet.cost - before
        if fed.whole is not None or (packet.wanted is False and packet.covered >= (packet.total or 1 << 16)):
            self._cost -= self._packets.pop(key).cost
        return fed

    def _take(self, packet: PartialPacket, fragment: Fragment, place: Place) -> Fed:
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
                return packet.drop(MALFORMED)
        return self._completed(packet) if packet.covered == packet.total else Fed()

    def _completed(self, packet: PartialPacket) -> Fed:
        pieces = [packet.places[offset] for offset in packet.offsets]
        ecn = joint_ecn([place.ecn for _, place in pieces])
        if ecn is None:
            return packet.drop(MALFORMED)
        first = pieces[0][0]
        if first.piece.kind is not PieceKind.STT and first.piece.ip_length(packet.covered) > 0xFFFF:
            return packet.drop(MALFORMED)
        headers = headers_of(first.octets, first.piece, packet.covered, ecn)
        whole = Frame(headers + captured(pieces), len(headers) + packet.covered)
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
