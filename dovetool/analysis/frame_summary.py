"""A frame with the names of those who are in it, as a list of packets shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dovetool.belonging.finding import Kind
from dovetool.belonging.rule import Severity
from dovetool.frame.view import FrameView
from dovetool.observe.frame_filter import FrameFilter
from dovetool.observe.names import Names
from dovetool.observe.observation import Observation
from dovetool.observe.observe import Observe
from dovetool.values import dataclass
from dovetool.verdict.check import Check


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with frames of a flow by the map.

    Attributes:
        found: what all of them have.
        asked: what is asked of each frame by itself, and what is found by each answer but the first.
    """

    found: tuple[Kind, ...] = ()
    asked: tuple[tuple[Check, tuple[Kind, ...]], ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """The questions alone."""
        return tuple(check for check, _ in self.asked)

    def verdict(self, answers: Sequence[int] = ()) -> tuple[str, ...]:
        """The reasons about a frame with these answers, the weightiest first; nothing when all is well."""
        told = (kinds[answer - 1] for (_, kinds), answer in zip(self.asked, answers, strict=False) if answer)
        kinds = sorted((*self.found, *told), key=lambda kind: _WEIGHTS.index(kind.severity))
        return tuple(dict.fromkeys(kind.reason for kind in kinds))

    def of(self, view: FrameView) -> tuple[str, ...]:
        """The verdict about one frame."""
        return self.verdict([check.answer(view.octets, view.orig_len) for check in self.checks])


Judge = Callable[[FrameView], Judgement | None]
"""What is wrong with a frame by the map, None when it is none of its business."""
_WEIGHTS = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of a frame.

    Attributes:
        seen: what it is.
        src_vm: the VM that sends the innermost frame; None when it is not known.
        dst_vm: the VM that gets it.
        verdict: what is wrong with it by the map; None without a map, and when it is none of its business.
        is_wanted: it was asked for; of others there is nothing but what they are.
    """

    seen: Observation
    src_vm: str | None = None
    dst_vm: str | None = None
    verdict: tuple[str, ...] | None = None
    is_wanted: bool = True


@dataclass(frozen=True, slots=True)
class Sight:
    """Looks at frames.

    Attributes:
        observe: says what a frame is.
        names: gives names.
        judge: compares it with the map; None without one.
        wanted: chooses frames; None: all.
    """

    observe: Observe
    names: Names
    judge: Judge | None = None
    wanted: FrameFilter | None = None

    def begin(self, view: FrameView) -> Sighting:
        """Look at one frame as far as flows are split by: what is located later is left, and so are names."""
        seen = self.observe.observe(view)
        is_wanted = self.wanted is None or self.wanted.chooses(seen, view.ts_ns, view.interface)
        return Sighting(seen, is_wanted=is_wanted)

    def judged(self, view: FrameView) -> tuple[str, ...] | None:
        """What is wrong with one frame by the map; None without a map."""
        judgement = self.judge(view) if self.judge is not None else None
        return None if judgement is None else judgement.of(view)

    def complete(self, seen: Observation, verdict: tuple[str, ...] | None, view: FrameView) -> Sighting:
        """What was seen of a frame that is wanted, and was judged: names come to what it is."""
        return Sighting(seen, *self.names.ends(seen, view.ts_ns, view.interface), verdict)

    def look(self, view: FrameView) -> Sighting:
        """Look at one frame by itself; its flow cannot share the answer, as what is located later is read too."""
        begun = self.begin(view)
        if not begun.is_wanted:
            return begun
        return self.complete(begun.seen.completed(view.octets), self.judged(view), view)
