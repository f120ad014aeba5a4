"""One frame from where it is on its way to where it ends, with all that was looked up for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dovetool.analysis.frame_path import PathStep, journey
from dovetool.analysis.single_frame import KnownFrame
from dovetool.frame.selectors import Selectors
from dovetool.stages.first_stage import Beginning, beginning
from dovetool.stages.ingress import Entry, any_port
from dovetool.stages.path import stages_from, vm_to_vm
from dovetool.values import dataclass
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.recording import RecordingMap


@dataclass(frozen=True, slots=True)
class Trace:
    """A frame, and all that happened to it.

    Attributes:
        known: the frame.
        steps: its way.
        beginning: where that began, and why.
        source: where the frame came from.
    """

    known: KnownFrame
    steps: Sequence[PathStep]
    beginning: Beginning
    source: str

    @property
    def is_rejected(self) -> bool:
        """True when the frame or a copy of it was stopped."""
        return any(step.reason is not None for step in self.steps)


@dataclass(frozen=True, slots=True)
class Tracer:
    """Traces frames through the network of a map.

    Attributes:
        vnid_map: who belongs where.
        selectors: what marks overlay packets.
        ingress: the port that frames come in by; None: told by the frame.
        encap: the encapsulation to use; None: the first that both sides know.
        begin_at: the stage to begin at; None: told by the frame.
    """

    vnid_map: VnidMap
    selectors: Selectors
    ingress: Entry | None = None
    encap: str | None = None
    begin_at: str | None = None

    def trace(self, known: KnownFrame, source: str = "") -> Trace:
        """Carry a frame through the stages that are before it, which decide as they do in `run`."""
        start = self._beginning(known)
        if self.ingress is not None and start.stage == "encap":  # Tag finds it out by itself
            known = replace(known, ingress=any_port(self.ingress).index)
        recording = RecordingMap(self.vnid_map)
        way = vm_to_vm(recording, self.ingress, self.encap, name_receivers=True, selectors=self.selectors)
        return Trace(known, journey(known, stages_from(way, start.stage), recording.take), start, source)

    def _beginning(self, known: KnownFrame) -> Beginning:
        if self.begin_at is not None:
            return Beginning(self.begin_at, "asked for by --from")
        return beginning(known.view(), self.vnid_map, self.selectors, from_port=self.ingress is not None)
