"""Work on a part of a capture, after which what was done with all parts is what would have been done with the whole.

Of packets that come in pieces, some may be held where one part ends and the next begins. The end of a part lets them
be: they are the next one's. The beginning learns them from the frames before, which are read for that and for nothing
else. Whether both have the same can be seen by comparing; if not, the work is done again with what is really held.
"""

from __future__ import annotations

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.pcapng import INTERFACE, SECTION
from dovetool.capture.slicing import part_of
from dovetool.engine.pipeline import Pipeline
from dovetool.engine.reassembly import Held
from dovetool.engine.tally import Tally
from dovetool.values import dataclass


@dataclass(frozen=True, slots=True)
class Seams:
    """How a part of a capture hangs together with those around it.

    Attributes:
        first: number of its first frame; those before it are learnt from.
        goes_on: another part follows.
        held: what is held of packets where it begins; None: what the frames before show.
    """

    first: int
    goes_on: bool
    held: Held | None = None


class PartWork:
    """A pipeline of one stage at work on a part.

    Attributes:
        began: what was held of packets when the part began.
        ended: what was held when it ended, and another part can go on with.
    """

    def __init__(self, pipeline: Pipeline, seams: Seams) -> None:
        self.began: Held = ()
        self.ended: Held = ()
        self._pipeline, self._seams = pipeline, seams
        (self._runner,) = pipeline.runners
        self._is_own = False

    def feed(self, batch: Batch) -> None:
        """Take a batch."""
        before = 0 if self._is_own else min(max(self._seams.first - batch.first_number, 0), len(batch))
        if before:
            for _ in self._runner.process(part_of(batch, 0, before), self._pipeline.outputs.writer.framing):
                pass
        if before < len(batch):
            if not self._is_own:
                self._begin()
            self._pipeline.feed(part_of(batch, before, len(batch)))

    def _begin(self) -> None:
        self._is_own = True
        if self._seams.held is not None:
            self._runner.take_over(self._seams.held)
        self.began = self._runner.held
        self._runner.count_anew()

    def pass_on(self, passage: Passage) -> None:
        """Take a block without a frame; of those before the part, what it needs."""
        if self._is_own or passage.kind in {SECTION, INTERFACE} or self._seams.first == 1:
            self._pipeline.pass_on(passage)

    def finish(self) -> None:
        """The part has ended, or the capture."""
        self.ended = self._runner.held
        if not self._seams.goes_on:
            self._pipeline.finish()

    def tallies(self) -> tuple[Tally, ...]:
        """The counts of the part."""
        return self._pipeline.tallies()

    def total(self, tallies: tuple[Tally, ...]) -> Tally:
        """The same in one."""
        return self._pipeline.total(tallies)
