"""What happened to the frames of a stage, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import field

from dovetool.values import dataclass


@dataclass(slots=True)
class Tally:
    """Counts of one stage.

    Attributes:
        stage: name of the stage.
        frames_in: frames that came in; always forwarded + absorbed + rejected.
        forwarded: frames that went on.
        unchanged: those of them that went on octet for octet.
        absorbed: fragments that went into a reassembled frame, all but one of each.
        replicas: copies made beyond the first, and fragments beyond the first of a packet.
        rejected: frames that did not go on, by reason.
        notes: forwarded frames with something to report about them, by what it is; those whose frame check sequence
            was taken off, whatever became of them.
        bytes_in: octets on the wire of the frames that came in.
        bytes_out: octets on the wire of the frames that went on, replicas too.
        vnids: forwarded frames by VNID.
        loss: what could not be carried from one encapsulation to another, by kind.
    """

    stage: str
    frames_in: int = 0
    forwarded: int = 0
    unchanged: int = 0
    absorbed: int = 0
    replicas: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    bytes_in: int = 0
    bytes_out: int = 0
    vnids: Counter[int] = field(default_factory=Counter)
    loss: Counter[str] = field(default_factory=Counter)

    @property
    def frames_out(self) -> int:
        """Frames that left the stage."""
        return self.forwarded + self.replicas

    @property
    def rejected_total(self) -> int:
        """Frames rejected for any reason."""
        return self.rejected.total()

    def check(self) -> None:
        """Raise AssertionError when a frame is unaccounted for: that would be a defect of dovetool."""
        if self.frames_in != self.forwarded + self.absorbed + self.rejected_total:
            raise AssertionError(f"{self.stage}: {self.frames_in} frames in, and not all accounted for: {self}")

    def add(self, other: Tally) -> None:
        """Add the counts of another part of the same capture."""
        for name in ("frames_in", "forwarded", "unchanged", "absorbed", "replicas", "bytes_in", "bytes_out"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("rejected", "notes", "vnids", "loss"):
            getattr(self, name).update(getattr(other, name))


def sum_of(tallies: Iterable[Tally]) -> Tally:
    """The counts of a stage from several captures, one at least, or parts of one."""
    first, *others = tallies
    total = Tally(first.stage)
    for tally in (first, *others):
        total.add(tally)
    return total
