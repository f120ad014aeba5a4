"""The frames of a capture sorted into many captures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.analysis.split import ByReason, Splitting
from dovetool.capture.writer import create_alike
from dovetool.engine.flow_table import MANY, Classifier
from dovetool.engine.pipeline import run
from dovetool.engine.split_writer import Splitter
from dovetool.errors import UsageError
from dovetool.jobs.job import Finished
from dovetool.jobs.looking import Looking
from dovetool.jobs.split_by import Format, SplitBy
from dovetool.observe.annotate import Annotator
from dovetool.observe.observe import Detail
from dovetool.observe.split_keys import ByEncap, ByTep, ByVm, ByVnid, Sorter
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.analysis.split import BatchSorter
    from dovetool.capture.open_capture import OpenCapture
    from dovetool.capture.target import Sink
    from dovetool.capture.writer import CaptureWriter
    from dovetool.engine.split_files import Sorted
    from dovetool.errors import CorruptCaptureError


@dataclass(frozen=True, slots=True)
class SplitUp:
    """What came of a capture.

    Attributes:
        finished: how it ended.
        files: what became of each share, in the order of their first frames.
        section: number of the section that it ended in, from 1; 0 for pcap.
    """

    finished: Finished
    files: tuple[Sorted, ...]
    section: int

    @property
    def frames(self) -> dict[str, int]:
        """The frames of each file, by its name."""
        return {file.name: file.frames for file in self.files}


@dataclass(frozen=True, slots=True)
class SplitJob:
    """What is to be sorted.

    Attributes:
        looking: the capture, and how it is looked at.
        by: what its frames are sorted by.
        to: the format that was asked for; None: that of the capture.
        annotate: comments say what each is.
    """

    looking: Looking
    by: SplitBy
    to: Format | None = None
    annotate: bool = False

    def sorting(self) -> tuple[BatchSorter, Classifier[str] | None]:
        """What sorts the frames, and what says something about each where that is wanted.

        Raises:
            UsageError: there is no map to sort by.
        """
        looking, names, vnid_map = self.looking, self.looking.names, self.looking.names.vnid_map
        observe, underlay = looking.observe(Detail.TUNNELS), looking.observe(Detail.UNDERLAY)
        annotator = Annotator(underlay, names)
        remarks = Classifier(lambda view: annotator.told(view, "split"), most=MANY) if self.annotate else None
        if self.by is SplitBy.REASON:
            return ByReason(), remarks
        if self.by is SplitBy.VM and vnid_map is None:
            raise UsageError("--by vm needs a map (-m) that says which VMs there are")
        sorters: dict[SplitBy, Sorter] = {SplitBy.VNID: ByVnid(observe, names), SplitBy.ENCAP: ByEncap(observe, names)}
        sorters[SplitBy.TEP] = ByTep(underlay, names)
        if vnid_map is not None:
            sorters[SplitBy.VM] = ByVm(observe, vnid_map)
        return Classifier(sorters[self.by].shares, sorters[self.by].change_times_ns), remarks

    def carry_out(self, directory: Path, *, overwrite: bool) -> tuple[SplitUp, CorruptCaptureError | None]:
        """Do it.

        Returns:
            What came of it, and what is wrong with the capture from some point on.

        Raises:
            UsageError: there is no map to sort by, or the format has no room for comments.
            CaptureError: the capture cannot be read, or one of the others is there already, or cannot be written.
        """
        sorter, remarks = self.sorting()
        claim: Callable[[Path], None] = partial(self.looking.roles.creates, "split", overwrite=overwrite)
        with ExitStack() as stack:
            reader = stack.enter_context(self.looking.opened())
            to_pcapng = self._makes_pcapng(reader)

            def begin(sink: Sink) -> CaptureWriter:
                return create_alike(sink, reader, to_pcapng=to_pcapng)

            splitter = stack.enter_context(Splitter(directory, begin, claim, to_pcapng=to_pcapng))
            progress = stack.enter_context(self.looking.watch.show("split", reader.size))
            result = run(reader, Splitting(sorter, splitter, remarks), progress)
        self.looking.watch.tell_links(reader.link_types)
        return SplitUp(Finished(result.tallies, result.total), splitter.files, splitter.section), result.damage

    def _makes_pcapng(self, reader: OpenCapture) -> bool:
        to_pcapng = self.to is Format.PCAPNG or (self.to is None and reader.pcap is None)
        if self.annotate and not to_pcapng:
            raise UsageError("--annotate writes comments, which pcap has no place for; use --format pcapng")
        return to_pcapng
