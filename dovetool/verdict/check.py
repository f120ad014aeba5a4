"""What is asked of each frame, since it differs from frame to frame of a flow: checksums, lengths, the source port.

Each question is answered here for a single frame, and by the same rule for whole blocks in the compiled core, which
gets it as a tuple of numbers: its kind, and then its attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from dovetool.frame.flow_hash import FlowFields, entropy_port
from dovetool.values import dataclass
from dovetool.wire.checksum import fold, ones_sum

_LENGTH, _ENTROPY, _HEADER_SUM, _SUM_RIGHT, _MADE_AGAIN = range(5)
RIGHT, OFFLOADED, WRONG = range(3)
"""Answers about a checksum. Offloaded: the sending host has left it, or one inside that it covers, to its card."""


class Check(Protocol):
    """A question about a frame.

    Attributes:
        answers: how many answers there are.
    """

    @property
    def answers(self) -> int: ...  # noqa: D102  (see Attributes)

    @property
    def question(self) -> tuple[object, ...]:
        """The kind of question, and its numbers."""

    def answer(self, octets: bytes, orig_len: int) -> int:
        """The answer for a frame with these captured octets, `orig_len` octets long on the wire; 0: all is well."""

    def told(self, octets: bytes, orig_len: int) -> str:
        """What there is to tell of a frame whose answer is another; empty for nothing."""


class _Truth:
    """A question that is answered by yes or no."""

    __slots__ = ()
    answers: ClassVar[int] = 2

    def told(self, octets: bytes, orig_len: int) -> str:
        """Nothing."""
        return ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A TCP segment or UDP datagram in a tunnel, whose own checksum the sending host may have left to its card.

    Attributes:
        checksum_at: where its checksum stands.
        start: where it begins.
        length_at: where its IP packet has its length.
        counts_from: where that length begins to count.
        addresses: (offset, octets) of the IP addresses; (0, 0) for GRE, which has no pseudo-header.
        protocol: number of the protocol; with the sum of a destination that is not among these.
    """

    checksum_at: int
    start: int
    length_at: int
    counts_from: int
    addresses: tuple[int, int]
    protocol: int

    def is_left(self, octets: bytes, end: int) -> bool:
        """Say whether the checksum is the sum of the pseudo-header alone, in a frame whose packet goes to `end`."""
        if self.checksum_at + 2 > end:
            return False
        return _word(octets, self.checksum_at) == self.pseudo(octets, end)

    def pseudo(self, octets: bytes, end: int) -> int:
        """The sum of the pseudo-header."""
        at, length = self.addresses
        counted = _word(octets, self.length_at)
        covered = self.counts_from + counted - self.start if counted else end - self.start
        return ones_sum(octets[at : at + length], self.protocol + max(covered, 0)) if length else 0


@dataclass(frozen=True, slots=True)
class ChecksumRight:
    """The Internet checksum of a part of the frame is right, as far as that can be told (RFC 768, RFC 2784).

    It cannot for a frame that was cut before the part's end. A host that leaves the work to its network card writes
    the sum of the pseudo-header, not inverted. Where it leaves the checksum of a segment inside, Linux knows what the
    segment's octets will add up to, whatever they are, and has the outer checksum right for that (its documentation
    calls this local checksum offload).

    Attributes:
        checksum_at: where the checksum stands.
        start: where the part begins that it covers.
        behind: octets of the frame behind the part.
        addresses: (offset, octets) of the IP addresses of a pseudo-header; (0, 0) without one.
        protocol: protocol number of the pseudo-header; with the sum of a destination that is not among these.
        segments: what is inside with a checksum of its own.
    """

    checksum_at: int
    start: int
    behind: int
    addresses: tuple[int, int] = (0, 0)
    protocol: int = 0
    segments: tuple[Segment, ...] = ()

    answers: ClassVar[int] = 3

    @property
    def question(self) -> tuple[object, ...]:
        """Kind and numbers."""
        return (
            3,
            self.checksum_at,
            self.start,
            self.behind,
            *self.addresses,
            self.protocol,
            tuple(map(_numbers, self.segments)),
        )

    def answer(self, octets: bytes, orig_len: int) -> int:
        """`RIGHT`, `OFFLOADED` or `WRONG`."""
        end = orig_len - self.behind
        if len(octets) < end:
            return RIGHT
        pseudo, found = self._pseudo(octets, end), _word(octets, self.checksum_at)
        if ones_sum(octets[self.start : end], pseudo) == 0xFFFF:
            return RIGHT
        if found == fold(pseudo) or any(self._is_right_with(each, octets, end) for each in self.segments):
            return OFFLOADED
        return WRONG

    def _pseudo(self, octets: bytes, end: int) -> int:
        at, length = self.addresses
        return ones_sum(octets[at : at + length], self.protocol + end - self.start) if length else 0

    def _is_right_with(self, segment: Segment, octets: bytes, end: int) -> bool:
        """Say whether it is right once the segment's own checksum is filled in, which makes up for all in it."""
        if not segment.is_left(octets, end):
            return False
        total = self._pseudo(octets, end) + (segment.pseudo(octets, end) ^ 0xFFFF)
        return ones_sum(octets[self.start : segment.start], total) == 0xFFFF

    def told(self, octets: bytes, orig_len: int) -> str:
        """What was found, and what was expected."""
        end, at = orig_len - self.behind, self.checksum_at
        rest = octets[self.start : at] + b"\0\0" + octets[at + 2 : end]
        expected = ones_sum(rest, self._pseudo(octets, end)) ^ 0xFFFF
        return f"found {_word(octets, at):#06x}, expected {expected or 0xFFFF if self.protocol else expected:#06x}"


@dataclass(frozen=True, slots=True)
class MadeAgain(_Truth):
    """A checksum is the one that is made anew of its frame: all of that was captured, and it is right."""

    check: ChecksumRight

    @property
    def question(self) -> tuple[object, ...]:
        """Kind and numbers."""
        return (_MADE_AGAIN, *self.check.question[1:])

    def answer(self, octets: bytes, orig_len: int) -> int:
        """0 where it is."""
        is_whole = len(octets) >= orig_len - self.check.behind
        return int(not is_whole or self.check.answer(octets, orig_len) != RIGHT)


@dataclass(frozen=True, slots=True)
class HeaderSumRight:
    """The checksum of an IPv4 header is right, as far as the header was captured (RFC 791 section 3.1).

    Attributes:
        start: where the header begins.
        length: its octets.
    """

    start: int
    length: int

    answers: ClassVar[int] = 3

    @property
    def question(self) -> tuple[object, ...]:
        """Kind and numbers."""
        return (_HEADER_SUM, self.start, self.length)

    def answer(self, octets: bytes, orig_len: int) -> int:
        """`RIGHT`, `OFFLOADED` where a host has left it at 0 for its card, or `WRONG`."""
        header = octets[self.start : self.start + self.length]
        if len(header) < self.length or ones_sum(header) == 0xFFFF:
            return RIGHT
        return WRONG if any(header[10:12]) else OFFLOADED

    def told(self, octets: bytes, orig_len: int) -> str:
        """What was found, and what was expected."""
        header = octets[self.start : self.start + self.length]
        expected = ones_sum(header[:10] + header[12:]) ^ 0xFFFF
        return f"found {_word(header, 10):#06x}, expected {expected:#06x}"


@dataclass(frozen=True, slots=True)
class EntropyIsHash(_Truth):
    """The UDP source port at `at`, or the flow hash of one octet there, is what the inner flow would be given anew."""

    at: int
    flow: FlowFields
    length: int = 2

    @property
    def question(self) -> tuple[object, ...]:
        """Kind and numbers."""
        return (_ENTROPY, self.at, self.flow, self.length)

    def answer(self, octets: bytes, orig_len: int) -> int:
        """0 where it is."""
        port = entropy_port(octets, self.flow).to_bytes(2, "big")
        return int(octets[self.at : self.at + self.length] != port[-self.length :])


@dataclass(frozen=True, slots=True)
class NotLonger(_Truth):
    """The frame has no more than `octets` on the wire."""

    octets: int

    @property
    def question(self) -> tuple[object, ...]:
        """Kind and numbers."""
        return (_LENGTH, self.octets)

    def answer(self, octets: bytes, orig_len: int) -> int:
        """0 where it has not."""
        return int(max(orig_len, len(octets)) > self.octets)


def _word(octets: bytes, at: int) -> int:
    return int.from_bytes(octets[at : at + 2], "big")


def _numbers(segment: Segment) -> tuple[int, ...]:
    return (
        *(segment.checksum_at, segment.start, segment.length_at, segment.counts_from),
        *(*segment.addresses, segment.protocol),
    )


def check_of(question: tuple[Any, ...]) -> Check:
    """The question that is told by its kind and its numbers."""
    kind, *numbers = question
    if kind < _SUM_RIGHT:
        simple: Check = _OF_NUMBERS[kind](*numbers)
        return simple
    checksum_at, start, behind, at, octets, protocol, segments = numbers
    inside = tuple(Segment(a, b, c, d, (e, f), g) for a, b, c, d, e, f, g in segments)
    right = ChecksumRight(checksum_at, start, behind, (at, octets), protocol, inside)
    return MadeAgain(right) if kind == _MADE_AGAIN else right


_OF_NUMBERS: tuple[Callable[..., Check], ...] = (NotLonger, EntropyIsHash, HeaderSumRight)
