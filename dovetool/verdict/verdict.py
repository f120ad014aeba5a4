"""What a stage decides about a frame: reject it for one reason, or forward it with octets cut, inserted and patched.

A verdict is small and immutable, and it holds for every frame that looks the same to the stage: it names places and
constants, never the frame's own octets. So one verdict is applied to thousands of frames at once; `apply` here is the
same for a single frame, in plain Python.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from itertools import product
from typing import TYPE_CHECKING, Self

from dovetool.errors import FrameError
from dovetool.frame.view import NO_LIMIT
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.wire.links import link_name

if TYPE_CHECKING:
    from dovetool.verdict.check import Check
    from dovetool.verdict.fragmentation import Cut
    from dovetool.verdict.patch import Patch
    from dovetool.verdict.pieces import Piece


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
class Guard:
    """Questions about each frame of a flow, and what becomes of it by their answers.

    Attributes:
        checks: the questions.
        otherwise: the verdict for each combination of answers, in the order of `combinations`, but for the first of
            them, all zeros: then the verdict that is guarded holds.
    """

    checks: tuple[Check, ...]
    otherwise: tuple[Forward | Reject | Copies, ...]

    @classmethod
    def of(cls, checks: tuple[Check, ...], verdict_of: Callable[[tuple[int, ...]], Forward | Reject | Copies]) -> Self:
        """A guard that asks `verdict_of` which verdict there is to be by the answers of the checks."""
        return cls(checks, tuple(verdict_of(answers) for answers in combinations(checks)[1:]))


def combinations(checks: tuple[Check, ...]) -> list[tuple[int, ...]]:
    """Every combination of answers to some questions, the last one's changing quickest."""
    return list(product(*(range(check.answers) for check in checks)))


@dataclass(frozen=True, slots=True)
class Forward:
    """The frame goes on.

    Attributes:
        splices: what to cut and insert, by ascending offset, not overlapping.
        trim: octets to cut from the end of the frame as it was on the wire (padding, trailers).
        patches: fields to be worked out for each frame, at offsets of the new frame.
        vnid: the virtual network that the frame is counted under; None for none.
        notes: what is reported about the frame though it is forwarded.
        limit: the longest frame that may leave.
        guard: what is asked about each frame.
        cut: how the frame is cut into fragments when it is too long.
        loss: names of what the frame had and its new form has no place for.
        keeps_link: the frame keeps its link layer, and so its link type; else a frame that is made is Ethernet.
        ingress: index of the port that the frame came in by; None leaves what is known.
        tep: index of the tunnel end point where the frame is now; None leaves what is known.
        origin: index of the tunnel end point that sent it there; None leaves what is known.
        local: the frame stays behind its tunnel end point; later stages of the underlay let it pass.
        receivers: names of the VMs that get the frame.
        is_copy: it may be one of several copies of a broadcast, of which each receiver gets one.
        remark: what the comment of its packet says; empty: what was lost, if anything was.
    """

    splices: tuple[Splice, ...] = ()
    trim: int = 0
    patches: tuple[Patch, ...] = ()
    vnid: int | None = None
    notes: tuple[Reason, ...] = ()
    limit: Limit | None = None
    guard: Guard | None = None
    cut: Cut | None = None
    loss: tuple[str, ...] = ()
    keeps_link: bool = False
    ingress: int | None = None
    tep: int | None = None
    origin: int | None = None
    local: bool = False
    receivers: tuple[str, ...] = ()
    is_copy: bool = False
    remark: str = ""

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
    """The frame does not go on.

    Attributes:
        reason: why.
        detail: what exactly was found in the one frame that was looked at; others are rejected alike without it.
    """

    reason: Reason
    detail: str = field(default="", compare=False)

    @classmethod
    def of(cls, error: FrameError) -> Self:
        """The rejection of a frame that cannot be read."""
        return cls(Reason(error.reason), str(error))

    @classmethod
    def foreign(cls, link_type: int) -> Self:
        """The rejection of a frame of a link type that is not read, or that the stage cannot take."""
        return cls(Reason.NOT_ETHERNET, f"it is of link type {link_name(link_type)}")


@dataclass(frozen=True, slots=True)
class Copies:
    """The frame goes on two times or more: one forwarded frame, the others are its replicas.

    Attributes:
        verdicts: one a copy; what holds of each frame is asked for all of them together.
        guard: what is asked about each frame.
    """

    verdicts: tuple[Forward, ...]
    guard: Guard | None = None

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What is reported about the frame: the same of each copy."""
        return self.verdicts[0].notes


@dataclass(frozen=True, slots=True)
class Gather:
    """The frame is a piece of a packet that is to be put together before it can be decided about.

    Attributes:
        piece: where what belongs to the packet stands in the frame.
        otherwise: what happens to the frame when the packet turns out to be nothing to be put together.
    """

    piece: Piece
    otherwise: Forward | Reject


Verdict = Forward | Reject | Copies | Gather


@dataclass(frozen=True, slots=True)
class Frame:
    """A single frame: its captured octets and its length on the wire."""

    octets: bytes
    orig_len: int


def carry_out(verdict: Verdict, frame: Frame) -> tuple[Frame, ...] | Reject:
    """Carry out a verdict on one frame.

    Returns:
        The new frames, or the rejection; a frame too long for one of its copies is rejected whole. A piece of a packet
        is taken for one that nothing is put together of.
    """
    verdict = settled(verdict, frame)
    if isinstance(verdict, Reject):
        return verdict
    copies = verdict.verdicts if isinstance(verdict, Copies) else (verdict,)
    strictest = min(copies, key=lambda copy: copy.longest)
    if strictest.limit is not None and _wire_len(frame) > strictest.longest:
        return Reject(strictest.limit.reason)
    return tuple(made for copy in copies for made in _cut(copy, _forward(copy, frame)))


def settled(verdict: Verdict, frame: Frame) -> Forward | Reject | Copies:
    """The verdict about one frame of its flow, once the questions that were left open are answered for it."""
    if isinstance(verdict, Gather):
        verdict = verdict.otherwise
    if isinstance(verdict, Reject) or verdict.guard is None:
        return verdict
    checks, wire_len = verdict.guard.checks, _wire_len(frame)
    answers = tuple(check.answer(frame.octets, wire_len) for check in checks)
    if not any(answers):
        return replace(verdict, guard=None)
    found = verdict.guard.otherwise[combinations(checks).index(answers) - 1]
    if isinstance(found, Reject):
        told = [check.told(frame.octets, wire_len) for check, answer in zip(checks, answers, strict=True) if answer]
        return replace(found, detail=", ".join(filter(None, (found.detail, *told))))
    return found


def _cut(verdict: Forward, made: Frame) -> tuple[Frame, ...]:
    """The frame, or its fragments."""
    if verdict.cut is None or not verdict.cut.applies(made.orig_len):
        return (made,)
    return tuple(Frame(*fragment) for fragment in verdict.cut.fragments(made.octets, made.orig_len))


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
