"""One command's work on a capture: open everything, run, show the summary, answer with the exit code."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.reader import CaptureReader
from dovetool.capture.roles import IN, MAP, OUT, Roles
from dovetool.capture.writer import create_pcapng, create_writer, wants_pcapng
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.foreign import tell_unread
from dovetool.cli.options import Rewriting, SummaryForm, TenantForm
from dovetool.cli.parsing import refuse_terminal
from dovetool.cli.progress import shown_progress
from dovetool.cli.tenancy import TenantChoice
from dovetool.engine.pipeline import Choices, Outputs, Pipeline, Result, run
from dovetool.engine.reassembly import Bounds
from dovetool.engine.side_outputs import Rejects
from dovetool.engine.threads import THREADS, use
from dovetool.errors import UsageError
from dovetool.stages.stage import Stage
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.capture.pcapng import PcapngWriter
    from dovetool.engine.split_writer import Splitter
    from dovetool.observe.annotate import Annotator

MakeStages = Callable[[bool], Sequence[Stage]]


@dataclass(frozen=True, slots=True)
class Job:
    """What a command was asked to do.

    Attributes:
        command: its name.
        asked: from where to where, and what comes of rejected frames.
        map_file: the map that the stages go by.
        taps: directory for one capture a hop.
        split: directory for one capture a VM.
        overwrite: captures of `split` may take the place of others.
        jobs: threads to work with; 0: as many as the machine has cores.
        grows: frames may become longer.
        keeps_link: frames keep the link type that they have.
        bounds: how much may be held of packets that come in pieces.
        annotator: puts what is known about each forwarded frame into its packet's comment.
        choices: which frames it is about.
        tenancy: how the network of a frame is told once its tunnel is gone.
        to_pcapng: the output is pcapng, whatever its name and the input are.
        underlay_name: what an interface is called where its frames have left their tunnel end point.
    """

    command: str
    asked: Rewriting
    map_file: Path | None = None
    taps: Path | None = None
    split: Path | None = None
    overwrite: bool = False
    jobs: int = 1
    grows: bool = False
    keeps_link: bool = False
    bounds: Bounds = field(default_factory=Bounds)
    annotator: Annotator | None = None
    choices: Choices = field(default_factory=Choices)
    tenancy: TenantChoice = field(default_factory=lambda: TenantChoice(TenantForm.NONE))
    to_pcapng: bool = False
    underlay_name: Callable[[str], str] | None = None

    def carry_out(self, make_stages: MakeStages) -> int:
        """Do it.

        Args:
            make_stages: makes the stages; told whether the output holds frames of all link types of the input.

        Returns:
            The exit code.
        """
        refuse_terminal(self.asked.target, "name a file as OUT")
        roles, began = self._roles(), time.monotonic()
        use(self.jobs)
        with CaptureReader(self.asked.source, ahead=THREADS.count > 1) as reader:
            to_pcapng = self._makes_pcapng(reader)
            holds_all = to_pcapng or (self.keeps_link and reader.pcap is not None)
            result = self._run(reader, self._annotated(reader, make_stages(holds_all)), roles)
            tell_unread(reader.link_types)
        if self.asked.summary is not SummaryForm.NONE:
            from dovetool.views.summary import show_summary

            show_summary(
                self.command,
                result.tallies,
                time.monotonic() - began,
                as_json=self.asked.summary is SummaryForm.JSON,
                remarks=self.tenancy.remarks(result.tallies, to_pcapng=to_pcapng),
            )
        if result.damage is not None:
            raise result.damage
        rejected = any(tally.rejected_total for tally in result.tallies)
        return ExitCode.FINDINGS if self.asked.strict and rejected else ExitCode.DONE

    def _makes_pcapng(self, reader: CaptureReader) -> bool:
        return self.to_pcapng or wants_pcapng(self.asked.target, reader)

    def _annotated(self, reader: CaptureReader, stages: Sequence[Stage]) -> Sequence[Stage]:
        if self.annotator is None:
            return stages
        if not self._makes_pcapng(reader):
            raise UsageError(
                f"--annotate writes comments, which pcap has no place for; name OUT .pcapng, not {self.asked.target}"
            )
        return self.annotator.annotated(stages)

    def _roles(self) -> Roles:
        roles = Roles()
        roles.reads(IN, self.asked.source)
        roles.reads(MAP, self.map_file)
        roles.replaces(OUT, self.asked.target)
        roles.writes("--rejects", self.asked.rejects)
        return roles

    def _run(self, reader: CaptureReader, stages: Sequence[Stage], roles: Roles) -> Result:
        if self.taps is not None:
            from dovetool.engine.side_outputs import tap_files

            for path in tap_files(self.taps, stages):
                roles.writes("--taps", path)
        with ExitStack() as stack:
            to_pcapng, grows = self._makes_pcapng(reader), self.grows or len(stages) > 1
            tenants = self.tenancy.tenants(self.asked.target, to_pcapng=to_pcapng)
            behind = THREADS.count > 1 and not reader.is_short
            target = stack.enter_context(CaptureTarget(self.asked.target, behind=behind))
            writer = (
                create_pcapng(target.write, reader, grows=grows, rename=self._rename(stages))
                if to_pcapng
                else create_writer(target.write, self.asked.target, reader, grows=grows, keeps_link=self.keeps_link)
            )
            rejects_target = (
                stack.enter_context(CaptureTarget(self.asked.rejects)) if self.asked.rejects is not None else None
            )
            rejects = Rejects(create_pcapng(rejects_target.write, reader)) if rejects_target is not None else None
            taps = self._taps(stages, reader, stack)
            splitter = self._splitter(self.split, reader, roles, stack) if self.split is not None else None
            outputs = Outputs(writer, rejects, taps, splitter, tenants)
            progress = stack.enter_context(shown_progress(self.command, reader.size))
            return run(reader, Pipeline(stages, outputs, self.bounds, self.choices), progress)

    def _rename(self, stages: Sequence[Stage]) -> Callable[[str], str] | None:
        """What interfaces are called in the output: those of an underlay are not at the port of a VM any more."""
        return self.underlay_name if stages[-1].name == "encap" else None

    def _taps(self, stages: Sequence[Stage], reader: CaptureReader, files: ExitStack) -> Sequence[PcapngWriter]:
        if self.taps is None:
            return ()
        from dovetool.engine.side_outputs import open_taps

        return open_taps(self.taps, stages, reader, files, self.underlay_name)

    def _splitter(self, directory: Path, reader: CaptureReader, roles: Roles, files: ExitStack) -> Splitter:
        from dovetool.engine.split_writer import Splitter

        splitter = Splitter(
            directory,
            lambda sink: create_writer(sink, self.asked.target, reader),
            lambda path: roles.creates("--split", path, overwrite=self.overwrite),
            to_pcapng=self._makes_pcapng(reader),
        )
        return files.enter_context(splitter)
