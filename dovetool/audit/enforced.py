"""A stage that lets nothing pass that the map or an RFC forbids: it rejects what `validate` calls an error."""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.audit.audit import Audit
from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.rule import Severity
from dovetool.frame.selectors import Selectors
from dovetool.frame.view import FrameView
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.stage import Stage
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Gather, Reject, Verdict
from dovetool.vnid_map import VnidMap


@dataclass(frozen=True, slots=True)
class Enforced:
    """Another stage, which does its work on the frames without an error.

    Attributes:
        stage: that stage.
        audit: finds errors, for the moment of each frame: without any grace.
        verifies: missing checksums are errors; wrong ones are for the stage to find.
    """

    stage: Stage
    audit: Audit
    verifies: bool = True

    @property
    def name(self) -> str:
        """The stage's own."""
        return self.stage.name

    @property
    def change_times_ns(self) -> tuple[int, ...]:
        """When VMs come, go and move."""
        return self.audit.change_times_ns

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame: first as the stage does, which may have a reason of its own to reject it."""
        verdict = self.stage.decide(view)
        if isinstance(verdict, Reject | Gather) or verdict == Forward():
            return verdict
        error = self._error(view)
        return verdict if error is None else Reject(Reason(error.kind.reason), error.text)

    def _error(self, view: FrameView) -> Finding | None:
        for found in self.audit.examine(view).findings:
            if found.kind.severity is Severity.ERROR and (self.verifies or found.kind is not Kind.MISSING_CHECKSUM):
                return found
        return None


def enforced(
    stages: Sequence[Stage], vnid_map: VnidMap, selectors: Selectors | None = None, *, verifies: bool = True
) -> list[Stage]:
    """The stages, each of which is strict but the switch that tags, whose selectors are strict anyway.

    Args:
        stages: what does the work.
        vnid_map: who belongs where.
        selectors: what marks an overlay packet; None: as the map says.
        verifies: checksums are asked.
    """
    audit = Audit(vnid_map, selectors_of(vnid_map) if selectors is None else selectors)
    return [stage if stage.name == "tag" else Enforced(stage, audit, verifies) for stage in stages]
