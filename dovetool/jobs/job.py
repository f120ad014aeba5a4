"""A capture rewritten: everything is opened, the stages run, the files are completed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.pcap import RECORDS
from dovetool.capture.pcapng_blocks import PACKETS
from dovetool.capture.roles import MAP, OUT, Roles
from dovetool.capture.stdio import STDIO
from dovetool.capture.writer import FirstLinkWriter, create_alike, create_pcapng, create_writer, wants_pcapng
from dovetool.engine.pipeline import Choices, Outputs, Pipeline, Result, run
from dovetool.engine.reassembly import Bounds
from dovetool.engine.side_outputs import Rejects
from dovetool.engine.threads import THREADS
from dovetool.errors import CorruptCaptureError, UsageError
from dovetool.jobs.opening import Goal, Source, claim_inputs, open_capture, open_target
from dovetool.jobs.plan import Plan
from dovetool.jobs.watch import Watch
from dovetool.stages.stage import Stage
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.capture.open_capture import OpenCapture
    from dovetool.capture.pcapng import PcapngWriter
    from dovetool.capture.rotation import Rotation
    from dovetool.capture.target import Sink
    from dovetool.capture.writer import CaptureWriter
    from dovetool.engine.part_work import Seams
    from dovetool.engine.reading import Progress
    from dovetool.engine.reassembly import Held
    from dovetool.engine.split_writer import Splitter
    from dovetool.engine.tally import Tally


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a job.

    Attributes:
        source: the captures that are read.
        target: the capture that is written.
        rejects: where rejected frames are kept.
        map_file: the map that the stages go by.
        taps: directory for one capture a hop.
        split: directory for one capture a VM.
        overwrite: captures of `split` may take the place of others.
        rotation: when the output goes on in another file; None: it is one.
        roles: the files of the command; these here are not among them before `claim`.
    """

    source: Source
    target: Goal
    rejects: Path | None = None
    map_file: Path | None = None
    taps: Path | None = None
    split: Path | None = None
    overwrite: bool = False
    rotation: Rotation | None = None
    roles: Roles = field(default_factory=Roles)

    @property
    def target_name(self) -> Path:
        """What the output is called, whose suffix tells its format."""
        return self.target if isinstance(self.target, Path) else Path(self.target.name)

    def claim(self) -> None:
        """Let each play its role; raises a UsageError where one would play two, or is for something else already."""
        claim_inputs(self.roles, self.source)
        self.roles.reads(MAP, self.map_file)
        if isinstance(self.target, Path):
            self.roles.replaces(OUT, self.target)
        self.roles.writes("--rejects", self.rejects)


@dataclass(frozen=True, slots=True)
class Finished:
    """How a job ended.

    Attributes:
        tallies: the counts of each stage.
        total: those over all stages, in which each frame that came in counts once.
        damage: what is wrong with the input from some point on; everything before it was processed and written.
        remarks: what is worth saying besides, a line each.
        held: of a part of a capture, what was held of packets where it began, and where it ended.
    """

    tallies: tuple[Tally, ...]
    total: Tally
    damage: CorruptCaptureError | None = None
    remarks: tuple[str, ...] = ()
    held: tuple[Held, Held] = ((), ())


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done.

    Attributes:
        plan: what becomes of the frames.
        files: where they come from and go to.
        bounds: how much may be held of packets that come in pieces.
        choices: which frames it is about.
        to_pcapng: the output is pcapng, whatever its name and the input are.
        watch: who is told meanwhile.
        seams: the captures are a part of one, which hangs together with others; None: they are whole.
    """

    plan: Plan
    files: Files
    bounds: Bounds = field(default_factory=Bounds)
    choices: Choices = field(default_factory=Choices)
    to_pcapng: bool = False
    watch: Watch = field(default_factory=Watch)
    seams: Seams | None = None

    def carry_out(self) -> Finished:
        """Do it.

        Raises:
            UsageError: it cannot be done as it was asked for.
            CaptureError: the input cannot be read at all, or the output not be written.
        """
        self.files.claim()
        plan = self.plan
        with open_capture(self.files.source) as opened:
            reader = opened if plan.reading is None else plan.reading(opened)
            to_pcapng = self._makes_pcapng(reader)
            holds_all = to_pcapng or (plan.keeps_link and reader.pcap is not None)
            result, held = self._run(reader, self._annotated(reader, plan.make_stages(holds_all)))
            self.watch.tell_links(reader.link_types)
        remarks = plan.tenancy.remarks(result.tallies, to_pcapng=to_pcapng)
        return Finished(result.tallies, result.total, result.damage, remarks, held)

    def _makes_pcapng(self, reader: OpenCapture) -> bool:
        return self.to_pcapng or wants_pcapng(self.files.target_name, reader)

    def _annotated(self, reader: OpenCapture, stages: Sequence[Stage]) -> Sequence[Stage]:
        if self.plan.annotator is None:
            return stages
        if not self._makes_pcapng(reader):
            name = self.files.target_name
            raise UsageError(f"--annotate writes comments, which pcap has no place for; name OUT .pcapng, not {name}")
        return self.plan.annotator.annotated(stages)

    def _run(self, reader: OpenCapture, stages: Sequence[Stage]) -> tuple[Result, tuple[Held, Held]]:
        files, plan = self.files, self.plan
        if files.taps is not None:
            from dovetool.engine.side_outputs import tap_files

            for path in tap_files(files.taps, stages):
                files.roles.writes("--taps", path)
        with ExitStack() as stack:
            to_pcapng, grows = self._makes_pcapng(reader), plan.grows or len(stages) > 1
            tenants = plan.tenancy.tenants(files.target_name, to_pcapng=to_pcapng)
            behind = THREADS.count > 1 and not reader.is_short

            def begin(sink: Sink) -> CaptureWriter:
                return self._writer(sink, reader, stages, to_pcapng=to_pcapng, grows=grows)

            writer = self._output(begin, stack, to_pcapng=to_pcapng, behind=behind)
            rejects_target = stack.enter_context(CaptureTarget(files.rejects)) if files.rejects is not None else None
            rejects = Rejects(create_pcapng(rejects_target.write, reader)) if rejects_target is not None else None
            taps = self._taps(stages, reader, stack)
            splitter = self._splitter(files.split, reader, stack) if files.split is not None else None
            outputs = Outputs(writer, rejects, taps, splitter, tenants)
            progress = stack.enter_context(self.watch.show(plan.name, reader.size))
            pipeline = Pipeline(stages, outputs, self.bounds, self.choices, self.plan.sieve())
            result, held = self._carried_through(reader, pipeline, progress)
            if isinstance(writer, FirstLinkWriter):
                writer.end()
            return result, held

    def _carried_through(
        self, reader: OpenCapture, pipeline: Pipeline, progress: Progress | None
    ) -> tuple[Result, tuple[Held, Held]]:
        if self.seams is None:
            return run(reader, pipeline, progress), ((), ())
        from dovetool.engine.part_work import PartWork

        work = PartWork(pipeline, self.seams)
        return run(reader, work, progress), (work.began, work.ended)

    def _output(
        self, begin: Callable[[Sink], CaptureWriter], files: ExitStack, *, to_pcapng: bool, behind: bool
    ) -> CaptureWriter:
        """The one output, or the row of files in its place."""
        target = self.files.target
        if self.files.rotation is None:
            opened = open_target(target, behind=behind)
            files.enter_context(opened)
            return begin(opened.write)
        from dovetool.capture.rotation import RotatingWriter

        if not isinstance(target, Path) or target == STDIO or (target.exists() and not target.is_file()):
            raise UsageError("--rotate-size, --rotate-time: OUT has to be the name of a file")

        def claim(path: Path) -> None:
            self.files.roles.creates(OUT, path, overwrite=True)

        framing = PACKETS if to_pcapng else RECORDS
        writer = RotatingWriter(target, self.files.rotation, begin, framing, claim, behind=behind)
        return files.enter_context(writer)

    def _writer(
        self, sink: Sink, reader: OpenCapture, stages: Sequence[Stage], *, to_pcapng: bool, grows: bool
    ) -> CaptureWriter:
        if to_pcapng:
            return create_pcapng(sink, reader, grows=grows, rename=self._rename(stages))
        if self.plan.as_they_are:
            return create_alike(sink, reader, to_pcapng=False)
        return create_writer(sink, self.files.target_name, reader, grows=grows, keeps_link=self.plan.keeps_link)

    def _rename(self, stages: Sequence[Stage]) -> Callable[[str], str] | None:
        """What interfaces are called in the output: those of an underlay are not at the port of a VM any more."""
        return self.plan.underlay_name if stages[-1].name == "encap" else None

    def _taps(self, stages: Sequence[Stage], reader: OpenCapture, files: ExitStack) -> Sequence[PcapngWriter]:
        if self.files.taps is None:
            return ()
        from dovetool.engine.side_outputs import open_taps

        return open_taps(self.files.taps, stages, reader, files, self.plan.underlay_name)

    def _splitter(self, directory: Path, reader: OpenCapture, files: ExitStack) -> Splitter:
        from dovetool.engine.split_writer import Splitter

        splitter = Splitter(
            directory,
            lambda sink: create_writer(sink, self.files.target_name, reader),
            lambda path: self.files.roles.creates("--split", path, overwrite=self.files.overwrite),
            to_pcapng=self._makes_pcapng(reader),
        )
        return files.enter_context(splitter)
