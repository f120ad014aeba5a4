"""Fields of a forwarded frame that differ from frame to frame: lengths, checksums, the source port.

Each patch stands for one such field, at an offset of the new frame. It is worked out here for a single frame, and by
the same rule for whole batches in `engine.patching`. The `layout` of a patch says where it works; verdicts that
agree in it are patched together, and differ in `constants` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dovetool.frame.flow_hash import FlowFields, entropy_port
from dovetool.wire.checksum import fold, internet_checksum, ones_sum, updated
from dovetool.wire.udp import PROTOCOL


class Patch(Protocol):
    """One field of a frame, worked out for each frame."""

    @property
    def layout(self) -> tuple[object, ...]:
        """What patches must agree in to be worked out together."""

    @property
    def constants(self) -> tuple[int, ...]:
        """What may differ between them."""

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:
        """Work the field out for one new frame, `orig_len` octets long on the wire, made from the frame `source`."""


def _word(octets: bytearray, at: int) -> int:
    return int.from_bytes(octets[at : at + 2], "big")


def _put(octets: bytearray, at: int, word: int) -> None:
    octets[at : at + 2] = word.to_bytes(2, "big")


class _Unvaried:
    """A patch that is all layout: nothing differs between those that are worked out together."""

    __slots__ = ()

    @property
    def layout(self) -> tuple[object, ...]:
        """All of it."""
        return (self,)

    @property
    def constants(self) -> tuple[int, ...]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class LengthWord(_Unvaried):
    """The 16 bits at `at` are the frame's length on the wire less `base`; a checksum at `sum_at` follows suit.

    The checksum there was computed with 0 in the length's place.
    """

    at: int
    base: int
    sum_at: int | None = None

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:
        """Write the length, and update the checksum."""
        length = orig_len - self.base & 0xFFFF
        _put(octets, self.at, length)
        if self.sum_at is not None:
            _put(octets, self.sum_at, fold((_word(octets, self.sum_at) ^ 0xFFFF) + length) ^ 0xFFFF)


@dataclass(frozen=True, slots=True)
class SetBits:
    """The bits of `mask` in the octet at `at` become those of `value`."""

    at: int
    mask: int
    value: int

    @property
    def layout(self) -> tuple[object, ...]:
        """The place."""
        return (self.at,)

    @property
    def constants(self) -> tuple[int, ...]:
        """Mask and value."""
        return (self.mask, self.value)

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:
        """Write the bits."""
        octets[self.at] = octets[self.at] & ~self.mask & 0xFF | self.value


@dataclass(frozen=True, slots=True)
class AddToSum:
    """The words covered by the checksum at `at` grew by `delta` in sum, which is 0..0xFFFE (RFC 1624 section 3)."""

    at: int
    delta: int

    @property
    def layout(self) -> tuple[object, ...]:
        """The place."""
        return (self.at,)

    @property
    def constants(self) -> tuple[int, ...]:
        """The growth."""
        return (self.delta,)

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:
        """Update the checksum."""
        _put(octets, self.at, fold((_word(octets, self.at) ^ 0xFFFF) + self.delta) ^ 0xFFFF)


@dataclass(frozen=True, slots=True)
class EntropyPort(_Unvaried):
    """The UDP source port at `at` is a hash of the inner flow (RFC 7348 section 5)."""

    at: int
    flow: FlowFields

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:
        """Write the port."""
        _put(octets, self.at, entropy_port(source, self.flow))


@dataclass(frozen=True, slots=True)
class FlowOctet(_Unvaried):
    """The octet at `at` is a hash of the inner flow (RFC 7637 section 3.2), the low one of `EntropyPort`."""

    at: int
    flow: FlowFields

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:
        """Write the octet."""
        octets[self.at] = entropy_port(source, self.flow) & 0xFF


@dataclass(frozen=True, slots=True)
class Relength(_Unvaried):
    """The 16 bits at `at` become the frame's length on the wire less `base`, or 0 when that does not fit.

    A checksum at `sum_at`, which was right for the old length, follows suit (RFC 1624 section 3).
    """

    at: int
    base: int
    sum_at: int | None = None

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:
        """Write the length, and update the checksum."""
        old, new = _word(octets, self.at), orig_len - self.base
        new = new if new <= 0xFFFF else 0
        _put(octets, self.at, new)
        if self.sum_at is not None:
            _put(octets, self.sum_at, updated(_word(octets, self.sum_at), old, new))


@dataclass(frozen=True, slots=True)
class UdpChecksum:
    """The UDP checksum at `at` covers the datagram from `start` to the end, and a pseudo-header of sum `pseudo`.

    `pseudo` lacks the UDP length. A frame that was cut by capturing gets 0, no checksum: its octets are not all known.
    """

    at: int
    start: int
    pseudo: int

    @property
    def layout(self) -> tuple[object, ...]:
        """The places."""
        return (self.at, self.start)

    @property
    def constants(self) -> tuple[int, ...]:
        """The sum of the pseudo-header."""
        return (self.pseudo,)

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:
        """Write the checksum; 0xFFFF stands for a computed 0 (RFC 768)."""
        if len(octets) < orig_len:
            return
        length = orig_len - self.start
        _put(octets, self.at, internet_checksum(bytes(octets[self.start :]), self.pseudo + length) or 0xFFFF)


@dataclass(frozen=True, slots=True)
class UdpChecksumAgain(_Unvaried):
    """The UDP checksum at `at` of a datagram whose IP header stays, as `UdpChecksum`.

    Attributes:
        at: where it stands.
        start: where the datagram begins.
        addresses: (offset, octets) of the two IP addresses.
    """

    at: int
    start: int
    addresses: tuple[int, int]

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:
        """Write the checksum."""
        at, length = self.addresses
        pseudo = ones_sum(bytes(octets[at : at + length]), PROTOCOL)
        UdpChecksum(self.at, self.start, pseudo).apply(octets, orig_len, source)
