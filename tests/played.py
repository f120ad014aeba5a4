"""A stage that plays given verdicts, and frames at the borders of what these say: whatever a stage might decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from neighbours import lengths_at_limits, ways
from strategies import Captured

from dovetool.errors import FrameError
from dovetool.frame.view import FrameView
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Frame, Reject, Verdict

HEAD = 48
"""Octets that each frame has that a verdict is played on."""
_NUMBER = 2


@dataclass(frozen=True, slots=True)
class Played:
    """The verdict about a frame is the one whose number its first two octets are.

    It looks at what real stages look at: a verdict fits the octets that are there, and trims what is on the wire.
    """

    verdicts: tuple[Verdict, ...]

    name = "played"
    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def decide(self, view: FrameView) -> Verdict:
        """Look the verdict up."""
        try:
            view.take(_NUMBER, HEAD - _NUMBER, bytes(HEAD - _NUMBER))
            verdict = self.verdicts[view.word(0)]
        except FrameError as error:
            return Reject.of(error)
        longest_trim = max((way.trim for way in ways(verdict)), default=0)
        return verdict if view.on_wire(HEAD + longest_trim) else Reject(Reason.MALFORMED)


_FILLING = bytes(at * 37 % 251 for at in range(256))
_LENGTHS = [  # captured, on the wire
    *((HEAD + more, HEAD + more) for more in (0, 1, 2, 3, 5, 8, 61)),
    *((HEAD + kept, HEAD + 5) for kept in range(5)),
    *((HEAD, HEAD + 70), (HEAD + 3, HEAD + 71), (HEAD + 9, HEAD), (HEAD - 1, HEAD + 9), (HEAD - 1, HEAD - 1)),
    *((HEAD + 3, orig_len) for orig_len in (0xFFFF, 0x10000, 0x1FFFF, 1 << 31)),
]


def frames_for(number: int, verdict: Verdict) -> Iterator[Captured]:
    """Frames of a number, at all the borders of its verdict."""
    yield from (numbered(number, _FILLING[:caplen], orig_len) for caplen, orig_len in _LENGTHS)
    yield from (numbered(number, bytes((octet,)) * (HEAD + more)) for octet in (0, 0xFF) for more in (0, 7))
    for orig_len in sorted(lengths_at_limits(verdict)):
        if orig_len >= HEAD:
            yield numbered(number, _FILLING[: min(256, orig_len)], orig_len)
            yield numbered(number, _FILLING[: HEAD + 3], orig_len)


def numbered(number: int, octets: bytes, orig_len: int | None = None) -> Captured:
    """A frame of a number."""
    return Captured(Frame(number.to_bytes(_NUMBER, "big") + octets[_NUMBER:], orig_len or len(octets)))


def frames_of_all(verdicts: Iterable[Verdict]) -> list[Captured]:
    """The frames for each of some verdicts."""
    return [one for number, verdict in enumerate(verdicts) for one in frames_for(number, verdict)]
