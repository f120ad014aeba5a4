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
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.names import name_of, readable
from dovetool.capture.roles import MAP, Roles
from dovetool.errors import CorruptCaptureError, DamagedInputsError, UsageError
from dovetool.jobs.following import FollowJob, refuse_read_once
from dovetool.jobs.looking import Looking
from dovetool.jobs.maps import compiled_map
from dovetool.jobs.opening import Source, claim_inputs
from dovetool.jobs.watch import Watch
from dovetool.learning.learner import Learner
from dovetool.observe.frame_filter import FrameFilter
from dovetool.observe.names import Names
from dovetool.observe.observe import Detail
from dovetool.portrait.hops import Hops, hops_of
from dovetool.portrait.portrait import Captures, Portrait
from dovetool.portrait.sitting import Sitting
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile

_FOLLOW = "--follow"


@dataclass(frozen=True, slots=True)
class Portraying:
    """Looks at captures.

    Attributes:
        looking: at the captures, as one.
        learner: learns from them who belongs where.
        audit: says what is wrong with frames.
        said: the map; None without one.
        map_name: its file.
    """

    looking: Looking
    learner: Learner
    audit: Audit | FormAudit
    said: MapFile | None
    map_name: str

    @classmethod
    def of(
        cls,
        source: Source,
        map_file: Path | None,
        decode_as: list[str] | None,
        tpid: str | None,
        depth: int,
        watch: Watch | None = None,
        roles: Roles | None = None,
    ) -> Self:
        """What the options of a command say, with files that get their roles; raises a UsageError or MapError."""
        roles = roles or Roles()
        claim_inputs(roles, source)
        roles.reads(MAP, map_file)
        said = _read(map_file) if map_file is not None else None
        vnid_map = compiled_map(said, tpid) if said is not None else None
        looking = Looking.by(source, vnid_map, decode_as, tpid, depth, roles, watch)
        if vnid_map is not None:
            audit: Audit | FormAudit = Audit(vnid_map, looking.selectors, DEFAULT_GRACE_NS)
        else:
            audit = FormAudit(looking.tpid, looking.selectors)
        learner = Learner(looking.selectors, looking.tpid)
        return cls(looking, learner, audit, said, "" if map_file is None else readable(map_file))

    @property
    def names(self) -> Names:
        """What gives names."""
        return self.looking.names

    @property
    def roles(self) -> Roles:
        """Which files are in use."""
        return self.looking.roles

    def portrait(
        self, wanted: FrameFilter, window: Window, chosen: Mapping[str, object], places: Sequence[Inputs] = ()
    ) -> tuple[Portrait, CorruptCaptureError | None]:
        """Look at the captures.

        Args:
            wanted: chooses frames by what they are.
            window: chooses them by number and time.
            chosen: the options that said so.
            places: the captures of each place that packets come by, in that order, where packets are to be followed.

        Returns:
            The portrait, and what is wrong with captures from some point on; all before it was looked at.

        Raises:
            UsageError: packets cannot be followed: some are left out, or none is at two places.
        """
        if places:
            _claim_places(places, chosen)
        later = Detail.UNDERLAY | Detail.MACS | Detail.IPS
        sight = Sight(self.looking.observe(wanted.detail, later), self.names, None, wanted)
        sitting = Sitting(sight, self.audit, self.learner, window)
        damage = self.looking.feed("report", sitting.feed)
        names = [name_of(path) for path in self.looking.inputs.paths]
        captures = Captures(names or [self.looking.inputs.name], _problems(damage))
        hops = self._hops(places) if places else None
        portrait = sitting.portrait(captures, self.said, self.map_name, _words(chosen))
        return portrait._replace(hops=hops), damage

    def _hops(self, places: Sequence[Inputs]) -> Hops:
        """What became of packets from place to place."""
        followed, _ = FollowJob(replace(self.looking, source=places[0]), places).carry_out()
        return hops_of(followed)


def _claim_places(places: Sequence[Inputs], chosen: Mapping[str, object]) -> None:
    """Raise a UsageError if captures can be read but once, or if options choose some of the packets to be followed."""
    options = [option for option, value in chosen.items() if value]
    if options:
        raise UsageError(f"{_FOLLOW} is about all packets: {options[0]} cannot choose some")
    refuse_read_once(_FOLLOW, places)


def _problems(damage: CorruptCaptureError | None) -> list[str]:
    if damage is None:
        return []
    return damage.problems if isinstance(damage, DamagedInputsError) else [str(damage)]


def _read(map_file: Path) -> MapFile:
    from dovetool.vnid_map.file.load import load

    return load(str(map_file))


def _words(chosen: Mapping[str, object]) -> str:
    """The options that choose frames, as they were given."""
    given = ((option, value if isinstance(value, list) else [value]) for option, value in chosen.items() if value)
    return " ".join(f"{option} {quote(str(each))}" for option, values in given for each in values)
