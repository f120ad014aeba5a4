"""A frame with the names of those who are in it, as a list of packets shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dovetool.stages.naming import Names
from dovetool.stages.observation import Observation
from dovetool.stages.observe import Observe
from dovetool.stages.view import FrameView
from dovetool.stages.wanted import Wanted

Judge = Callable[[FrameView], tuple[str, ...] | None]
"""What is wrong with a frame by the map, in short: nothing when all is well, None when it is none of its business."""


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
    wanted: Wanted | None = None

    def begin(self, view: FrameView) -> Sighting:
        """Look at one frame as far as flows are split by: what is located later is left, and so are names."""
        seen = self.observe.observe(view)
        is_wanted = self.wanted is None or self.wanted.chooses(seen, view.ts_ns, view.interface)
        return Sighting(seen, is_wanted=is_wanted)

    def judged(self, view: FrameView) -> tuple[str, ...] | None:
        """What is wrong with one frame by the map; None without a map."""
        return self.judge(view) if self.judge is not None else None

    def complete(self, begun: Sighting, verdict: tuple[str, ...] | None, view: FrameView) -> Sighting:
        """What was seen of one of the frames that began so, is wanted, and was judged."""
        seen = begun.seen.completed(view.octets)
        return Sighting(seen, *self.names.ends(seen, view.ts_ns, view.interface), verdict)

    def look(self, view: FrameView) -> Sighting:
        """Look at one frame by itself; its flow cannot share the answer, as what is located later is read too."""
        begun = self.begin(view)
        if not begun.is_wanted:
            return begun
        return self.complete(begun, self.judged(view), view)
