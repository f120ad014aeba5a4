"""The command that sorts the frames of a capture into many captures."""

from __future__ import annotations

import time
from contextlib import ExitStack
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dovetool.capture.remote.location import place_of
from dovetool.cli import options
from dovetool.cli.command import add
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.options import SummaryForm
from dovetool.errors import UsageError
from dovetool.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from dovetool.analysis.split import BatchSorter
    from dovetool.capture.open_capture import OpenCapture
    from dovetool.capture.target import Sink
    from dovetool.capture.writer import CaptureWriter
    from dovetool.engine.flow_table import Classifier
    from dovetool.engine.pipeline import Result
    from dovetool.errors import CorruptCaptureError
    from dovetool.jobs.corpus import Task
    from dovetool.jobs.job import Finished
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.watch import Watch


class SplitBy(StrEnum):
    """What frames are sorted by."""

    VNID = "vnid"
    VM = "vm"
    TEP = "tep"
    ENCAP = "encap"
    REASON = "reason"


class Format(StrEnum):
    """The format of the captures."""

    PCAP = "pcap"
    PCAPNG = "pcapng"


Directory = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help="directory for the captures; made when it is not there; s3:// and the like too",
        parser=place_of,
        show_default=False,
    ),
]
Key = Annotated[SplitBy, typer.Option("--by", help="what frames are sorted by")]
Names = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: what networks, TEPs and VMs are called")
]
AsFormat = Annotated[Format | None, typer.Option("--format", help="format of the captures; else that of IN")]
Depth = Annotated[int, typer.Option("--depth", metavar="N", min=1, max=64, help="tunnels looked into at most")]
Tpid = Annotated[
    str | None, typer.Option("--tpid", metavar="N", help="TPID of the DOVE tag; else the map's, or 0x88B5")
]
_EXAMPLES = (
    "split underlay.pcapng networks --by vnid -m map.yaml",
    "split underlay.pcap hosts --by tep --format pcapng --annotate",
    "split lost.pcapng reasons --by reason",
)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, split, *_EXAMPLES)


def split(
    given: options.Given,
    directory: Directory,
    by: Key,
    map_file: Names = None,
    to: AsFormat = None,
    depth: Depth = 8,
    decode_as: options.DecodeAs = None,
    tpid: Tpid = None,
    annotate: options.Annotate = False,
    overwrite: options.Overwrite = False,
    jobs: options.Jobs = 0,
    summary: options.Summary = SummaryForm.TABLE,
    *,
    sharing: options.Sharing,
) -> int:
    """Write one capture for each network, VM, TEP or the like.

    The frames stay as they are. vnid: the network of the innermost frame. vm: the VMs of the map that send and receive
    it. tep: both ends of the outermost tunnel. encap: the outermost encapsulation, dove for a tag. reason: why a frame
    was rejected, as its packet's comment says in what --rejects wrote. A frame for which there is no such thing goes
    to no-vnid, no-vm, no-tep, untagged or no-reason; one of two VMs or TEPs to both. IP fragments show no tunnel.

    With --workers or --scheduler, each capture gets a directory of its own in DIR, which has its name.
    """
    from dovetool.capture.stdio import STDIO
    from dovetool.cli.watching import WATCH
    from dovetool.engine.threads import use
    from dovetool.jobs.looking import Looking
    from dovetool.views.summary import show_summary

    if directory == STDIO:
        raise UsageError("split writes files: name a directory, not -")
    looking = Looking.of(given.inputs(), map_file, decode_as, tpid, depth)
    sorter, remarks = _sorting(looking, by, annotate=annotate)
    corpus = options.corpus_of(given, sharing.crew())
    if corpus is not None:
        from dovetool.cli.corpora import show_each
        from dovetool.jobs.corpus import is_there

        tasks = corpus.tasks(looking.roles, directory)
        if not overwrite and any(is_there(task) for task in tasks):
            raise UsageError(f"{directory}: has such directories already; --overwrite replaces the captures in them")
        each = SplitEach(looking, by, to, annotate)
        return show_each("split", len(tasks), corpus.outcomes(each, tasks), summary)
    began = time.monotonic()
    use(jobs)
    with looking.opened() as reader:
        to_pcapng = _makes_pcapng(reader, to, annotate=annotate)

        def claim(path: Path) -> None:
            looking.roles.creates("split", path, overwrite=overwrite)

        result, files = _split(reader, directory, claim, sorter, remarks, to_pcapng=to_pcapng, watch=WATCH)
        WATCH.tell_links(reader.link_types)
    if summary is not SummaryForm.NONE:
        as_json = summary is SummaryForm.JSON
        show_summary("split", result.tallies, result.total, time.monotonic() - began, as_json=as_json, files=files)
    if result.damage is not None:
        raise result.damage
    return ExitCode.DONE


@dataclass(frozen=True, slots=True)
class SplitEach:
    """Sorts the frames of the capture of a task; what an earlier try has written there is replaced.

    Attributes:
        looking: how frames are looked at; its captures are not meant.
        by: what they are sorted by.
        to: the format that was asked for.
        annotate: comments say what each is.
    """

    looking: Looking
    by: SplitBy
    to: Format | None
    annotate: bool

    def __call__(self, task: Task) -> tuple[Finished, CorruptCaptureError | None]:
        """Do it; raises what reading a capture does, and writing many."""
        from dovetool.jobs.corpus_counting import looking_at
        from dovetool.jobs.job import Finished
        from dovetool.jobs.watch import Watch

        assert task.target is not None  # noqa: S101  (such tasks are made)
        looking = looking_at(self.looking, task)
        sorter, remarks = _sorting(looking, self.by, annotate=self.annotate)
        with looking.opened() as reader:
            to_pcapng = _makes_pcapng(reader, self.to, annotate=self.annotate)
            claim = partial(looking.roles.creates, "split", overwrite=True)
            result, _ = _split(reader, task.target, claim, sorter, remarks, to_pcapng=to_pcapng, watch=Watch())
        return Finished(result.tallies, result.total), result.damage


def _makes_pcapng(reader: OpenCapture, to: Format | None, *, annotate: bool) -> bool:
    to_pcapng = to is Format.PCAPNG or (to is None and reader.pcap is None)
    if annotate and not to_pcapng:
        raise UsageError("--annotate writes comments, which pcap has no place for; use --format pcapng")
    return to_pcapng


def _split(
    reader: OpenCapture,
    directory: Path,
    claim: Callable[[Path], None],
    sorter: BatchSorter,
    remarks: Classifier[str] | None,
    *,
    to_pcapng: bool,
    watch: Watch,
) -> tuple[Result, dict[str, int]]:
    """Do it; returns how it ended, and the frames of each file."""
    from dovetool.analysis.split import Splitting
    from dovetool.capture.writer import create_alike
    from dovetool.engine.pipeline import run
    from dovetool.engine.split_writer import Splitter

    with ExitStack() as stack:

        def begin(sink: Sink) -> CaptureWriter:
            return create_alike(sink, reader, to_pcapng=to_pcapng)

        splitter = stack.enter_context(Splitter(directory, begin, claim, to_pcapng=to_pcapng))
        progress = stack.enter_context(watch.show("split", reader.size))
        return run(reader, Splitting(sorter, splitter, remarks), progress), splitter.frames


def _sorting(looking: Looking, by: SplitBy, *, annotate: bool) -> tuple[BatchSorter, Classifier[str] | None]:
    """What sorts the frames, and what says something about each where that is wanted."""
    from dovetool.analysis.split import ByReason
    from dovetool.engine.flow_table import MANY, Classifier
    from dovetool.observe.annotate import Annotator
    from dovetool.observe.observe import Detail
    from dovetool.observe.split_keys import ByEncap, ByTep, ByVm, ByVnid, Sorter

    names, vnid_map = looking.names, looking.names.vnid_map
    observe, underlay = looking.observe(Detail.TUNNELS), looking.observe(Detail.UNDERLAY)
    annotator = Annotator(underlay, names)
    remarks = Classifier(lambda view: annotator.told(view, "split"), most=MANY) if annotate else None
    if by is SplitBy.REASON:
        return ByReason(), remarks
    if by is SplitBy.VM and vnid_map is None:
        raise UsageError("--by vm needs a map (-m) that says which VMs there are")
    sorters: dict[SplitBy, Sorter] = {SplitBy.VNID: ByVnid(observe, names), SplitBy.ENCAP: ByEncap(observe, names)}
    sorters[SplitBy.TEP] = ByTep(underlay, names)
    if vnid_map is not None:
        sorters[SplitBy.VM] = ByVm(observe, vnid_map)
    return Classifier(sorters[by].shares, sorters[by].change_times_ns), remarks
