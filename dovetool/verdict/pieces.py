"""Pieces of packets, and the headers of a packet that is whole: IPv4 and IPv6 fragments, and segments of STT.

A `Piece` tells where in a frame the parts of a piece stand; it is the same for all frames of a flow. What differs from
frame to frame is read from the octets here.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from enum import StrEnum

from dovetool.values import dataclass
from dovetool.wire.checksum import internet_checksum, updated
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header

_LONGEST = 0xFFFF
_MORE_V4, _OFFSET_V4, _KEPT_FLAGS_V4 = 0x2000, 0x1FFF, 0xC0
_CE, _NOT_ECT = 3, 0


class PieceKind(StrEnum):
    """What cut a packet."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    STT = "stt"


@dataclass(frozen=True, slots=True)
class Piece:
    """Where the parts of a piece stand in a captured frame.

    Attributes:
        kind: what cut the packet.
        start: where the frame begins that the packet is in; what is before goes when it is put together.
        ip_at: where the IP header begins.
        payload_at: where the piece's own payload begins.
        fragment_at: where the IPv6 fragment header stands.
        named_at: where the octet stands that names it.
        behind: octets at the end of the frame that are no part of the packet.
        wanted: the packet carries an overlay (True) or not (False); None where this piece cannot tell.
        context: the network of the tunnel that the piece came in, 0 for none.
        lengths: (offset, base, offset of a checksum that covers it or None) of each length field before the IP header.
        told_by: (offset, octets) of what tells the tunnels from others that the packet is in.
    """

    kind: PieceKind
    start: int
    ip_at: int
    payload_at: int
    fragment_at: int = 0
    named_at: int = 0
    behind: int = 0
    wanted: bool | None = None
    context: int = 0
    lengths: tuple[tuple[int, int, int | None], ...] = ()
    told_by: tuple[tuple[int, int], ...] = ()

    def ip_length(self, payload: int) -> int:
        """What the IP header of the whole packet has to say about its length, for so many octets of payload."""
        if self.kind is PieceKind.IPV6:
            return self.fragment_at - self.ip_at - Ipv6Header.LEN + payload
        return self.payload_at - self.ip_at + payload


@dataclass(frozen=True, slots=True)
class Place:
    """What a piece holds of its packet.

    Attributes:
        offset: octets of the packet's payload before this piece.
        length: octets of its own payload.
        begin: where that begins in the captured frame.
        captured: octets of it that were captured.
        total: octets of the packet's payload in all, where the piece tells; else None.
        ecn: ECN field of its IP header.
        is_sound: it can be a piece of a packet.
    """

    offset: int
    length: int
    begin: int
    captured: int
    total: int | None
    ecn: int
    is_sound: bool

    @property
    def end(self) -> int:
        """Octets of the packet's payload up to this piece's end."""
        return self.offset + self.length


def place_of(octets: bytes, orig_len: int, piece: Piece) -> tuple[Hashable, Place]:
    """Read a piece.

    Args:
        octets: the captured frame.
        orig_len: its length on the wire.
        piece: where things stand in it.

    Returns:
        What is the same for all pieces of its packet, and its place among them.
    """
    end = max(orig_len, len(octets)) - piece.behind
    length = end - piece.payload_at
    captured = max(min(end, len(octets)) - piece.payload_at, 0)
    if piece.kind is PieceKind.STT:
        return _segment(octets, piece, captured, length)
    if piece.kind is PieceKind.IPV4:
        flags = int.from_bytes(octets[piece.ip_at + 6 : piece.ip_at + 8], "big")
        offset, more = (flags & _OFFSET_V4) * 8, bool(flags & _MORE_V4)
        ip = piece.ip_at
        key: tuple[bytes, ...] = (octets[ip + 4 : ip + 6], octets[ip + 9 : ip + 10], octets[ip + 12 : ip + 20])
        ecn, room = octets[ip + 1] & 3, _LONGEST - (piece.payload_at - ip)
    else:
        flags = int.from_bytes(octets[piece.fragment_at + 2 : piece.fragment_at + 4], "big")
        offset, more = flags & 0xFFF8, bool(flags & 1)
        key = (octets[piece.fragment_at + 4 : piece.fragment_at + 8], octets[piece.ip_at + 8 : piece.ip_at + 40])
        ecn, room = octets[piece.ip_at + 1] >> 4 & 3, _LONGEST - (piece.fragment_at - piece.ip_at - Ipv6Header.LEN)
    is_sound = length > 0 and not (more and length % 8) and offset + length <= room
    total = None if more else offset + length
    place = Place(offset, length, piece.payload_at, captured, total, ecn, is_sound)
    return (piece.kind, piece.context, *_told_by(octets, piece), *key), place


def _told_by(octets: bytes, piece: Piece) -> tuple[bytes, ...]:
    return tuple(octets[at : at + length] for at, length in piece.told_by)


def _segment(octets: bytes, piece: Piece, captured: int, length: int) -> tuple[Hashable, Place]:
    """A segment of STT: its sequence number is the frame's length and its own offset (draft-davie-stt-08)."""
    tcp, ip = piece.payload_at - 20, piece.ip_at
    addresses = octets[ip + 12 : ip + 20] if octets[ip] >> 4 == 4 else octets[ip + 8 : ip + 40]
    total, offset = (int.from_bytes(octets[at : at + 2], "big") for at in (tcp + 4, tcp + 6))
    key = (
        piece.kind,
        piece.context,
        *_told_by(octets, piece),
        addresses,
        octets[tcp : tcp + 4],
        octets[tcp + 8 : tcp + 12],
    )
    is_sound = length > 0 and offset + length <= total
    return key, Place(offset, length, piece.payload_at, captured, total, 0, is_sound)


def joint_ecn(fields: Sequence[int]) -> int | None:
    """The ECN field of a packet whose fragments have these, the first one's first; None: it must be dropped.

    Source: RFC 3168 section 5.3.
    """
    if _CE not in fields:
        return fields[0]
    return None if _NOT_ECT in fields else _CE


def headers_of(octets: bytes, piece: Piece, length: int, ecn: int) -> bytes:
    """What stands before the payload in the frame that is whole.

    Args:
        octets: the captured frame of the first piece.
        piece: where things stand in it.
        length: octets of all that the pieces carried.
        ecn: ECN field of the packet.
    """
    packet = _packet_headers(octets, piece, length, ecn)
    return _before_packet(octets, piece, len(packet) + length) + packet


def _before_packet(octets: bytes, piece: Piece, length: int) -> bytes:
    """What stands before the IP header of a packet that is `length` octets long, with the lengths that count it."""
    before = bytearray(octets[piece.start : piece.ip_at])
    for at, base, sum_at in piece.lengths:
        field_at, counted = at - piece.start, piece.ip_at - base + length
        old, new = int.from_bytes(before[field_at : field_at + 2], "big"), counted if counted <= _LONGEST else 0
        before[field_at : field_at + 2] = new.to_bytes(2, "big")
        if sum_at is not None:
            sum_place = slice(sum_at - piece.start, sum_at - piece.start + 2)
            before[sum_place] = updated(int.from_bytes(before[sum_place], "big"), old, new).to_bytes(2, "big")
    return bytes(before)


def _packet_headers(octets: bytes, piece: Piece, length: int, ecn: int) -> bytes:
    """The IP header, and that of a segment of STT."""
    if piece.kind is PieceKind.IPV6:
        ip = bytearray(octets[piece.ip_at : piece.fragment_at])
        ip[piece.named_at - piece.ip_at] = octets[piece.fragment_at]
        return _with_length_v6(ip, length, ecn)
    ip = bytearray(octets[piece.ip_at : piece.payload_at])
    if piece.kind is PieceKind.STT:
        header, tcp = ip[:-20], ip[-20:]
        tcp[4:8] = length.to_bytes(2, "big") + b"\0\0"
        if header[0] >> 4 == 4:
            return _with_length_v4(header, len(tcp) + length, header[1] & 3) + tcp
        return _with_length_v6(header, len(tcp) + length, header[1] >> 4 & 3) + tcp
    ip[6:8] = ip[6] & _KEPT_FLAGS_V4, 0
    return _with_length_v4(ip, length, ecn)


def _with_length_v4(header: bytearray, payload: int, ecn: int) -> bytes:
    """The header with the length, 0 where that does not fit, and its checksum."""
    total = len(header) + payload
    header[1] = header[1] & ~3 | ecn
    header[2:4] = (total if total <= _LONGEST else 0).to_bytes(2, "big")
    header[Ipv4Header.CHECKSUM_AT : Ipv4Header.CHECKSUM_AT + 2] = b"\0\0"
    checksum = internet_checksum(bytes(header)).to_bytes(2, "big")
    return bytes(header[: Ipv4Header.CHECKSUM_AT]) + checksum + bytes(header[Ipv4Header.CHECKSUM_AT + 2 :])


def _with_length_v6(header: bytearray, payload: int, ecn: int) -> bytes:
    total = len(header) - Ipv6Header.LEN + payload
    header[1] = header[1] & ~0x30 | ecn << 4
    header[4:6] = (total if total <= _LONGEST else 0).to_bytes(2, "big")
    return bytes(header)
