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
