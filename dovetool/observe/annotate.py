"""What a stage saw and did, in words, for the comment of each packet that it forwards.

dovetool STAGE: VNID N (NETWORK), SOURCE -> DESTINATION ENCAPSULATION; VERDICT
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from dovetool.frame.view import ETHERNET, FrameView
from dovetool.observe.names import Names
from dovetool.observe.observation import DOVE, Observation, Overlay
from dovetool.observe.observe import Observe
from dovetool.stages.stage import Stage
from dovetool.values import dataclass
from dovetool.verdict.verdict import Copies, Forward, Frame, Gather, Reject, Verdict, carry_out

Told = TypeVar("Told", Forward, Reject, Copies, Forward | Reject, Forward | Reject | Copies)
_MOST_CHARACTERS = 16_000  # a comment has at most 65,535 octets, and a character up to four


@dataclass(frozen=True, slots=True)
class Annotator:
    """Puts what is known about frames into words.

    Attributes:
        observe: looks at tunnels and their addresses.
        names: what networks and tunnel end points are called.
    """

    observe: Observe
    names: Names

    def annotated(self, stages: Sequence[Stage]) -> list[Stage]:
        """The stages, each of which says what it did; of several in a row, those that let a frame pass say nothing."""
        return [_Annotated(stage, self, says_nothing_of_unchanged=len(stages) > 1) for stage in stages]

    def told(self, view: FrameView, doer: str) -> str:
        """The comment of a frame that stays as it is."""
        return self.sentence(doer, self.overlays(self.names.overlays(self.observe.observe(view))), "unchanged")

    def sentence(self, doer: str, what: str, verdict: str) -> str:
        """The whole comment."""
        return f"dovetool {doer}: {what}; {verdict}"[:_MOST_CHARACTERS]

    def overlays(self, overlays: Iterable[Overlay]) -> str:
        """Tunnels and tags, outermost first, told from the innermost on."""
        return " in ".join(map(self._overlay, reversed(tuple(overlays)))) or "no overlay"

    def _overlay(self, overlay: Overlay) -> str:
        name = self.names.network(overlay.vnid) if overlay.vnid is not None else None
        vnid = f"VNID {overlay.vnid}" if overlay.vnid is not None else "no VNID"
        called = vnid if name is None else f"{vnid} ({name})"
        if overlay.encap == DOVE:
            return f"{called}, {DOVE}"
        return f"{called}, {self.names.ends_text(overlay)} {overlay.encap}"


@dataclass(frozen=True, slots=True)
class _Annotated:
    """A stage whose verdicts also tell what it saw and did."""

    stage: Stage
    annotator: Annotator
    says_nothing_of_unchanged: bool

    @property
    def name(self) -> str:
        """The stage's own."""
        return self.stage.name

    @property
    def change_times_ns(self) -> tuple[int, ...]:
        """The stage's own."""
        return self.stage.change_times_ns

    def decide(self, view: FrameView) -> Verdict:
        """As the stage decides."""
        verdict = self.stage.decide(view)
        if isinstance(verdict, Reject):
            return verdict
        return self._telling(verdict, view, self.annotator.observe.observe(view))

    def _telling(self, verdict: Verdict, view: FrameView, seen: Observation) -> Verdict:
        if isinstance(verdict, Gather):
            return replace(verdict, otherwise=self._remarked(verdict.otherwise, view, seen))
        return self._remarked(verdict, view, seen)

    def _remarked(self, verdict: Told, view: FrameView, seen: Observation) -> Told:
        if isinstance(verdict, Reject):
            return verdict
        guard = verdict.guard
        if guard is not None:
            guard = replace(guard, otherwise=tuple(self._remarked(each, view, seen) for each in guard.otherwise))
        if isinstance(verdict, Copies):
            return Copies(tuple(self._remarked(copy, view, seen) for copy in verdict.verdicts), guard)
        return replace(verdict, guard=guard, remark=self._remark(verdict, view, seen))

    def _remark(self, verdict: Forward, view: FrameView, seen: Observation) -> str:
        if self.says_nothing_of_unchanged and verdict.unchanged and not verdict.local:
            return ""
        done = "local" if verdict.local else "unchanged" if verdict.unchanged else "forwarded"
        notes = [str(note) for note in verdict.notes]
        notes += [f"lost {', '.join(verdict.loss)}"] if verdict.loss else []
        return self.annotator.sentence(self.name, self._way(verdict, view, seen), ", ".join((done, *notes)))

    def _way(self, verdict: Forward, view: FrameView, seen: Observation) -> str:
        """The tunnels and tags that tell most: those that came on where some did, else those that came off."""
        made, there = self._made(verdict, view), self.annotator.names.overlays(seen)
        gone = [overlay for overlay in there if _is_cut(overlay, verdict)]
        if made is None or (gone and made.encap == DOVE):
            return self.annotator.overlays(there)
        if gone and gone[0].encap != DOVE:
            return f"{self.annotator.overlays(there)} to {made.encap}"
        return self.annotator.overlays((made, *(overlay for overlay in there if overlay not in gone)))

    def _made(self, verdict: Forward, view: FrameView) -> Overlay | None:
        """The overlay header or tag that the frame gets."""
        if not any(splice.insert for splice in verdict.splices):
            return None
        made = carry_out(Forward(verdict.splices, verdict.trim, verdict.patches), Frame(view.octets, view.orig_len))
        if isinstance(made, Reject):
            return None
        link_type = view.link_type if verdict.keeps_link else ETHERNET
        overlays = self.annotator.observe.observe(FrameView(made[0].octets, made[0].orig_len, link_type=link_type))
        return next((overlay for overlay in overlays.overlays if _is_inserted(overlay, verdict)), None)


def _is_cut(overlay: Overlay, verdict: Forward) -> bool:
    return any(splice.offset <= overlay.at < splice.offset + splice.cut for splice in verdict.splices)


def _is_inserted(overlay: Overlay, verdict: Forward) -> bool:
    """Say whether an overlay header of the new frame begins in octets that were put in: nothing else is known of it."""
    shift = 0
    for splice in verdict.splices:
        start = splice.offset + shift
        if start <= overlay.at < start + len(splice.insert):
            return True
        shift += len(splice.insert) - splice.cut
    return False
