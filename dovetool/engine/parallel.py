"""Several processes work on one large file, each on every n-th block, and write one output in order.

The processes form a ring. Two tokens go round it: one says where the next block of whole records begins, and is passed
on as soon as a process has found the end of its own; the other says where in the outputs the next frames belong, and
is passed on as soon as a process knows how many octets it has to write. So finding records and placing output stay in
order, and all other work goes on side by side. What a process cannot read (a cut or damaged record, in pcapng a block
that is no packet) stops the ring, and so does a packet of which only pieces lie in its block: it drops what it made of
the block, and so do those who work on later ones. The parent then goes on from there alone, and finds the same end that
it would have found without help; where it comes to many packets again, it calls for help again.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from dataclasses import replace

from dovetool.capture.batch import Batch, RecordFormat
from dovetool.capture.reader import CaptureReader
from dovetool.engine.crew import Crew
from dovetool.engine.pipeline import Outputs, Pipeline, Result, finished, run
from dovetool.engine.reading import Progress, read_through
from dovetool.engine.ring import Report, Ring, Targets, Worker
from dovetool.engine.tally import Tally
from dovetool.errors import CorruptCaptureError
from dovetool.wire.links import is_read

_WORTH_SHARING = 16 << 20


def can_share(reader: CaptureReader, targets: Targets, processes: int, outputs: Outputs) -> bool:
    """True when several processes can do the work: a large plain file in, plain files out, and no taps."""
    return (
        processes > 1
        and hasattr(os, "fork")
        and reader.plain
        and (reader.size or 0) >= _WORTH_SHARING
        and all(target.plain for target in targets if target is not None)
        and not outputs.taps
        and outputs.splitter is None
    )


def _to_share(reader: CaptureReader, pipeline: Pipeline) -> RecordFormat | None:
    """How the records lie that several processes can work on; None when it is not worth it, or when they must not.

    Of link types that are not read the reader has to see all frames, to name them.
    """
    records = reader.records
    if records is None or pipeline.pending or (reader.size or 0) - reader.place[0] < _WORTH_SHARING:
        return None
    return records if all(is_read(interface.link_type) for interface in records.interfaces) else None


def run_shared(
    reader: CaptureReader,
    pipeline: Pipeline,
    targets: Targets,
    processes: int,
    progress: Progress | None = None,
) -> Result:
    """As `run`, with several processes.

    Args:
        reader: the input, of which nothing was read yet but its header.
        pipeline: stages and outputs, at which nothing has passed yet but the headers.
        targets: the files behind its outputs.
        processes: how many to work with.
        progress: called with the number of octets read so far.
    """
    reports: list[Report] = []
    covered = _WORTH_SHARING
    while True:
        is_fed, damage = _begin(reader, pipeline, progress)
        if damage is not None or not is_fed:
            rest = finished(pipeline, damage)
            break
        records = _to_share(reader, pipeline)
        if records is None or covered < _WORTH_SHARING:
            rest = run(reader, pipeline, progress)
            break
        start = reader.place[0]
        reports += _ring(reader, records, pipeline, targets, processes, progress)
        covered = reader.place[0] - start
    return replace(rest, tallies=_added(rest.tallies, reports))


def _begin(
    reader: CaptureReader, pipeline: Pipeline, progress: Progress | None
) -> tuple[bool, CorruptCaptureError | None]:
    """Work on what stands before the next frames, and on the first block of these; tells whether there are any.

    So the processes know the section that their frames lie in, and the flows that were met. While pieces of packets are
    held, only one can go on: then it works on more blocks.
    """
    fed: list[bool] = []

    def feed(batch: Batch) -> bool:
        pipeline.feed(batch)
        fed.append(True)
        return pipeline.pending

    damage = read_through(reader, feed, pipeline.pass_on, progress)
    return bool(fed), damage


def _ring(
    reader: CaptureReader,
    records: RecordFormat,
    pipeline: Pipeline,
    targets: Targets,
    processes: int,
    progress: Progress | None,
) -> list[Report]:
    """Work with several processes, until one meets what it cannot read; the reader then goes on from there."""
    descriptors = tuple(target.target.descriptor if target is not None else -1 for target in targets)
    places = tuple(os.lseek(descriptor, 0, os.SEEK_CUR) if descriptor >= 0 else 0 for descriptor in descriptors)
    walk, place = Ring(processes), Ring(processes)
    position = mmap.mmap(-1, 8)
    walk.start(*reader.place, 0)
    place.start(*places, 0)

    def work(index: int) -> Report:
        walk.join(index)
        place.join(index)
        return Worker(reader, records, pipeline, targets, walk, place, position).work()

    with Crew(targets[0].target.name) as crew:
        crew.start(work, processes)
        walk.close()
        place.close()
        reports = crew.reports(lambda: progress and progress(int.from_bytes(position[:8], "little")))
    for index, descriptor in enumerate(descriptors):
        if descriptor >= 0:
            end = max(places[index], *(report.places[index] for report in reports))
            os.lseek(descriptor, end, os.SEEK_SET)
    start, number = min(report.stopped_at for report in reports if report.stopped_at is not None)
    reader.resume(start, number)
    return reports


def _added(tallies: tuple[Tally, ...], reports: Sequence[Report]) -> tuple[Tally, ...]:
    for report in reports:
        for tally, part in zip(tallies, report.tallies, strict=True):
            tally.add(part)
    return tallies
