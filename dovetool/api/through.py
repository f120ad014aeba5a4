"""Plans carried out: from file to file, or from frame to frame."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from dovetool.api.asking import PathLike, in_python, path_of, undamaged, work_with
from dovetool.api.capture import Capture
from dovetool.api.eyes import Block, Eyes
from dovetool.api.frame import Frame
from dovetool.api.given import frames_of, goal_of, is_paths, source_of
from dovetool.api.handing_out import handed_out
from dovetool.api.summary import Summary
from dovetool.capture.batch import Batch, Framing, Passage
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.framing import BARE, Records
from dovetool.capture.remote.location import place_of
from dovetool.capture.roles import MAP, Roles
from dovetool.capture.writer import create_pcapng
from dovetool.engine.pipeline import Choices, Outputs, Pipeline
from dovetool.engine.reassembly import Bounds
from dovetool.engine.side_outputs import Rejects
from dovetool.errors import CorruptCaptureError, UsageError
from dovetool.jobs.job import Files, Job
from dovetool.jobs.opening import claim_inputs, inputs_of, open_capture
from dovetool.jobs.plan import Plan
from dovetool.values import dataclass

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dovetool.capture.target import Sink
    from dovetool.jobs.opening import Source

Given = PathLike | Sequence[PathLike] | BinaryIO | Iterable[Frame | bytes]
"""What can be rewritten: a path, a file object, a capture, or frames."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked besides the plan.

    Attributes:
        source: what is rewritten.
        target: the capture that is written; None: frames are handed out.
        map_file: the map, where it is a file.
        rejects: where rejected frames are kept.
        taps: directory for one capture a hop.
        split: directory for one capture a VM.
        overwrite: captures of `split` may take the place of others.
        bounds: how much may be held of packets that come in pieces.
        jobs: threads to work with; 0: as many as the machine has cores.
        eyes: look at the frames that are handed out.
    """

    source: Given
    target: PathLike | BinaryIO | None
    map_file: Path | None = None
    rejects: PathLike | None = None
    taps: PathLike | None = None
    split: PathLike | None = None
    overwrite: bool = False
    bounds: Bounds = Bounds()
    jobs: int = 0
    eyes: Eyes = Eyes()


class Rewritten(Iterator[Frame]):
    """Frames as they come out of the stages; ask for the next, or iterate.

    Attributes:
        summary: what became of the frames so far; it is whole once all were handed out.
    """

    def __init__(self, plan: Plan, asked: Asked) -> None:
        """Internal: what rewrites frames makes it."""
        self._plan, self._asked, self._began = plan, asked, time.monotonic()
        self._pipeline: Pipeline | None = None
        self._source, self._choices = _source(asked.source)
        claim_inputs(roles := Roles(), self._source)
        roles.reads(MAP, asked.map_file)
        roles.writes("rejects", path_of(asked.rejects))
        if inputs_of(self._source).can_be_read_twice:
            open_capture(self._source).close()
        self._finder, self._next = asked.eyes.finder(), 1
        self._frames = self._through()

    def __next__(self) -> Frame:
        return next(self._frames)

    @property
    def summary(self) -> Summary:
        """What became of the frames so far."""
        pipeline = self._pipeline or Pipeline(self._plan.make_stages(True), Outputs(_Collector()))
        tallies = pipeline.tallies()
        return Summary(self._plan.name, tallies, pipeline.total(tallies), time.monotonic() - self._began)

    def close(self) -> None:
        """Take no more frames."""
        self._frames.close()

    def _through(self) -> Generator[Frame, None, None]:
        plan, asked = self._plan, self._asked
        with ExitStack() as stack:
            reader = stack.enter_context(open_capture(self._source))
            rejects = None
            if asked.rejects is not None:
                kept = stack.enter_context(CaptureTarget(place_of(asked.rejects)))
                rejects = Rejects(create_pcapng(kept.write, reader))
            collector = _Collector()
            tenants = plan.tenancy.tenants(Path(), to_pcapng=True)
            outputs = Outputs(collector, rejects, tenants=tenants)
            self._pipeline = pipeline = Pipeline(
                plan.make_stages(True), outputs, asked.bounds, self._choices, plan.sieve()
            )
            try:
                for item in reader:
                    if isinstance(item, Passage):
                        pipeline.pass_on(item)
                    else:
                        pipeline.feed(item)
                    yield from self._handed_out(collector)
            except CorruptCaptureError as error:
                pipeline.finish()
                yield from self._handed_out(collector)
                error.partial = self.summary
                raise
            pipeline.finish()
            yield from self._handed_out(collector)

    def _handed_out(self, collector: _Collector) -> Iterator[Frame]:
        for batch in collector.taken():
            numbers = range(self._next, self._next + len(batch))
            self._next = numbers.stop
            look = partial(self._finder.look, batch, np.array(numbers))
            yield from handed_out(batch, numbers, Block(self._asked.eyes, look))

    def __repr__(self) -> str:
        return f"<Rewritten by {self._plan.name}: {self.summary.frames_out:,} frames so far>"

    def __rich__(self) -> RenderableType:
        return self.summary.__rich__()

    def _repr_html_(self) -> str:
        return self.summary._repr_html_()


class _Collector:
    """Keeps what stages make until it is handed out."""

    framing: Framing = BARE

    def __init__(self) -> None:
        self._batches: list[Batch] = []
        self.sink: Sink = bool

    def pass_on(self, passage: Passage) -> None:
        """Frames have no such blocks around them."""

    def records(self, batch: Batch) -> Records:
        """Nothing is written."""
        raise NotImplementedError

    def octets_ahead(self, batch: Batch) -> list[tuple[int, int]]:
        """Likewise."""
        return []

    def write(self, batch: Batch) -> None:
        """Keep it."""
        self._batches.append(batch)

    def taken(self) -> list[Batch]:
        """What was kept since the last time."""
        batches, self._batches = self._batches, []
        return batches


def carried_out(plan: Plan, asked: Asked) -> Summary | Rewritten:
    """Do what is planned.

    Raises:
        CorruptCaptureError: the input is damaged from some point on; `partial` is the summary of all before.
        UsageError: it is bad use, or a file plays two roles.
    """
    work_with(asked.jobs)
    if asked.target is None:
        for name in ("taps", "split"):
            if getattr(asked, name) is not None:
                raise UsageError(f"{name}: is for a capture that is written; name a target")
        return Rewritten(plan, asked)
    source, choices = _source(asked.source)
    files = Files(
        source=source,
        target=goal_of(asked.target),
        rejects=path_of(asked.rejects),
        map_file=asked.map_file,
        taps=path_of(asked.taps),
        split=path_of(asked.split),
        overwrite=asked.overwrite,
    )
    began = time.monotonic()
    with in_python():
        finished = Job(plan, files, asked.bounds, choices).carry_out()
    summary = Summary(plan.name, finished.tallies, finished.total, time.monotonic() - began, finished.remarks)
    return undamaged(summary, finished.damage)


def _source(given: Given) -> tuple[Source, Choices]:
    """A path or a file object, with what chooses frames of a capture; else frames."""
    if is_paths(given):
        return source_of(given), Choices()
    whole = given.reading().chosen() if isinstance(given, Capture) else None
    if whole is not None:
        return whole
    if isinstance(given, Capture) or not hasattr(given, "read"):
        return frames_of(given), Choices()  # type: ignore[arg-type]  # paths were told apart
    return source_of(given), Choices()  # type: ignore[arg-type]  # what has `read` is checked there
