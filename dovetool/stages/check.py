"""What is to be checked of each frame, since it differs from frame to frame of a flow: checksums, the source port.

Each check is worked out here for a single frame, and by the same rule for whole batches in `pipeline.checking`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dovetool.stages.flow import FlowFields, entropy_port
from dovetool.wire.checksum import ones_sum


class Check(Protocol):
    """Something that holds for a frame or does not."""

    def holds(self, octets: bytes, orig_len: int) -> bool:
        """Say whether it holds for a frame with these captured octets, `orig_len` octets long on the wire."""


@dataclass(frozen=True, slots=True)
class ChecksumRight:
    """The Internet checksum of a part of the frame is right, as far as that can be told (RFC 768, RFC 2784).

    It cannot for a frame that was cut before the part's end.

    Attributes:
        checksum_at: where the checksum stands.
        start: where the part begins that it covers.
        behind: octets of the frame behind the part.
        addresses: (offset, octets) of the two IP addresses of a pseudo-header; (0, 0) without one.
        protocol: protocol number of the pseudo-header.
        zero_is_none: a checksum of 0 means that there is none, and is right.
    """

    checksum_at: int
    start: int
    behind: int
    addresses: tuple[int, int] = (0, 0)
    protocol: int = 0
    zero_is_none: bool = True

    def holds(self, octets: bytes, orig_len: int) -> bool:
        """Say whether the checksum is right."""
        if octets[self.checksum_at : self.checksum_at + 2] == b"\0\0":
            return self.zero_is_none
        end = orig_len - self.behind
        if len(octets) < end:
            return True
        at, length = self.addresses
        pseudo = ones_sum(octets[at : at + length], self.protocol + end - self.start) if length else 0
        return ones_sum(octets[self.start : end], pseudo) == 0xFFFF


@dataclass(frozen=True, slots=True)
class EntropyIsHash:
    """The UDP source port at `at`, or the flow hash of one octet there, is what the inner flow would be given anew."""

    at: int
    flow: FlowFields
    length: int = 2

    def holds(self, octets: bytes, orig_len: int) -> bool:
        """Say whether it is."""
        port = entropy_port(octets, self.flow).to_bytes(2, "big")
        return octets[self.at : self.at + self.length] == port[-self.length :]


@dataclass(frozen=True, slots=True)
class HeaderSumRight:
    """The checksum of an IPv4 header is right, as far as the header was captured (RFC 791 section 3.1).

    Attributes:
        start: where the header begins.
        length: its octets.
    """

    start: int
    length: int

    def holds(self, octets: bytes, orig_len: int) -> bool:
        """Say whether the checksum is right."""
        header = octets[self.start : self.start + self.length]
        return len(header) < self.length or ones_sum(header) == 0xFFFF


@dataclass(frozen=True, slots=True)
class NotLonger:
    """The frame has no more than `octets` on the wire."""

    octets: int

    def holds(self, octets: bytes, orig_len: int) -> bool:
        """Say whether it has not."""
        return max(orig_len, len(octets)) <= self.octets


@dataclass(frozen=True, slots=True)
class LeftToHardware:
    """The checksum is as a host leaves it to its network card: the sum of the pseudo-header alone, not inverted.

    A capture on the sending host shows it like this, and nothing is wrong.

    Attributes:
        check: the checksum.
    """

    check: ChecksumRight

    def holds(self, octets: bytes, orig_len: int) -> bool:
        """Say whether it is."""
        check = self.check
        at, length = check.addresses
        if not length:
            return False
        covered = orig_len - check.behind - check.start
        found = int.from_bytes(octets[check.checksum_at : check.checksum_at + 2], "big")
        return ones_sum(octets[at : at + length], check.protocol + covered) == found
