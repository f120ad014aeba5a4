"""What a stage decides about a frame: reject it for one reason, or forward it with octets cut, inserted and patched.

A verdict is small and immutable, and it holds for every frame that looks the same to the stage: it names places and
constants, never the frame's own octets. So one verdict is applied to thousands of frames at once; `apply` here is the
same for a single frame, in plain Python.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from dovetool.stages.patch import Patch
from dovetool.stages.view import NO_LIMIT


class Reason(StrEnum):
    """Why a frame was not forwarded. The names are stable: scripts rely on them."""

    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    NOT_ETHERNET = "not-ethernet"
    ALREADY_TAGGED = "already-tagged"
    UNTAGGED = "untagged"
    NONZERO_PAD = "nonzero-pad"
    UNKNOWN_SOURCE = "unknown-source"
    AMBIGUOUS_SOURCE = "ambiguous-source"
    SOURCE_SPOOFED = "source-spoofed"
    UNKNOWN_PORT = "unknown-port"
    UNKNOWN_DESTINATION = "unknown-destination"
    DUPLICATE_ADDRESS = "duplicate-address"
    UNKNOWN_VNID = "unknown-vnid"
    UNKNOWN_TEP = "unknown-tep"
    VNID_NOT_ON_TEP = "vnid-not-on-tep"
    NOT_FOR_THIS_TEP = "not-for-this-tep"
    WRONG_TEP = "wrong-tep"
    POLICY_DENIED = "policy-denied"
    LOCAL = "local"
    NO_COMMON_ENCAP = "no-common-encap"
    UNSUPPORTED_ENCAP = "unsupported-encap"
    MTU_EXCEEDED = "mtu-exceeded"
    NOT_OVERLAY = "not-overlay"
    BAD_OVERLAY_HEADER = "bad-overlay-header"
    ECN_DROP = "ecn-drop"


@dataclass(frozen=True, slots=True)
class Splice:
    """At `offset` of the frame, leave out `cut` octets and put `insert` in their place."""

    offset: int
    cut: int = 0
    insert: bytes = b""


@dataclass(frozen=True, slots=True)
class Limit:
    """A forwarded frame longer than `octets` on the wire is rejected for `reason` after all."""

    octets: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Forward:
    """The frame goes on.

    Attributes:
        splices: what to cut and insert, by ascending offset, not overlapping.
        trim: octets to cut from the end of the frame as it was on the wire (padding, trailers).
        patches: fields to be worked out for each frame, at offsets of the new frame.
        vnid: the virtual network that the frame is counted under; None for none.
        note: something about the frame that is reported though it is forwarded.
        limit: the longest frame that may leave.
        ingress: index of the port that the frame came in by; None leaves what is known.
        tep: index of the tunnel end point that receives the frame; None leaves what is known.
        local: the frame stays behind its tunnel end point; later stages of the underlay let it pass.
        receivers: names of the VMs that get the frame.
    """

    splices: tuple[Splice, ...] = ()
    trim: int = 0
    patches: tuple[Patch, ...] = ()
    vnid: int | None = None
    note: Reason | None = None
    limit: Limit | None = None
    ingress: int | None = None
    tep: int | None = None
    local: bool = False
    receivers: tuple[str, ...] = ()

    @property
    def unchanged(self) -> bool:
        """True when the frame goes on octet for octet."""
        return not (self.splices or self.trim or self.patches)

    @property
    def delta(self) -> int:
        """Octets that the frame becomes longer, or shorter when negative."""
        return sum(len(splice.insert) - splice.cut for splice in self.splices) - self.trim

    @property
    def longest(self) -> int:
        """Octets on the wire of the longest frame that may be forwarded like this."""
        return NO_LIMIT if self.limit is None else self.limit.octets - self.delta


@dataclass(frozen=True, slots=True)
class Reject:
    """The frame does not go on."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Copies:
    """The frame goes on two times or more: one forwarded frame, the others are its replicas."""

    verdicts: tuple[Forward, ...]


Verdict = Forward | Reject | Copies


@dataclass(frozen=True, slots=True)
class Frame:
    """A single frame: its captured octets and its length on the wire."""

    octets: bytes
    orig_len: int


def carry_out(verdict: Verdict, frame: Frame) -> tuple[Frame, ...] | Reject:
    """Carry out a verdict on one frame.

    Returns:
        The new frames, or the rejection; a frame too long for one of its copies is rejected whole.
    """
    if isinstance(verdict, Reject):
        return verdict
    copies = verdict.verdicts if isinstance(verdict, Copies) else (verdict,)
    strictest = min(copies, key=lambda copy: copy.longest)
    if strictest.limit is not None and _wire_len(frame) > strictest.longest:
        return Reject(strictest.limit.reason)
    return tuple(_forward(copy, frame) for copy in copies)


def _wire_len(frame: Frame) -> int:
    return max(frame.orig_len, len(frame.octets))


def _forward(verdict: Forward, frame: Frame) -> Frame:
    if verdict.unchanged:
        return frame
    wire_len = _wire_len(frame)
    orig_len = max(wire_len + verdict.delta, 0)
    spliced = _splice(frame.octets[: max(wire_len - verdict.trim, 0)], verdict.splices)
    octets = bytearray(spliced)
    for patch in verdict.patches:
        patch.apply(octets, orig_len, frame.octets)
    return replace(frame, octets=bytes(octets), orig_len=orig_len)


def _splice(octets: bytes, splices: tuple[Splice, ...]) -> bytes:
    parts: list[bytes] = []
    at = 0
    for splice in splices:
        parts += octets[at : splice.offset], splice.insert
        at = splice.offset + splice.cut
    return b"".join([*parts, octets[at:]])
