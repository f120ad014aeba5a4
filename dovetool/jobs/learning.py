"""A map learnt from captures."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dovetool.analysis.frame_selection import Picker, Window
from dovetool.capture.roles import Roles
from dovetool.capture.stdio import STDIO
from dovetool.engine.reading import read_through
from dovetool.jobs.encapsulations import decode_as_selectors
from dovetool.jobs.map_writing import write_map
from dovetool.jobs.maps import tpid_number
from dovetool.jobs.opening import Source, claim_inputs, inputs_of, open_capture
from dovetool.jobs.watch import Watch
from dovetool.learning.learner import Learner
from dovetool.learning.learnt import learnt
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.capture.batch import Batch
    from dovetool.errors import CorruptCaptureError
    from dovetool.learning.ledger import Ledger
    from dovetool.map_sources.assembly.told import Told
    from dovetool.vnid_map.file.draft import Settled


class Learnt(NamedTuple):
    """What came of it.

    Attributes:
        ledger: what was seen.
        told: what there is to say of it.
        result: the map.
        damage: what is wrong with the captures from some point on; all before that was learnt from.
    """

    ledger: Ledger
    told: Told
    result: Settled
    damage: CorruptCaptureError | None


@dataclass(frozen=True, slots=True)
class LearnJob:
    """What is to be learnt from.

    Attributes:
        source: the captures.
        output: the map file; `-` is standard output, and None none.
        window: the frames that are learnt from.
        roles: the other files of the command.
        watch: who is told meanwhile.
    """

    source: Source
    output: Path | None = None
    window: Window = Window()
    roles: Roles = field(default_factory=Roles)
    watch: Watch = Watch()

    def carry_out(self, decode_as: list[str] | None, tpid: str) -> Learnt:
        """Do it, with what else marks an overlay packet, and the TPID of the tag.

        Raises:
            UsageError: one of these is none of its kind, or the map would take the place of a capture.
        """
        inputs = inputs_of(self.source)
        claim_inputs(self.roles, self.source)
        if self.output is not None:
            self.roles.writes("-o", None if self.output == STDIO else self.output)
        learner, picker = Learner(decode_as_selectors(decode_as), tpid_number(tpid)), Picker(self.window)

        def take(batch: Batch) -> bool:
            learner.feed(picker.picked(batch))
            return not picker.is_done(batch)

        with open_capture(self.source) as reader:
            with self.watch.show("learn", reader.size) as progress:
                damage = read_through(reader, take, lambda passage: None, progress)
            self.watch.tell_links(reader.link_types)
        told, result = learnt(learner.ledger, ", ".join(map(str, inputs.paths)) or inputs.name)
        if self.output is not None:
            write_map(result, "made by: dovetool map learn", self.output)
        return Learnt(learner.ledger, told, result, damage)
