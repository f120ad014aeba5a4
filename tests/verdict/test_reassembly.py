"""Packets in pieces are put together, pass or are rejected, and every piece comes out once."""

# ruff: noqa: ANN401  (scapy has no types)

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy_packets import ETHER, IP, IPV6, UDP

from dovetool.verdict.partial_packet import PACKET_COST, Fed, Fragment
from dovetool.verdict.pieces import Piece, PieceKind
from dovetool.verdict.reassembly import Reassembler
from dovetool.verdict.verdict import Frame
from dovetool.wire.checksum import internet_checksum

LINK, LINK_V6 = bytes(12) + b"\x08\0", bytes(12) + b"\x86\xdd"
V4 = b"\xc0\0\2\1" + b"\xc0\0\2\2"
V6 = bytes.fromhex("20010db8") + bytes(11) + b"\1" + bytes.fromhex("20010db8") + bytes(11) + b"\2"
NOT_ECT, ECT_1, ECT_0, CE = range(4)
SECOND = 1_000_000_000
EACH_KIND = pytest.mark.parametrize("kind", PieceKind)
EACH_IP = pytest.mark.parametrize("kind", [PieceKind.IPV4, PieceKind.IPV6])


def ipv4_header(payload: int, flags: int = 0, *, ident: int = 1, protocol: int = 17, tos: int = 0) -> bytes:
    """An IPv4 header with its checksum; `flags` is the word with the fragment offset."""
    total = payload + 20 if payload + 20 <= 0xFFFF else 0
    head = struct.pack("!BBHHHBBH8s", 0x45, tos, total, ident, flags, 64, protocol, 0, V4)
    return head[:10] + internet_checksum(head).to_bytes(2, "big") + head[12:]


def ipv6_header(payload: int, next_header: int = 17, *, tos: int = 0) -> bytes:
    return struct.pack("!IHBB32s", 6 << 28 | tos << 20, payload if payload <= 0xFFFF else 0, next_header, 64, V6)


def stt_header(total: int, offset: int, ident: int) -> bytes:
    return struct.pack("!HHHHIBBHHH", 40000, 7471, total, offset, ident, 0x50, 0x10, 0, 0, 0)


def fragment(
    kind: PieceKind,
    offset: int,
    data: bytes,
    total: int | None = None,
    *,
    ident: int = 1,
    ecn: int = NOT_ECT,
    wanted: bool = True,
    ts_ns: int = 0,
    token: object = None,
) -> Fragment:
    """A piece at `offset`; `total`: octets of the payload in all, where this piece tells."""
    more = total is None
    if kind is PieceKind.IPV4:
        octets = LINK + ipv4_header(len(data), more << 13 | offset // 8, ident=ident, tos=ecn)
        piece = Piece(kind, 0, 14, 34)
    elif kind is PieceKind.IPV6:
        extension = struct.pack("!BBHI", 17, 0, offset & 0xFFF8 | more, ident)
        octets = LINK_V6 + ipv6_header(len(data) + 8, 44, tos=ecn) + extension
        piece = Piece(kind, 0, 14, 62, fragment_at=54, named_at=20)
    else:
        octets = LINK + ipv4_header(len(data) + 20, 0, protocol=6) + stt_header(total or 0, offset, ident)
        piece = Piece(kind, 0, 14, 54)
    known = wanted if offset == 0 or kind is PieceKind.STT else None
    octets += data
    return Fragment(octets, len(octets), ts_ns, 0, token, replace(piece, wanted=known))


def whole_frame(kind: PieceKind, payload: bytes, *, ident: int = 1, ecn: int = NOT_ECT) -> bytes:
    """The frame that was cut, as it was before."""
    if kind is PieceKind.IPV4:
        return LINK + ipv4_header(len(payload), ident=ident, tos=ecn) + payload
    if kind is PieceKind.IPV6:
        return LINK_V6 + ipv6_header(len(payload), tos=ecn) + payload
    return LINK + ipv4_header(len(payload) + 20, protocol=6) + stt_header(len(payload), 0, ident) + payload


def pieces(kind: PieceKind, payload: bytes, cuts: Iterable[int], **known: Any) -> list[Fragment]:
    """A payload cut at places between its ends."""
    total = len(payload)
    places = [0, *cuts, total]
    return [
        fragment(
            kind, at, payload[at:end], len(payload) if kind is PieceKind.STT or end == len(payload) else None, **known
        )
        for at, end in pairwise(places)
    ]


@dataclass
class Account:
    """What came out of a reassembler, and in the place of which piece."""

    fed: list[Fragment] = field(default_factory=list)
    wholes: list[bytes] = field(default_factory=list)
    replaced: list[Fragment] = field(default_factory=list)
    absorbed: list[Fragment] = field(default_factory=list)
    passed: list[Fragment] = field(default_factory=list)
    rejected: list[tuple[Fragment, str]] = field(default_factory=list)
    cut: int = 0

    def add(self, fed: Fed, last: Fragment | None = None) -> None:
        if fed.whole is not None:
            assert last is not None
            self.wholes.append(fed.whole.octets)
            self.cut += fed.whole.orig_len > len(fed.whole.octets)
            self.replaced.append(last)
        self.absorbed += fed.absorbed
        self.passed += fed.passed
        self.rejected += fed.rejected

    @property
    def reasons(self) -> Counter[str]:
        return Counter(reason for _, reason in self.rejected)

    def is_balanced(self) -> bool:
        """Say whether every piece that was fed came out once, and nothing else did."""
        out = [*self.replaced, *self.absorbed, *self.passed, *(one for one, _ in self.rejected)]
        return Counter(map(id, out)) == Counter(map(id, self.fed))


def account(fragments: Iterable[Fragment], reassembler: Reassembler | None = None, *, flush: bool = True) -> Account:
    """Feed pieces one after another, and flush; the account of a whole capture is balanced."""
    reassembler = reassembler or Reassembler()
    result = Account()
    for one in fragments:
        result.fed.append(one)
        result.add(reassembler.feed(one), one)
    if flush:
        result.add(reassembler.flush())
        assert result.is_balanced()
        assert not reassembler.pending
    return result


PAYLOAD = bytes(range(100))


class TestWhole:
    @EACH_KIND
    @pytest.mark.parametrize("cuts", [(8,), (8, 48), (16, 24, 80)], ids=len)
    def test_any_order_gives_the_frame_back(self, kind: PieceKind, cuts: tuple[int, ...]) -> None:
        for order in permutations(pieces(kind, PAYLOAD, cuts)):
            result = account(order)
            assert result.wholes == [whole_frame(kind, PAYLOAD)]
            assert result.replaced == [order[-1]]
            assert result.absorbed == list(order[:-1])

    @EACH_KIND
    def test_nothing_is_pending_before_or_behind(self, kind: PieceKind) -> None:
        reassembler = Reassembler()
        first, last = pieces(kind, PAYLOAD, [48])
        assert not reassembler.pending
        assert reassembler.feed(first) == Fed()
        assert reassembler.pending
        whole = whole_frame(kind, PAYLOAD)
        assert reassembler.feed(last) == Fed(Frame(whole, len(whole)), (first,))
        assert not reassembler.pending

    @EACH_KIND
    def test_pieces_of_two_packets_do_not_mix(self, kind: PieceKind) -> None:
        """The second differs in its identification alone."""
        ones = pieces(kind, PAYLOAD, [48])
        others = pieces(kind, PAYLOAD[::-1], [48], ident=2)
        result = account([ones[0], others[1], others[0], ones[1]])
        assert result.wholes == [whole_frame(kind, PAYLOAD[::-1], ident=2), whole_frame(kind, PAYLOAD)]

    @pytest.mark.parametrize(
        ("kind", "at"),
        [
            *((PieceKind.IPV4, at) for at in (18, 23, 29, 33)),  # identification, protocol, addresses
            *((PieceKind.IPV6, at) for at in (58, 37, 53)),  # identification, addresses
            *((PieceKind.STT, at) for at in (29, 33, 35, 37, 42)),  # addresses, ports, packet ID
        ],
    )
    def test_each_part_of_the_key_counts(self, kind: PieceKind, at: int) -> None:
        first, last = pieces(kind, PAYLOAD, [48])
        octets = last.octets[:at] + bytes((last.octets[at] ^ 1,)) + last.octets[at + 1 :]
        assert account([first, replace(last, octets=octets)]).wholes == []

    @pytest.mark.parametrize("change", [{"interface": 1}, {"piece": Piece(PieceKind.IPV4, 0, 14, 34, context=5001)}])
    def test_pieces_seen_elsewhere_are_of_another_packet(self, change: dict[str, Any]) -> None:
        first, last = pieces(PieceKind.IPV4, PAYLOAD, [48])
        assert account([first, replace(last, **change)]).wholes == []

    @pytest.mark.parametrize(("kind", "at"), [(PieceKind.IPV4, 22), (PieceKind.IPV6, 21), (PieceKind.STT, 22)])
    def test_other_fields_are_those_of_the_first_piece(self, kind: PieceKind, at: int) -> None:
        """TTL or hop limit differ among the pieces, whichever comes last."""
        first, last = pieces(kind, PAYLOAD, [48])
        last = replace(last, octets=last.octets[:at] + b"\7" + last.octets[at + 1 :])
        for order in permutations([first, last]):
            assert account(order).wholes == [whole_frame(kind, PAYLOAD)]

    @EACH_KIND
    def test_padding_is_left_out_even_when_capturing_cut_it(self, kind: PieceKind) -> None:
        first, last = pieces(kind, PAYLOAD, [48])
        piece = replace(last.piece, behind=6)
        padded = replace(last, octets=last.octets + b"pa", orig_len=last.orig_len + 6, piece=piece)
        assert account([padded, first]).wholes == [whole_frame(kind, PAYLOAD)]

    @EACH_KIND
    def test_a_tunnel_around_the_first_piece_goes(self, kind: PieceKind) -> None:
        def tunneled(one: Fragment, around: bytes) -> Fragment:
            places = one.piece
            length = len(around)
            moved = replace(
                places,
                start=length,
                ip_at=places.ip_at + length,
                payload_at=places.payload_at + length,
                fragment_at=places.fragment_at + length,
                named_at=places.named_at + length,
            )
            return replace(one, octets=around + one.octets, orig_len=one.orig_len + length, piece=moved)

        first, last = pieces(kind, PAYLOAD, [48])
        assert account([tunneled(last, bytes(70)), tunneled(first, bytes(50))]).wholes == [whole_frame(kind, PAYLOAD)]

    def test_dont_fragment_and_the_reserved_flag_stay(self) -> None:
        first, last = pieces(PieceKind.IPV4, PAYLOAD, [48])
        flagged = replace(first, octets=first.octets[:20] + b"\xe0" + first.octets[21:])
        last = replace(last, octets=last.octets[:20] + b"\x40" + last.octets[21:])
        assert account([last, flagged]).wholes == [LINK + ipv4_header(100, 0xC000) + PAYLOAD]

    def test_options_of_the_first_piece_stay(self) -> None:
        """Router alert; later pieces need not repeat the options (RFC 791)."""
        head = b"\x46" + ipv4_header(52, 0x2000)[1:] + b"\x94\4\0\0"
        first = fragment(PieceKind.IPV4, 0, PAYLOAD[:48])
        octets = LINK + head + PAYLOAD[:48]
        first = replace(first, octets=octets, orig_len=len(octets), piece=replace(first.piece, payload_at=38))
        last = fragment(PieceKind.IPV4, 48, PAYLOAD[48:], 100)
        (whole,) = account([last, first]).wholes
        assert whole[14:18] == b"\x46\0\0\x7c"
        assert whole[34:] == b"\x94\4\0\0" + PAYLOAD
        assert internet_checksum(whole[14:38]) == 0

    def test_stt_over_ipv6(self) -> None:
        def segment(offset: int, data: bytes) -> Fragment:
            octets = LINK_V6 + ipv6_header(len(data) + 20, 6) + stt_header(100, offset, 1) + data
            return Fragment(octets, len(octets), 0, 0, None, Piece(PieceKind.STT, 0, 14, 74, wanted=True))

        result = account([segment(30, PAYLOAD[30:]), segment(0, PAYLOAD[:30])])
        assert result.wholes == [LINK_V6 + ipv6_header(120, 6) + stt_header(100, 0, 1) + PAYLOAD]

    def test_stt_frame_beyond_an_ip_packet_has_length_0(self) -> None:
        """As in the big frames of Linux: 65,535 octets of frame, and the headers."""
        payload = PAYLOAD * 655 + PAYLOAD[:35]
        result = account(pieces(PieceKind.STT, payload, [30_000]))
        assert result.wholes == [whole_frame(PieceKind.STT, payload)]
        assert result.wholes[0][16:18] == b"\0\0"

    def test_atomic_fragment_leaves_others_alone(self) -> None:
        """An IPv6 packet that is its own first and last fragment (RFC 6946)."""
        first, last = pieces(PieceKind.IPV6, PAYLOAD, [48])
        atomic = fragment(PieceKind.IPV6, 0, b"atom", 4)
        result = account([first, atomic, last])
        assert result.wholes == [whole_frame(PieceKind.IPV6, b"atom"), whole_frame(PieceKind.IPV6, PAYLOAD)]
        assert result.absorbed == [first]

    @EACH_IP
    def test_longest_packet_in_its_smallest_pieces(self, kind: PieceKind) -> None:
        """8 octets each, every second one first, from the end."""
        payload = bytes(65_515)
        cut = pieces(kind, payload, range(8, len(payload), 8))
        assert account([*cut[::-2], *cut[-2::-2]]).wholes == [whole_frame(kind, payload)]


class TestPassed:
    """What carries no overlay is left alone."""

    @EACH_IP
    def test_pieces_pass_once_the_first_has_come(self, kind: PieceKind) -> None:
        one, two, three = pieces(kind, PAYLOAD, [16, 48], wanted=False)
        reassembler = Reassembler()
        assert reassembler.feed(three) == Fed()
        assert reassembler.feed(one) == Fed(passed=(three, one))
        assert reassembler.pending
        assert reassembler.feed(two) == Fed(passed=(two,))
        assert not reassembler.pending

    @EACH_IP
    def test_they_are_not_looked_at(self, kind: PieceKind) -> None:
        """Overlapping, cut short or of an odd length: not ours to judge."""
        one, two = fragment(kind, 0, PAYLOAD[:48], wanted=False), fragment(kind, 40, PAYLOAD[40:45])
        cut = replace(fragment(kind, 48, PAYLOAD[48:], 100), orig_len=2000)
        result = account([one, two, cut])
        assert result.passed == [one, two, cut]

    def test_a_cut_piece_does_not_count_for_more_than_it_has(self) -> None:
        """What follows it passes at once as well."""
        one, two, three = pieces(PieceKind.IPV4, PAYLOAD, [48, 96], wanted=False)
        cut = replace(one, octets=one.octets[:40])
        result = account([cut, three, two], flush=False)
        assert result.passed == [cut, three, two]

    def test_whole_segment_passes_at_once(self) -> None:
        """It is no piece; put together it would be the same frame, which would come back again and again."""
        whole = fragment(PieceKind.STT, 0, PAYLOAD, 100)
        part = fragment(PieceKind.STT, 0, PAYLOAD[:99], 100)
        assert account([whole], flush=False).passed == [whole]
        assert account([part, whole]).passed == [whole]

    @EACH_IP
    def test_packet_whose_first_piece_never_comes_passes_at_the_end(self, kind: PieceKind) -> None:
        _, two, three = pieces(kind, PAYLOAD, [16, 48])
        reassembler = Reassembler()
        assert account([three, two], reassembler, flush=False).passed == []
        assert reassembler.flush() == Fed(passed=(three, two))


class TestRejected:
    @EACH_KIND
    def test_unfinished_overlay_packet_at_the_end(self, kind: PieceKind) -> None:
        one, two, three = pieces(kind, PAYLOAD, [16, 48])
        for held in ([one, two], [three, one], [one]):
            assert account(held).rejected == [(each, "fragment-timeout") for each in held]

    @EACH_KIND
    @pytest.mark.parametrize("place", [(0, 24), (8, 16), (8, 24), (16, 32), (24, 48), (8, 56)])
    def test_overlap_spoils_the_packet(self, kind: PieceKind, place: tuple[int, int]) -> None:
        """RFC 5722; the overlapping octets are the same, and still it counts."""
        cut = pieces(kind, PAYLOAD, [16, 48])
        start, end = place
        overlapping = fragment(kind, start, PAYLOAD[start:end], 100 if kind is PieceKind.STT else None)
        for order in permutations([*cut[:2], overlapping]):
            fed = [*order, cut[2], cut[0]]
            assert account(fed).rejected == [(each, "malformed") for each in fed]

    @EACH_KIND
    def test_other_octets_in_the_same_place_are_an_overlap(self, kind: PieceKind) -> None:
        one, two, three = pieces(kind, PAYLOAD, [16, 48])
        other = replace(two, octets=two.octets[:-1] + b"!")
        fed = [one, two, other, three]
        assert account(fed).rejected == [(each, "malformed") for each in fed]

    @EACH_KIND
    def test_exact_copies_are_absorbed(self, kind: PieceKind) -> None:
        one, two, three = pieces(kind, PAYLOAD, [16, 48])
        copies = [replace(each, token="copy") for each in (one, two, three)]
        for order in permutations([*copies[:2], one, two]):
            result = account([*order, three])
            assert result.wholes == [whole_frame(kind, PAYLOAD)]
            assert result.absorbed == list(order)
        assert account([three, copies[2], two, one]).absorbed == [three, copies[2], two]

    @EACH_IP
    def test_a_copy_may_be_the_one_that_tells_the_end(self, kind: PieceKind) -> None:
        one, two = pieces(kind, PAYLOAD[:96], [48])
        open_ended = fragment(kind, 48, PAYLOAD[48:96])
        for order in permutations([one, two, open_ended]):
            result = account(order, flush=False)
            assert result.wholes == [whole_frame(kind, PAYLOAD[:96])]

    @EACH_IP
    @pytest.mark.parametrize("end", [90, 108])
    def test_two_ends_contradict_each_other(self, kind: PieceKind, end: int) -> None:
        one, last = fragment(kind, 0, PAYLOAD[:16]), fragment(kind, 80, PAYLOAD[80:], 100)
        other_last = fragment(kind, 40 if end == 90 else 104, bytes(50 if end == 90 else 4), end)
        for order in permutations([one, last, other_last]):
            assert account(order).reasons == {"malformed": 3}

    @EACH_IP
    def test_a_piece_beyond_the_end_contradicts_it(self, kind: PieceKind) -> None:
        first, last, beyond = *pieces(kind, PAYLOAD, [48]), fragment(kind, 104, bytes(8))
        for order in permutations([first, last, beyond]):
            assert account(order, flush=False).wholes == ([whole_frame(kind, PAYLOAD)] if order[2] is beyond else [])
        for order in permutations([fragment(kind, 0, PAYLOAD[:16]), last, beyond]):
            assert account(order).reasons == {"malformed": 3}

    def test_segments_must_agree_about_the_length(self) -> None:
        one, other = fragment(PieceKind.STT, 0, PAYLOAD[:48], 100), fragment(PieceKind.STT, 48, PAYLOAD[48:], 101)
        assert account([one, other]).reasons == {"malformed": 2}

    def test_segment_must_lie_in_its_frame(self) -> None:
        assert account([fragment(PieceKind.STT, 48, PAYLOAD[48:], 99)]).reasons == {"malformed": 1}

    @EACH_IP
    @pytest.mark.parametrize("length", [0, 1, 7, 9, 12, 47])
    def test_a_length_that_is_not_a_multiple_of_8(self, kind: PieceKind, length: int) -> None:
        """All but the last piece have such a length (RFC 8200 section 4.5), and none is empty."""
        result = account([fragment(kind, 0, PAYLOAD[:length]), fragment(kind, 48, PAYLOAD[48:], 100)])
        assert result.reasons == {"malformed": 2}

    @EACH_KIND
    def test_an_empty_last_piece(self, kind: PieceKind) -> None:
        first, empty = (
            fragment(kind, 0, PAYLOAD[:96], 96 if kind is PieceKind.STT else None),
            fragment(kind, 96, b"", 96),
        )
        first = replace(first, octets=first.octets[:-8], orig_len=first.orig_len - 8)
        assert account([first, empty]).reasons == {"malformed": 2}

    @pytest.mark.parametrize(("kind", "longest"), [(PieceKind.IPV4, 65_515), (PieceKind.IPV6, 65_535)])
    def test_a_packet_that_no_length_field_can_tell(self, kind: PieceKind, longest: int) -> None:
        for end, reason in ((longest, "fragment-timeout"), (longest + 1, "malformed")):
            at = 65_504
            result = account([fragment(kind, 0, PAYLOAD[:8]), fragment(kind, at, bytes(end - at), end)])
            assert result.reasons == {reason: 2}

    def test_a_packet_that_is_too_long_by_its_options(self) -> None:
        first = fragment(PieceKind.IPV4, 0, bytes(8))
        octets = LINK + b"\x4f" + first.octets[15:34] + bytes(40 + 8)
        first = replace(first, octets=octets, orig_len=len(octets), piece=replace(first.piece, payload_at=74))
        rest = fragment(PieceKind.IPV4, 8, bytes(65_504), 65_512)
        assert account([first, rest]).reasons == {"malformed": 2}

    @EACH_KIND
    @pytest.mark.parametrize("cut", [0, 1, 2])
    def test_a_piece_cut_by_the_snap_length(self, kind: PieceKind, cut: int) -> None:
        """The frame is known up to there, and keeps its length on the wire."""
        fed = pieces(kind, PAYLOAD, [16, 48])
        fed[cut] = replace(fed[cut], octets=fed[cut].octets[:-1])
        whole = whole_frame(kind, PAYLOAD)
        known = len(whole) - len(PAYLOAD) + [16, 48, 100][cut] - 1
        for order in permutations(fed):
            result = account(order)
            assert (result.wholes, result.cut) == ([whole[:known]], 1)

    @EACH_KIND
    def test_a_piece_cut_before_its_payload(self, kind: PieceKind) -> None:
        first, last = pieces(kind, PAYLOAD, [48])
        last = replace(last, octets=last.octets[: last.piece.payload_at])
        whole = whole_frame(kind, PAYLOAD)
        assert account([first, last]).wholes == [whole[: len(whole) - len(PAYLOAD) + 48]]

    @EACH_KIND
    def test_a_copy_that_capturing_cut(self, kind: PieceKind) -> None:
        first, last = pieces(kind, PAYLOAD, [48])
        shorter = replace(first, octets=first.octets[:-9])
        assert account([first, shorter, last]).wholes == [whole_frame(kind, PAYLOAD)]


@EACH_IP
@pytest.mark.parametrize(
    ("first", "second", "third", "joint"),
    [
        (ECT_0, ECT_0, ECT_0, ECT_0),
        (NOT_ECT, NOT_ECT, NOT_ECT, NOT_ECT),
        (ECT_0, CE, ECT_0, CE),
        (CE, ECT_1, ECT_1, CE),
        (ECT_0, ECT_1, CE, CE),
        (CE, CE, CE, CE),
        (ECT_1, ECT_0, NOT_ECT, ECT_1),  # RFC 3168 leaves this one open
        (NOT_ECT, CE, NOT_ECT, None),
        (CE, NOT_ECT, CE, None),
        (ECT_0, CE, NOT_ECT, None),
    ],
)
def test_congestion_of_any_piece_is_congestion_of_the_packet(
    kind: PieceKind, first: int, second: int, third: int, joint: int | None
) -> None:
    """RFC 3168 section 5.3."""
    payload = PAYLOAD[:24]
    cut = [
        fragment(kind, 0, payload[:8], ecn=first),
        fragment(kind, 8, payload[8:16], ecn=second),
        fragment(kind, 16, payload[16:], 24, ecn=third),
    ]
    for order in permutations(cut):
        result = account(order)
        if joint is None:
            assert result.rejected == [(each, "malformed") for each in order]
        else:
            assert result.wholes == [whole_frame(kind, payload, ecn=joint)]


class TestTime:
    @EACH_KIND
    def test_packet_expires_behind_its_time(self, kind: PieceKind) -> None:
        for elapsed, expected in ((30 * SECOND, [whole_frame(kind, PAYLOAD)]), (30 * SECOND + 1, [])):
            first, second, last = pieces(kind, PAYLOAD, [16, 48], ts_ns=5 * SECOND)
            second = replace(second, ts_ns=20 * SECOND)
            last = replace(last, ts_ns=5 * SECOND + elapsed)
            assert account([first, second, last], flush=False).wholes == expected

    @EACH_IP
    def test_expired_pieces_are_rejected_or_pass(self, kind: PieceKind) -> None:
        """An overlay's are rejected; those of a packet whose first piece never came pass."""
        ours = pieces(kind, PAYLOAD, [16, 48])[:2]
        unknown = pieces(kind, PAYLOAD, [16, 48], ident=2)[1:]
        later = fragment(kind, 8, PAYLOAD[:8], ident=3, ts_ns=31 * SECOND)
        reassembler = Reassembler()
        account([ours[0], *unknown, ours[1]], reassembler, flush=False)
        assert reassembler.feed(later) == Fed(
            passed=tuple(unknown), rejected=tuple((each, "fragment-timeout") for each in ours)
        )
        assert reassembler.flush().passed == (later,)

    def test_any_packet_makes_others_expire(self) -> None:
        """One that is whole at once, too."""
        held = fragment(PieceKind.IPV6, 0, PAYLOAD[:8])
        reassembler = Reassembler()
        reassembler.feed(held)
        fed = reassembler.feed(fragment(PieceKind.IPV6, 0, b"atom", 4, ident=2, ts_ns=31 * SECOND))
        assert fed.rejected == ((held, "fragment-timeout"),)
        assert fed.whole == Frame(whole_frame(PieceKind.IPV6, b"atom"), len(whole_frame(PieceKind.IPV6, b"atom")))

    def test_time_that_runs_backwards_expires_nothing(self) -> None:
        first, last = pieces(PieceKind.IPV4, PAYLOAD, [48])
        result = account([replace(first, ts_ns=90 * SECOND), replace(last, ts_ns=0)])
        assert result.wholes == [whole_frame(PieceKind.IPV4, PAYLOAD)]

    @pytest.mark.parametrize("times", [(100, 10), (10, 25), (25, 10), (100, 25, 10, 20)])
    def test_each_packet_has_a_time_of_its_own(self, times: tuple[int, ...]) -> None:
        """Whatever the order of the captured times, only the packet of 10 s has expired at 50 s."""
        held = [
            fragment(PieceKind.IPV4, 0, PAYLOAD[:8], ident=ident, ts_ns=at * SECOND) for ident, at in enumerate(times)
        ]
        reassembler = Reassembler(timeout_ns=30 * SECOND)
        account(held, reassembler, flush=False)
        at_50 = reassembler.feed(fragment(PieceKind.IPV4, 8, PAYLOAD[:8], ident=99, ts_ns=50 * SECOND))
        assert [one.ts_ns for one, _ in at_50.rejected] == [10 * SECOND]
        at_56 = reassembler.feed(fragment(PieceKind.IPV4, 8, PAYLOAD[:8], ident=97, ts_ns=56 * SECOND))
        assert [one.ts_ns for one, _ in at_56.rejected] == [at * SECOND for at in times if at in {20, 25}]
        at_200 = reassembler.feed(fragment(PieceKind.IPV4, 8, PAYLOAD[:8], ident=98, ts_ns=200 * SECOND))
        assert [one.ts_ns for one, _ in at_200.rejected] == [at * SECOND for at in times if at == 100]

    def test_what_is_remembered_expires(self) -> None:
        """A spoiled packet, and one whose pieces pass: what comes later is of new ones."""
        reassembler = Reassembler()
        spoiled = [fragment(PieceKind.IPV4, 0, PAYLOAD[:8]), fragment(PieceKind.IPV4, 0, PAYLOAD[8:16])]
        passing = fragment(PieceKind.IPV4, 0, PAYLOAD[:8], ident=2, wanted=False)
        account([*spoiled, passing], reassembler, flush=False)
        again = [replace(each, ts_ns=31 * SECOND) for each in pieces(PieceKind.IPV4, PAYLOAD, [48])]
        assert account(again, reassembler, flush=False).wholes == [whole_frame(PieceKind.IPV4, PAYLOAD)]
        assert not reassembler.pending


class TestBounds:
    @EACH_KIND
    def test_oldest_packet_makes_room_for_one_too_many(self, kind: PieceKind) -> None:
        reassembler = Reassembler(most_packets=2)
        packets = [pieces(kind, PAYLOAD, [16, 48], ident=ident) for ident in range(3)]
        assert account([packets[0][0], packets[1][0], packets[0][1]], reassembler, flush=False).rejected == []
        fed = reassembler.feed(packets[2][0])
        assert fed.rejected == ((packets[0][0], "fragment-timeout"), (packets[0][1], "fragment-timeout"))
        rest = account([*packets[1][1:], *packets[2][1:]], reassembler, flush=False)
        assert rest.wholes == [whole_frame(kind, PAYLOAD, ident=ident) for ident in (1, 2)]

    @EACH_KIND
    def test_oldest_packet_makes_room_for_octets(self, kind: PieceKind) -> None:
        """The bound counts the memory that pieces and packets take, and may just be reached."""
        packets = [pieces(kind, PAYLOAD[:48], [16, 32], ident=ident) for ident in range(3)]
        firsts = [one for one, _, _ in packets]
        reassembler = Reassembler(most_octets=sum(PACKET_COST + one.cost for one in firsts))
        assert account(firsts, reassembler, flush=False).rejected == []
        assert reassembler.feed(packets[2][2]).rejected == ((firsts[0], "fragment-timeout"),)
        assert account([packets[2][1]], reassembler, flush=False).wholes == [whole_frame(kind, PAYLOAD[:48], ident=2)]

    def test_octets_of_what_was_settled_do_not_count(self) -> None:
        """Whole, passed and spoiled packets leave room for as much as ever."""
        size = fragment(PieceKind.IPV4, 0, PAYLOAD[:48]).cost
        reassembler = Reassembler(most_octets=3 * size + 12 * PACKET_COST)  # a spoiled packet is remembered
        for ident in range(10):
            whole = pieces(PieceKind.IPV4, PAYLOAD[:96], [48], ident=3 * ident)
            passed = pieces(PieceKind.IPV4, PAYLOAD[:96], [48], ident=3 * ident + 1, wanted=False)
            spoiled = [fragment(PieceKind.IPV4, 0, PAYLOAD[at : at + 48], ident=3 * ident + 2) for at in (0, 8)]
            result = account([*passed[::-1], *whole, *spoiled], reassembler, flush=False)
            assert (len(result.passed), len(result.wholes), result.reasons) == (2, 1, {"malformed": 2})

    def test_unknown_packet_passes_when_it_makes_room(self) -> None:
        old, new = (fragment(PieceKind.IPV4, 8, PAYLOAD[:8], ident=ident) for ident in (1, 2))
        result = account([old, new], Reassembler(most_packets=1), flush=False)
        assert result.passed == [old]

    def test_a_piece_that_fits_nowhere_is_not_lost(self) -> None:
        one = fragment(PieceKind.IPV4, 0, PAYLOAD[:8])
        assert account([one], Reassembler(most_octets=10), flush=False).rejected == [(one, "fragment-timeout")]


@dataclass(frozen=True)
class Sent:
    """A packet, and the pieces that it was cut into."""

    whole: bytes
    wanted: bool
    cut: list[Fragment]


@st.composite
def sent_packets(draw: st.DrawFn, ident: int) -> Sent:
    """A packet of any kind, cut at random."""
    kind = draw(st.sampled_from(PieceKind))
    payload = draw(st.binary(min_size=20, max_size=160))
    step = 1 if kind is PieceKind.STT else 8
    cuts = sorted(draw(st.sets(st.integers(1, (len(payload) - 1) // step), min_size=1, max_size=6)))
    wanted = kind is PieceKind.STT or draw(st.booleans())
    cut = pieces(kind, payload, [at * step for at in cuts], ident=ident, wanted=wanted)
    return Sent(whole_frame(kind, payload, ident=ident), wanted, cut)


@st.composite
def traffic(draw: st.DrawFn) -> list[Sent]:
    return [draw(sent_packets(ident)) for ident in range(draw(st.integers(1, 5)))]


@given(data=st.data(), sent=traffic())
def test_packets_that_mix_on_the_way_come_out_as_they_were(data: st.DataObject, sent: list[Sent]) -> None:
    """All of an overlay's packets are put together, and the others' pieces pass."""
    result = account(data.draw(st.permutations([one for packet in sent for one in packet.cut])))
    assert Counter(result.wholes) == Counter(packet.whole for packet in sent if packet.wanted)
    passed = [one for packet in sent if not packet.wanted for one in packet.cut]
    assert Counter(map(id, result.passed)) == Counter(map(id, passed))
    assert result.rejected == []


@given(data=st.data(), sent=traffic())
def test_copies_of_pieces_spoil_nothing(data: st.DataObject, sent: list[Sent]) -> None:
    """A copy behind its whole packet begins another one, which may become whole too."""
    fed = [one for packet in sent for one in packet.cut]
    copies = [replace(one, token="copy") for one in data.draw(st.lists(st.sampled_from(fed), max_size=8))]
    result = account(data.draw(st.permutations([*fed, *copies])))
    wanted = {packet.whole for packet in sent if packet.wanted}
    assert set(result.wholes) == wanted
    assert set(result.reasons) <= {"fragment-timeout"}


@st.composite
def disagreeing_pieces(draw: st.DrawFn) -> Fragment:
    """One of few packets, with an offset, a length and an end that need not fit the others'."""
    kind = draw(st.sampled_from(PieceKind))
    step = 1 if kind is PieceKind.STT else 8
    data = draw(st.sampled_from([bytes(step), b"\1" * step, bytes(2 * step), bytes(3)]))
    offset = draw(st.integers(0, 3)) * step
    total = draw(st.one_of(st.integers(3, 5), st.none()))
    total = 4 if kind is PieceKind.STT and total is None else total
    ident, ecn, ts_ns = draw(st.integers(0, 1)), draw(st.integers(0, 3)), draw(st.integers(0, 40)) * SECOND
    one = fragment(kind, offset, data, total, ident=ident, ecn=ecn, ts_ns=ts_ns, wanted=draw(st.booleans()))
    return replace(one, orig_len=one.orig_len + draw(st.sampled_from([0, 0, 0, 1])))


def reassemblers() -> st.SearchStrategy[Reassembler]:
    """With bounds so narrow that they matter, or wide ones."""
    return st.builds(
        Reassembler,
        most_octets=st.sampled_from([0, 150, 400, 1 << 20]),
        most_packets=st.sampled_from([0, 1, 2, 100]),
        timeout_ns=st.sampled_from([0, 5 * SECOND, 30 * SECOND]),
    )


def own_place(one: Fragment) -> slice:
    """Where a piece's payload belongs in that of its packet."""
    piece = one.piece
    at = {PieceKind.IPV4: 20, PieceKind.IPV6: 56, PieceKind.STT: 40}[piece.kind]
    word = int.from_bytes(one.octets[at : at + 2], "big")
    offset = {PieceKind.IPV4: (word & 0x1FFF) * 8, PieceKind.IPV6: word & 0xFFF8, PieceKind.STT: word}[piece.kind]
    return slice(offset, offset + len(one.octets) - piece.payload_at)


@settings(max_examples=150)
@given(fed=st.lists(disagreeing_pieces(), max_size=25), reassembler=reassemblers())
def test_what_is_put_together_agrees_with_each_piece(fed: list[Fragment], reassembler: Reassembler) -> None:
    """Each octet of a whole packet is that of all pieces that went into it, and there are no others."""
    result = Account()
    for one in fed:
        result.fed.append(one)
        step = reassembler.feed(one)
        result.add(step, one)
        if step.whole is not None and step.whole.orig_len == len(step.whole.octets):
            header = {PieceKind.IPV4: 34, PieceKind.IPV6: 54, PieceKind.STT: 54}[one.piece.kind]
            payload, covered = step.whole.octets[header:], set[int]()
            for each in (*step.absorbed, one):
                own = each.octets[each.piece.payload_at :]
                assert payload[own_place(each)][: len(own)] == own
                covered |= set(range(len(payload))[own_place(each)])
            assert len(covered) == len(payload) > 0
    result.add(reassembler.flush())
    assert result.is_balanced()
    assert set(result.reasons) <= {"malformed", "fragment-timeout"}


@st.composite
def junk(draw: st.DrawFn) -> Fragment:
    """Any octets, behind which a piece is said to stand; the fixed headers were captured."""
    octets = draw(st.binary(min_size=62, max_size=90))
    kind, ip_at = draw(st.sampled_from(PieceKind)), draw(st.integers(0, 2))
    payload_at = ip_at + draw(st.integers(48, 110))
    wanted, behind = draw(st.sampled_from([True, False, None])), draw(st.integers(0, 100))
    piece = Piece(kind, 0, ip_at, payload_at, ip_at + draw(st.integers(40, 47)), ip_at + 6, behind, wanted)
    return Fragment(octets, draw(st.integers(0, 200)), draw(st.integers(-1, 1)) << 62, 0, None, piece)


@settings(max_examples=150)
@given(fed=st.lists(junk(), max_size=12), reassembler=reassemblers())
def test_junk_comes_out_once(fed: list[Fragment], reassembler: Reassembler) -> None:
    """And nothing raises."""
    account(fed, reassembler)


def scapy_frames(ether: Any, cut: list[Any]) -> list[bytes]:
    return [bytes(ether / packet) for packet in cut]


@settings(max_examples=30)
@given(data=st.data(), size=st.integers(40, 900), length=st.integers(1000, 3000))
def test_ipv4_fragments_of_scapy(data: st.DataObject, size: int, length: int) -> None:
    """With an option that is repeated in each fragment."""
    from scapy.layers.inet import IPOption_Router_Alert, fragment

    scapy_cut: Any = fragment
    packet = IP(src="192.0.2.1", dst="192.0.2.2", id=7, options=[IPOption_Router_Alert()], tos=ECT_0)
    packet = packet / UDP(sport=50000, dport=4789) / data.draw(st.binary(min_size=length, max_size=length))
    packet = IP(bytes(packet))
    frames = scapy_frames(ETHER(LINK), scapy_cut(packet, size))
    assert len(frames) > 1
    fed = [
        Fragment(octets, len(octets), 0, 0, None, Piece(PieceKind.IPV4, 0, 14, 38, wanted=None if number else True))
        for number, octets in enumerate(frames)
    ]
    assert account(data.draw(st.permutations(fed))).wholes == [LINK + bytes(packet)]


@settings(max_examples=30)
@given(data=st.data(), size=st.integers(120, 900), length=st.integers(1000, 3000), routed=st.booleans())
def test_ipv6_fragments_of_scapy(data: st.DataObject, size: int, length: int, *, routed: bool) -> None:
    """With a header before the fragment header, or without one."""
    from scapy.layers.inet6 import IPv6ExtHdrFragment, IPv6ExtHdrRouting, fragment6

    scapy_cut: Any = fragment6
    base = IPV6(src="2001:db8::1", dst="2001:db8::2", tc=CE)
    base = base / IPv6ExtHdrRouting(addresses=["2001:db8::3"]) if routed else base
    rest = UDP(sport=50000, dport=4789, chksum=0x1234) / data.draw(st.binary(min_size=length, max_size=length))
    frames = scapy_frames(ETHER(LINK_V6), scapy_cut(base / IPv6ExtHdrFragment(id=7) / rest, size))
    assert len(frames) > 1
    at, named_at = (78, 54) if routed else (54, 20)
    piece = Piece(PieceKind.IPV6, 0, 14, at + 8, at, named_at)
    fed = [
        Fragment(octets, len(octets), 0, 0, None, replace(piece, wanted=None if number else True))
        for number, octets in enumerate(frames)
    ]
    assert account(data.draw(st.permutations(fed))).wholes == [LINK_V6 + bytes(base / rest)]
