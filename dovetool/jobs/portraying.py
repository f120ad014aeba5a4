"""Captures on their way to a portrait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Self

from dovetool.analysis.frame_selection import Window
from dovetool.analysis.frame_summary import Sight
from dovetool.audit.audit import DEFAULT_GRACE_NS, Audit
from dovetool.audit.form_audit import FormAudit
from dovetool.capture.roles import IN, MAP, Roles
from dovetool.errors import CorruptCaptureError
from dovetool.jobs.looking import Looking
from dovetool.jobs.watch import Watch
from dovetool.jobs.words import compiled_map
from dovetool.learning.learner import Learner
from dovetool.observe.frame_filter import FrameFilter
from dovetool.observe.names import Names
from dovetool.observe.observe import Detail
from dovetool.portrait.portrait import Portrait
from dovetool.portrait.sitting import Sitting
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile


@dataclass(frozen=True, slots=True)
class Portraying:
    """Looks at captures.

    Attributes:
        lookings: the captures.
        learner: learns from them who belongs where.
        audit: says what is wrong with frames.
        said: the map; None without one.
        map_name: its file.
        damages: what is wrong with captures that are damaged.
    """

    lookings: Sequence[Looking]
    learner: Learner
    audit: Audit | FormAudit
    said: MapFile | None
    map_name: str
    damages: list[CorruptCaptureError]

    @classmethod
    def of(
        cls,
        sources: Sequence[Path],
        map_file: Path | None,
        decode_as: list[str] | None,
        tpid: str | None,
        depth: int,
        watch: Watch | None = None,
    ) -> Self:
        """What the options of a command say; raises a UsageError or MapError."""
        roles = Roles()
        for source in sources:
            roles.reads(IN, source)
        roles.reads(MAP, map_file)
        said = _read(map_file) if map_file is not None else None
        vnid_map = compiled_map(said, tpid) if said is not None else None
        first = Looking.by(sources[0], vnid_map, decode_as, tpid, depth, roles, watch)
        if vnid_map is not None:
            audit: Audit | FormAudit = Audit(vnid_map, first.selectors, DEFAULT_GRACE_NS)
        else:
            audit = FormAudit(first.tpid, first.selectors)
        lookings = [replace(first, source=source) for source in sources]
        learner = Learner(first.selectors, first.tpid)
        return cls(lookings, learner, audit, said, "" if map_file is None else str(map_file), [])

    @property
    def names(self) -> Names:
        """What gives names."""
        return self.lookings[0].names

    @property
    def roles(self) -> Roles:
        """Which files are in use."""
        return self.lookings[0].roles

    def portrait(self, wanted: FrameFilter, window: Window, chosen: Mapping[str, object]) -> Portrait:
        """Look at all captures, one after the other.

        Args:
            wanted: chooses frames by what they are.
            window: chooses them by number and time.
            chosen: the options that said so.
        """
        later = Detail.UNDERLAY | Detail.MACS | Detail.IPS
        sight = Sight(self.lookings[0].observe(wanted.detail, later), self.names, None, wanted)
        sitting = Sitting(sight, self.audit, self.learner, window)
        for looking in self.lookings:
            sitting.begin()
            damage = looking.feed("report", sitting.feed)
            sitting.end(looking.inputs.name, "" if damage is None else str(damage))
            if damage is not None:
                self.damages.append(damage)
        return sitting.portrait(self.said, self.map_name, _words(chosen))


def _read(map_file: Path) -> MapFile:
    from dovetool.vnid_map.file.load import load

    return load(str(map_file))


def _words(chosen: Mapping[str, object]) -> str:
    """The options that choose frames, as they were given."""
    given = ((option, value if isinstance(value, list) else [value]) for option, value in chosen.items() if value)
    return " ".join(f"{option} {quote(str(each))}" for option, values in given for each in values)
