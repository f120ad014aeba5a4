"""One frame on its way through stages, step by step: the scalar way, for looking closely.

Batches do the same for whole captures; here every decision stays visible. What a stage finds out about a frame besides
its octets goes with it to the next one, as `Batch.path` does. Pieces of a packet are put together where a stage asks
for it; what else the packet needs is not there, so a single piece is given up as at the end of a capture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from dovetool.analysis.single_frame import KnownFrame
from dovetool.frame.view import ETHERNET
from dovetool.stages.stage import Stage
from dovetool.values import dataclass
from dovetool.verdict.partial_packet import Fed, Fragment
from dovetool.verdict.reasons import Reason
from dovetool.verdict.reassembly import Reassembler
from dovetool.verdict.verdict import Copies, Forward, Frame, Gather, Reject, Verdict, carry_out, settled
from dovetool.vnid_map.recording import Lookup

Noted = Callable[[], tuple[Lookup, ...]]
"""Hands out what was looked up since it was last asked."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """What one stage did with one frame.

    Attributes:
        stage: name of the stage.
        at: number of the stage on the way, from 0.
        origin: index of the step that the frame came out of; None before the first stage.
        before: the frame that came in.
        verdict: what was decided, before lengths were compared.
        after: the frames that went on, a copy each; empty when the frame was rejected.
        reason: why it did not go on.
        lookups: what was looked up in the map for it.
        pieces: how many pieces `before` was put together of; 1: it came whole.
        absorbed: it is a piece of a packet, which went on with the last one.
    """

    stage: str
    at: int
    origin: int | None
    before: KnownFrame
    verdict: Verdict
    after: tuple[KnownFrame, ...] = ()
    reason: Reason | None = None
    lookups: tuple[Lookup, ...] = ()
    pieces: int = 1
    absorbed: bool = False

    @property
    def ways(self) -> tuple[Forward, ...]:
        """How the frame goes on, a way for each copy."""
        if isinstance(self.verdict, Copies):
            return self.verdict.verdicts
        return (self.verdict,) if isinstance(self.verdict, Forward) else ()


def _nothing() -> tuple[Lookup, ...]:
    return ()


def journey(known: KnownFrame, stages: Sequence[Stage], noted: Noted = _nothing) -> list[PathStep]:
    """Carry a frame through stages.

    Args:
        known: the frame.
        stages: the stages.
        noted: hands out what the stages' map was asked.

    Returns:
        The steps, stage by stage, and within a stage in the order in which the pipeline writes the frames.
    """
    steps: list[PathStep] = []
    arrived: list[tuple[int | None, KnownFrame]] = [(None, known)]
    for at, stage in enumerate(stages):
        made = _Hop(stage, at, noted).carry(arrived)
        arrived = [(len(steps) + row, frame) for row, step in enumerate(made) for frame in step.after]
        steps += made
    return steps


def branches(steps: Sequence[PathStep]) -> list[tuple[PathStep, ...]]:
    """The way of each copy: its steps from the first stage to the one where it ended."""
    continued = {step.origin for step in steps}
    return [_way(steps, end) for end in range(len(steps)) if end not in continued]


def _way(steps: Sequence[PathStep], end: int) -> tuple[PathStep, ...]:
    way = [steps[end]]
    while way[-1].origin is not None:
        way.append(steps[way[-1].origin])
    return tuple(reversed(way))


class _Hop:
    """One stage at work on the copies of a frame that reach it."""

    def __init__(self, stage: Stage, at: int, noted: Noted) -> None:
        self._stage, self._at, self._noted = stage, at, noted
        self._steps: list[PathStep] = []
        self._reassembler = Reassembler()

    def carry(self, arrived: Iterable[tuple[int | None, KnownFrame]]) -> list[PathStep]:
        """What the stage does with each frame; a packet that became whole stands in the place of its last piece."""
        for origin, before in arrived:
            self._steps.append(self._decided(origin, before))
            while isinstance(piece := self._steps[-1].verdict, Gather):
                last = self._steps[-1]
                fed = self._reassembler.feed(self._fragment(last.before, piece))
                self._settle(fed)
                if fed.whole is None:
                    break
                whole = self._decided(origin, replace(last.before, frame=fed.whole))
                self._steps[-1] = replace(whole, pieces=last.pieces + len(fed.absorbed))
        self._settle(self._reassembler.flush())
        return self._steps

    def _decided(self, origin: int | None, before: KnownFrame) -> PathStep:
        self._noted()
        verdict = self._stage.decide(before.view())
        step = PathStep(self._stage.name, self._at, origin, before, verdict, lookups=self._noted())
        return step if isinstance(verdict, Gather) else _carried_out(step)

    def _fragment(self, known: KnownFrame, gather: Gather) -> Fragment:
        frame, token = known.frame, len(self._steps) - 1
        return Fragment(frame.octets, frame.orig_len, known.ts_ns, 0, token, gather.piece)

    def _settle(self, fed: Fed) -> None:
        """Note what became of pieces."""
        steps = self._steps
        for row in map(_row, fed.absorbed):
            steps[row] = replace(steps[row], absorbed=True)
        for row in map(_row, fed.passed):
            verdict = steps[row].verdict
            if isinstance(verdict, Gather):
                steps[row] = _carried_out(replace(steps[row], verdict=verdict.otherwise))
        for fragment, reason in fed.rejected:
            steps[_row(fragment)] = replace(steps[_row(fragment)], reason=Reason(reason))


def _row(fragment: Fragment) -> int:
    assert isinstance(fragment.token, int)  # noqa: S101  (`_fragment` has put it there)
    return fragment.token


def _carried_out(step: PathStep) -> PathStep:
    step = replace(step, verdict=settled(step.verdict, step.before.frame))
    result = carry_out(step.verdict, step.before.frame)
    if isinstance(result, Reject):
        return replace(step, reason=result.reason)
    made = [(way, frame) for way in step.ways for frame in _made(way, step.before.frame)]
    return replace(step, after=tuple(_onward(step.before, way, frame) for way, frame in made))


def _made(way: Forward, frame: Frame) -> tuple[Frame, ...]:
    """What one copy leaves as: itself, or its fragments. What may stop it was looked at for all copies together."""
    made = carry_out(way, frame)
    return made if isinstance(made, tuple) else ()


def _onward(before: KnownFrame, way: Forward, frame: Frame) -> KnownFrame:
    return replace(
        before,
        frame=frame,
        link_type=before.link_type if way.unchanged else ETHERNET,
        ingress=before.ingress if way.ingress is None else way.ingress,
        tep=before.tep if way.tep is None else way.tep,
        origin=before.origin if way.origin is None else way.origin,
        local=before.local or way.local,
    )
