"""A capture that is looked at, or several: it is opened, and its batches are fed to who wants them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from dovetool.capture.merging.opening import Inputs
from dovetool.capture.roles import MAP, Roles
from dovetool.engine.reading import read_through
from dovetool.errors import CorruptCaptureError
from dovetool.jobs.encapsulations import decode_as_selectors, map_selectors
from dovetool.jobs.maps import loaded_map, tpid_number
from dovetool.jobs.opening import Given, Source, claim_inputs, inputs_of, open_capture
from dovetool.jobs.watch import Watch
from dovetool.observe.names import Names
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.analysis.frame_summary import Judge, Judgement
    from dovetool.capture.batch import Batch, Passage
    from dovetool.capture.open_capture import OpenCapture
    from dovetool.frame.selectors import Selectors
    from dovetool.frame.view import FrameView
    from dovetool.observe.observe import Detail, Observe
    from dovetool.vnid_map import VnidMap


@dataclass(frozen=True, slots=True)
class Looking:
    """A capture that is looked at.

    Attributes:
        source: the captures.
        names: gives names, those of the map where there is one.
        selectors: what marks an overlay packet.
        tpid: TPID of the DOVE tag.
        depth: tunnels looked into at most.
        roles: which files are in use.
        watch: who is told while it is read.
    """

    source: Source
    names: Names
    selectors: Selectors
    tpid: int
    depth: int
    roles: Roles = field(default_factory=Roles)
    watch: Watch = field(default_factory=Watch)

    @classmethod
    def of(
        cls,
        source: Source,
        given_map: Path | VnidMap | None,
        decode_as: list[str] | None,
        tpid: str | None,
        depth: int,
        watch: Watch | None = None,
        roles: Roles | None = None,
    ) -> Self:
        """What words say, with files that get their roles; raises a UsageError or MapError."""
        roles = roles or Roles()
        claim_inputs(roles, source)
        roles.reads(MAP, given_map if isinstance(given_map, Path) else None)
        vnid_map = loaded_map(given_map, tpid) if given_map is not None else None
        return cls.by(source, vnid_map, decode_as, tpid, depth, roles, watch)

    @classmethod
    def by(
        cls,
        source: Source,
        vnid_map: VnidMap | None,
        decode_as: list[str] | None,
        tpid: str | None,
        depth: int,
        roles: Roles,
        watch: Watch | None = None,
    ) -> Self:
        """The same with a map that was loaded, and files that have their roles, or get them from the job."""
        selectors, number = cls.marks(vnid_map, decode_as, tpid)
        return cls(source, Names(vnid_map), selectors, number, depth, roles=roles, watch=watch or Watch())

    @staticmethod
    def marks(vnid_map: VnidMap | None, decode_as: list[str] | None, tpid: str | None) -> tuple[Selectors, int]:
        """What marks an overlay packet, and the TPID of the tag; raises a UsageError."""
        selectors = map_selectors(vnid_map, decode_as) if vnid_map is not None else decode_as_selectors(decode_as)
        return selectors, tpid_number(tpid) if tpid is not None else _tpid_of(vnid_map)

    @property
    def inputs(self) -> Given:
        """The captures, as they are read."""
        return inputs_of(self.source)

    def at(self, source: Path) -> Self:
        """The same, of a copy of the captures in one file."""
        inputs = self.inputs
        return self if inputs.single == source else replace(self, source=Inputs((source,), title=inputs.name))

    def observe(self, detail: Detail, later: Detail | None = None) -> Observe:
        """Says what a frame is, in this detail, and where the rest stands."""
        from dovetool.observe.observe import Detail, Observe

        return Observe(self.selectors, self.tpid, self.depth, detail, later or Detail.TUNNELS)

    def judge(self) -> Judge | None:
        """Says what is wrong with a frame by the map, as `validate` does for each by itself; None without a map.

        About a frame that is none of the map's business it says None.
        """
        if self.names.vnid_map is None:
            return None
        from dovetool.analysis.frame_summary import Judgement
        from dovetool.audit.audit import DEFAULT_GRACE_NS, Audit
        from dovetool.audit.examined import Hop

        audit = Audit(self.names.vnid_map, self.selectors, DEFAULT_GRACE_NS)

        def judge(view: FrameView) -> Judgement | None:
            examined = audit.examine(view)
            if examined.hop is Hop.OTHER and not examined.findings:
                return None
            asked = tuple((check, tuple(found.kind for found in those)) for check, those in examined.checks)
            return Judgement(tuple(dict.fromkeys(finding.kind for finding in examined.findings)), asked)

        return judge

    def check(self) -> None:
        """Raise what is wrong with the beginning of the capture, if anything is; it must not be a pipe."""
        self.opened().close()

    def feed(
        self, what: str, take: Callable[[Batch], object], meet: Callable[[Passage], object] = bool
    ) -> CorruptCaptureError | None:
        """Read the capture and have `take` look at its batches, until it answers False; `meet` gets all else.

        Returns:
            What is wrong with the capture from some point on; all before it was looked at.
        """
        with self.opened() as reader:
            return self.read(reader, what, take, meet)

    def opened(self) -> OpenCapture:
        """The captures, open."""
        return open_capture(self.source)

    def read(
        self,
        reader: OpenCapture,
        what: str,
        take: Callable[[Batch], object],
        meet: Callable[[Passage], object],
    ) -> CorruptCaptureError | None:
        """As `feed`, of the open capture."""
        with self.watch.show(what, reader.size) as progress:
            damage = read_through(reader, take, meet, progress)
        self.watch.tell_links(reader.link_types)
        return damage


def _tpid_of(vnid_map: VnidMap | None) -> int:
    from dovetool.wire.fields import EtherType

    return vnid_map.tpid if vnid_map is not None else EtherType.DOVE
