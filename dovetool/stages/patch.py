"""Fields of a forwarded frame that differ from frame to frame: lengths, checksums, the source port.

Each patch stands for one such field, at an offset of the new frame; it is worked out here for a single frame, and for
whole batches, by the same rule, in `pipeline.patching`.
"""

from __future__ import annotations

from dataclasses import dataclass

from dovetool.stages.flow import FlowFields, entropy_port
from dovetool.wire.checksum import fold, internet_checksum


def _word(octets: bytearray, at: int) -> int:
    return int.from_bytes(octets[at : at + 2], "big")


def _put(octets: bytearray, at: int, word: int) -> None:
    octets[at : at + 2] = word.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class LengthWord:
    """The 16 bits at `at` are the frame's length on the wire less `base`; a checksum at `sum_at` follows suit.

    The checksum there was computed with 0 in the length's place. A length that does not fit is 0, as in the big frames
    that Linux builds for a card to cut up.
    """

    at: int
    base: int
    sum_at: int | None = None

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:  # noqa: ARG002  (the face of a patch)
        """Write the length."""
        length = orig_len - self.base
        if length > 0xFFFF:
            length = 0
        _put(octets, self.at, length)
        if self.sum_at is not None:
            _put(octets, self.sum_at, fold((_word(octets, self.sum_at) ^ 0xFFFF) + length) ^ 0xFFFF)


@dataclass(frozen=True, slots=True)
class SetBits:
    """The bits of `mask` in the octet at `at` become those of `value`."""

    at: int
    mask: int
    value: int

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:  # noqa: ARG002  (the face of a patch)
        """Write the bits."""
        octets[self.at] = octets[self.at] & ~self.mask & 0xFF | self.value


@dataclass(frozen=True, slots=True)
class AddToSum:
    """The words covered by the checksum at `at` grew by `delta` in sum, which is 0..0xFFFE (RFC 1624 section 3)."""

    at: int
    delta: int

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:  # noqa: ARG002  (the face of a patch)
        """Update the checksum."""
        _put(octets, self.at, fold((_word(octets, self.at) ^ 0xFFFF) + self.delta) ^ 0xFFFF)


@dataclass(frozen=True, slots=True)
class EntropyPort:
    """The UDP source port at `at` is a hash of the inner flow (RFC 7348 section 5)."""

    at: int
    flow: FlowFields

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:  # noqa: ARG002  (the face of a patch)
        """Write the port."""
        _put(octets, self.at, entropy_port(source, self.flow))


@dataclass(frozen=True, slots=True)
class UdpChecksum:
    """The UDP checksum at `at` covers the datagram from `start` to the end, and a pseudo-header of sum `pseudo`.

    `pseudo` lacks the UDP length. A frame that was cut by capturing gets 0, no checksum: its octets are not all known.
    """

    at: int
    start: int
    pseudo: int

    def apply(self, octets: bytearray, orig_len: int, source: bytes) -> None:  # noqa: ARG002  (the face of a patch)
        """Write the checksum; 0xFFFF stands for a computed 0 (RFC 768)."""
        if len(octets) < orig_len:
            return
        length = orig_len - self.start
        _put(octets, self.at, internet_checksum(bytes(octets[self.start :]), self.pseudo + length) or 0xFFFF)


Patch = LengthWord | SetBits | AddToSum | EntropyPort | UdpChecksum
