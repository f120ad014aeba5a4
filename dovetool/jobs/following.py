"""Packets followed through several captures: what became of each is found out, and the lost ones are kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from dovetool.analysis.frame_summary import Sight
from dovetool.capture.batch import Batch, Column
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.merging.finding import captures_of
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.names import name_of, readable
from dovetool.capture.writer import create_pcapng
from dovetool.engine.side_outputs import CommentedFrames
from dovetool.errors import CorruptCaptureError, UsageError
from dovetool.following.follower import Followed, Follower
from dovetool.jobs.looking import Looking
from dovetool.jobs.opening import claim_inputs
from dovetool.observe.observe import Detail
from dovetool.values import dataclass

REJECTS = "--rejects"


def places_of(words: Sequence[Path], *, recursive: bool = False) -> list[Inputs]:
    """The captures of each place: a file, or all files of a folder or pattern; those of a single one are a place each.

    Args:
        words: they mean the places, in the order of the way.
        recursive: also take captures in folders within folders.

    Raises:
        UsageError: there is but one place, or a capture is at two.
        CaptureError: a folder cannot be read.
    """
    found = [captures_of((word,), recursive=recursive) for word in words]
    if len(found) == 1:
        places = [Inputs((path,)) for path in found[0]]
    else:
        places = [Inputs(paths, title=readable(word)) for word, paths in zip(words, found, strict=True)]
    if len(places) < 2:
        raise UsageError("follow needs captures of two places or more, in the order in which packets come by")
    seen: set[Path] = set()
    for path in (path for place in places for path in place.paths):
        if path in seen:
            raise UsageError(f"{name_of(path)} is named twice: follow goes from one capture to another")
        seen.add(path)
    return places


def refuse_read_once(option: str, places: Sequence[Inputs]) -> None:
    """Raise a UsageError if a capture of some places can be read but once, as an option has them read twice."""
    if not all(place.can_be_read_twice for place in places):
        raise UsageError(f"{option} reads captures twice; each has to be a file")


@dataclass(frozen=True, slots=True)
class FollowJob:
    """What is to be followed.

    Attributes:
        looking: the captures of the first place.
        sources: the captures of each place, in the order of the way.
        rejects: where the lost frames are kept.
    """

    looking: Looking
    sources: Sequence[Inputs]
    rejects: Path | None = None

    def carry_out(self) -> tuple[Followed, Sequence[CorruptCaptureError]]:
        """Do it.

        Returns:
            What became of the packets, and what is wrong with captures from some point on; all before it was followed.

        Raises:
            UsageError: no packet is at two places.
        """
        self._claim()
        looking = self.looking
        follower = Follower(Sight(looking.observe(Detail.TUNNELS, Detail.ALL), looking.names, looking.judge()))
        damages = [
            replace(looking, source=source).feed("follow", follower.reader(source.name).feed) for source in self.sources
        ]
        followed = follower.followed()
        if self.rejects is not None:
            self._keep(self.rejects, followed)
        return followed, [damage for damage in damages if damage is not None]

    def _claim(self) -> None:
        """Every file of its own."""
        for source in self.sources[1:]:
            claim_inputs(self.looking.roles, source)
        self.looking.roles.writes(REJECTS, self.rejects)
        if self.rejects is not None:
            refuse_read_once(REJECTS, self.sources)

    def _keep(self, rejects: Path, followed: Followed) -> None:
        """Write the lost frames as they were last seen, a section for each capture."""
        with ExitStack() as stack:
            target = stack.enter_context(CaptureTarget(rejects))
            lost = {place: followed.lost_numbers(place) for place in range(len(self.sources))}
            with_losses = [place for place, (numbers, _, _) in lost.items() if len(numbers)]
            for place in with_losses or [0]:  # a capture that can be opened, if of no frame
                numbers, texts, which = lost[place]
                looking = replace(self.looking, source=self.sources[place])
                reader = stack.enter_context(looking.opened())
                kept = CommentedFrames(create_pcapng(target.write, reader))
                chosen = _Chosen(kept, numbers, texts, which)
                looking.read(reader, "follow", chosen.take, kept.pass_on)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Frames of a capture by number, ascending, and the number of the text about each."""

    kept: CommentedFrames
    numbers: Column
    texts: Sequence[str]
    which: Column

    def take(self, batch: Batch) -> bool:
        """Write those of a batch; False when none is left behind it."""
        first, end = np.searchsorted(self.numbers, [batch.first_number, batch.first_number + len(batch)])
        if end > first:
            rows = self.numbers[first:end] - batch.first_number
            self.kept.write(batch.take(rows), self.texts, self.which[first:end])
        return bool(end < len(self.numbers))
