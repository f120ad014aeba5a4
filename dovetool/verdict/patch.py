"""Fields of a forwarded frame that differ from frame to frame, as data: lengths, checksums, the hash of its flow, bits.

A patch is one of five operations with its place and numbers. It is worked out here for a single frame, and by the same
rule for whole blocks in the compiled core. Words are big-endian and have 16 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from dovetool.frame.flow_hash import FlowFields, entropy_port
from dovetool.wire.checksum import fold, internet_checksum, ones_sum, updated
from dovetool.wire.udp import PROTOCOL


class Operation(IntEnum):
    """What a patch does; the core knows them by these numbers."""

    LENGTH = 0
    UDP_SUM = 1
    ENTROPY = 2
    BITS = 3
    ADD_TO_SUM = 4


class Patch(NamedTuple):
    """One field of a frame, at `at` of the new frame; what the numbers are, the operation says."""

    operation: Operation
    at: int
    a: int = 0
    b: int = 0
    c: int = 0
    d: int = 0
    flow: FlowFields = ()

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:
        """Work the field out for one new frame, `orig_len` octets long on the wire, made from the frame `source`."""
        _WORK[self.operation](self, octets, orig_len, source)


def length_word(at: int, base: int, sum_at: int | None = None) -> Patch:
    """The word becomes the frame's length on the wire less `base`; a checksum at `sum_at` follows suit.

    The checksum there was computed with 0 in the length's place.
    """
    return Patch(Operation.LENGTH, at, base, -1 if sum_at is None else sum_at)


def new_length(at: int, base: int, sum_at: int | None = None) -> Patch:
    """The same for a word that had another length, for which the checksum was right; 0 stands for what does not fit."""
    return Patch(Operation.LENGTH, at, base, -1 if sum_at is None else sum_at, c=1)


def entropy_of(at: int, flow: FlowFields, octets: int = 2) -> Patch:
    """A UDP source port is a hash of the inner flow (RFC 7348 section 5); one octet has the lower half of it."""
    return Patch(Operation.ENTROPY, at, octets, flow=flow)


def udp_checksum_of(at: int, start: int, pseudo: int) -> Patch:
    """A UDP checksum covers the datagram from `start` to the end, and a pseudo-header whose sum lacks the UDP length.

    A frame that was cut by capturing keeps what is there, 0 in a new header: its octets are not all known.
    """
    return Patch(Operation.UDP_SUM, at, start, pseudo)


def udp_checksum_again(at: int, start: int, addresses: tuple[int, int], number: int = PROTOCOL) -> Patch:
    """The same where the IP header stays: of its pseudo-header, `addresses` (offset, octets) and a sum of all else."""
    return Patch(Operation.UDP_SUM, at, start, number, *addresses)


def set_bits(at: int, mask: int, value: int) -> Patch:
    """The bits of `mask` in an octet become those of `value`."""
    return Patch(Operation.BITS, at, mask, value)


def add_to_sum(at: int, delta: int, *, is_udp: bool = False) -> Patch:
    """The words covered by a checksum grew by `delta` in sum, which is 0..0xFFFE (RFC 1624 section 3).

    One of UDP that comes to 0 is written as 0xFFFF, since 0 stands for none (RFC 768).
    """
    return Patch(Operation.ADD_TO_SUM, at, delta, int(is_udp))


def _word(octets: bytearray, at: int) -> int:
    return int.from_bytes(octets[at : at + 2], "big")


def _put(octets: bytearray, at: int, word: int) -> None:
    octets[at : at + 2] = word.to_bytes(2, "big")


def _length(patch: Patch, octets: bytearray, orig_len: int, source: bytes) -> None:
    """`a`: where the length counts from; `b`: where the checksum is, or -1; `c`: there was a length before."""
    old, new = _word(octets, patch.at), orig_len - patch.a
    new = new & 0xFFFF if not patch.c else new if new <= 0xFFFF else 0
    _put(octets, patch.at, new)
    if patch.b >= 0:
        checksum = _word(octets, patch.b)
        _put(octets, patch.b, updated(checksum, old, new) if patch.c else fold((checksum ^ 0xFFFF) + new) ^ 0xFFFF)


def _udp_sum(patch: Patch, octets: bytearray, orig_len: int, source: bytes) -> None:
    """`a`: where the datagram begins; `b`: sum of the pseudo-header but for `d` octets at `c`, and the length.

    0xFFFF stands for a computed 0 (RFC 768).
    """
    if len(octets) < orig_len:
        return
    pseudo = ones_sum(bytes(octets[patch.c : patch.c + patch.d]), patch.b + orig_len - patch.a)
    _put(octets, patch.at, internet_checksum(bytes(octets[patch.a :]), pseudo) or 0xFFFF)


def _entropy(patch: Patch, octets: bytearray, orig_len: int, source: bytes) -> None:
    """`a`: octets of the hash that are written."""
    octets[patch.at : patch.at + patch.a] = entropy_port(source, patch.flow).to_bytes(2, "big")[-patch.a :]


def _bits(patch: Patch, octets: bytearray, orig_len: int, source: bytes) -> None:
    """`a`: the mask; `b`: the value."""
    octets[patch.at] = octets[patch.at] & ~patch.a & 0xFF | patch.b


def _add_to_sum(patch: Patch, octets: bytearray, orig_len: int, source: bytes) -> None:
    """`a`: the growth; `b`: 0xFFFF stands for a computed 0."""
    made = fold((_word(octets, patch.at) ^ 0xFFFF) + patch.a) ^ 0xFFFF
    _put(octets, patch.at, made or (0xFFFF if patch.b else 0))


_WORK: dict[Operation, Callable[[Patch, bytearray, int, bytes], None]] = {
    Operation.LENGTH: _length,
    Operation.UDP_SUM: _udp_sum,
    Operation.ENTROPY: _entropy,
    Operation.BITS: _bits,
    Operation.ADD_TO_SUM: _add_to_sum,
}
