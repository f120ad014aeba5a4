"""The commands that rewrite a capture: their job is carried out, its summary shown, and the exit code told."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.cli.configured import IN_FORCE
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.options import RANGE_SIZE, Pieces, Rewriting, SummaryForm
from dovetool.cli.parsing import fragment_bounds, refuse_terminal
from dovetool.cli.watching import WATCH
from dovetool.engine.pipeline import Choices
from dovetool.engine.reassembly import Bounds
from dovetool.engine.threads import use
from dovetool.errors import UsageError
from dovetool.jobs.amounts import size_named, span_named
from dovetool.jobs.job import Files, Job
from dovetool.jobs.plan import Plan
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.capture.roles import Roles
    from dovetool.capture.rotation import Rotation


@dataclass(frozen=True, slots=True)
class Places:
    """Where a command writes besides; see `Files`."""

    taps: Path | None = None
    split: Path | None = None
    overwrite: bool = False


def rewrite(
    plan: Plan,
    asked: Rewriting,
    map_file: Path | None = None,
    *,
    places: Places = Places(),  # noqa: B008  (it is frozen)
    pieces: Pieces | None = None,
    choices: Choices = Choices(),  # noqa: B008  (likewise)
    jobs: int = 1,
    roles: Roles | None = None,
) -> int:
    """Do what is planned with the captures that were asked for; returns the exit code.

    Args:
        plan: what becomes of the frames.
        asked: from where to where, and what is told of it.
        map_file: the map that the stages go by.
        places: where else to write.
        pieces: how much is held of packets that are not whole.
        choices: which frames it is about.
        jobs: threads to work with; 0: as many as the machine has cores.
        roles: the other files of the command.
    """
    corpus = asked.corpus()
    if corpus is not None and (places.taps is not None or places.split is not None or _rotation(asked) is not None):
        raise UsageError("--taps, --split and --rotate-...: are for captures that are read as one, without --workers")
    files = Files(
        *(asked.inputs(), asked.target, asked.rejects, map_file, places.taps, places.split),
        overwrite=places.overwrite,
        rotation=_rotation(asked),
        roles=roles or IN_FORCE.roles(),
    )
    bounds = fragment_bounds(pieces) if pieces is not None else Bounds()
    job = Job(plan, files, bounds, choices, watch=WATCH)
    if corpus is not None:
        from dovetool.cli.corpora import rewrite_each
        from dovetool.jobs.corpus import refuse_deduplication
        from dovetool.jobs.corpus_rewriting import has_parts

        refuse_deduplication(plan.duplicates)
        if asked.range_size not in {RANGE_SIZE, "0"} and not has_parts(plan):
            raise UsageError(f"--range-size: here, {plan.name} has to work on each capture as a whole")
        return rewrite_each(corpus, job, asked.summary, strict=asked.strict)
    return carry_out(job, asked.summary, strict=asked.strict, jobs=jobs)


def _rotation(asked: Rewriting) -> Rotation | None:
    """When the output goes on in another file; raises a UsageError for what makes no sense."""
    if asked.rotate_size is None and asked.rotate_time is None:
        if asked.ring is not None:
            raise UsageError("--ring: is for --rotate-size and --rotate-time")
        return None
    from dovetool.capture.rotation import Rotation

    octets = size_named("--rotate-size", asked.rotate_size) if asked.rotate_size is not None else None
    span_ns = span_named("--rotate-time", asked.rotate_time) if asked.rotate_time is not None else None
    if span_ns == 0:
        raise UsageError(f"--rotate-time {asked.rotate_time}: expected a span of time that is no 0s, such as 60s or 1h")
    return Rotation(octets, span_ns, asked.ring)


def carry_out(job: Job, summary: SummaryForm, *, strict: bool = False, jobs: int = 1) -> int:
    """Do a job, and show its summary; returns the exit code.

    Raises:
        CorruptCaptureError: the input is damaged from some point on; everything before it was processed and written.
    """
    refuse_terminal(job.files.target_name, "name a file as OUT")
    began = time.monotonic()
    use(jobs)
    finished = job.carry_out()
    if summary is not SummaryForm.NONE:
        from dovetool.views.summary import show_summary

        show_summary(
            job.plan.name,
            finished.tallies,
            finished.total,
            time.monotonic() - began,
            as_json=summary is SummaryForm.JSON,
            remarks=finished.remarks,
        )
    if finished.damage is not None:
        raise finished.damage
    rejected = any(tally.rejected_total for tally in finished.tallies)
    return ExitCode.FINDINGS if strict and rejected else ExitCode.DONE
