"""What commands show of captures that were worked through one by one: all together, by file, the failures last."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from dovetool.analysis.findings import Report
from dovetool.capture.roles import Roles
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.options import SummaryForm
from dovetool.cli.progress import shown_files
from dovetool.errors import DamagedInputsError
from dovetool.jobs.corpus import Corpus, Failures
from dovetool.jobs.corpus_rewriting import added_up, rewritten
from dovetool.jobs.job import Finished, Job
from dovetool.jobs.task import Outcome
from dovetool.views.summary import show_summary

if TYPE_CHECKING:
    from dovetool.analysis.column_statistics import ColumnStatistics
    from dovetool.analysis.file_facts import About
    from dovetool.analysis.frame_selection import Picker
    from dovetool.analysis.statistics import Statistics
    from dovetool.audit.audit import Audit
    from dovetool.audit.form_audit import FormAudit
    from dovetool.cli.exporting import ExportEach
    from dovetool.cluster.crew import Crew
    from dovetool.errors import CaptureError
    from dovetool.jobs.corpus_counting import Counting
    from dovetool.jobs.informing import Informing
    from dovetool.jobs.validating import ValidateJob

_Result = TypeVar("_Result")


def watched(what: str, count: int, outcomes: Iterator[Outcome[_Result]]) -> Iterator[Outcome[_Result]]:
    """The outcomes; a terminal shows how many there are already."""
    with shown_files(what, count) as tell:
        for outcome in outcomes:
            yield outcome
            tell()


def rewrite_each(corpus: Corpus, job: Job, summary: SummaryForm, *, strict: bool) -> int:
    """Do a job with each capture; returns the exit code.

    Raises:
        DamagedInputsError: some could not be done, or not to their ends.
    """
    return show_each(job.plan.name, len(corpus.paths), rewritten(corpus, job), summary, strict=strict)


def show_each(
    what: str, count: int, coming: Iterator[Outcome[Finished]], summary: SummaryForm, *, strict: bool = False
) -> int:
    """Show what becomes of `count` captures; returns the exit code, or raises as `rewrite_each`."""
    began = time.monotonic()
    failures = Failures()
    outcomes = list(failures.among(watched(what, count, coming)))
    done = [(outcome, outcome.result) for outcome in outcomes if outcome.result is not None]
    if done and summary is not SummaryForm.NONE:
        total = added_up([finished for _, finished in done])
        show_summary(
            what,
            total.tallies,
            total.total,
            time.monotonic() - began,
            as_json=summary is SummaryForm.JSON,
            files={str(outcome.task.target): finished.total.frames_out for outcome, finished in done},
            remarks=total.remarks,
        )
    if summary is SummaryForm.TABLE:
        sys.stderr.write(f"{counted(failures)}\n")
    if failures.error is not None:
        raise failures.error
    rejected = any(tally.rejected_total for _, finished in done for tally in finished.tallies)
    return ExitCode.FINDINGS if strict and rejected else ExitCode.DONE


def counted(failures: Failures) -> str:
    """How many captures were done, and how many not."""
    parts = [f"{failures.done:,} captures done"]
    parts += [f"{failures.skipped:,} done before"] if failures.skipped else []
    parts += [f"{len(failures.problems):,} failed or damaged"] if failures.problems else []
    return ", ".join(parts)


def count_each(
    corpus: Corpus, counting: Counting, statistics: Statistics | ColumnStatistics, picker: Picker
) -> DamagedInputsError | None:
    """Count the frames of each capture, and add them up; returns what is wrong with some.

    Raises:
        UsageError: frames are chosen by what nobody knows of a single capture.
        DamagedInputsError: none can be read.
    """
    from dovetool.jobs.corpus_counting import CountingParts, add_up, refuse_counted_frames

    refuse_counted_frames(counting.window)
    failures = Failures()
    coming = watched(
        "stats", len(corpus.paths), corpus.outcomes(counting, corpus.tasks(Roles()), CountingParts(counting))
    )
    add_up(failures.among(coming), statistics, picker)
    return _told(failures)


def export_each(corpus: Corpus, each: ExportEach) -> int:
    """Make a table of each capture; returns the exit code, or raises as `rewrite_each`."""
    from dovetool.cli.exporting import ExportingParts
    from dovetool.jobs.corpus_counting import refuse_counted_frames

    refuse_counted_frames(each.within)
    failures = Failures()
    tasks = corpus.tasks(each.looking.roles, each.table.target, suffix=f".{each.table.form}")
    coming = watched("export", len(tasks), corpus.outcomes(each, tasks, ExportingParts(each)))
    for _ in failures.among(coming):
        pass
    sys.stderr.write(f"{counted(failures)}\n")
    if failures.error is not None:
        raise failures.error
    return ExitCode.DONE


def audit_each(corpus: Corpus, job: ValidateJob, audit: Audit | FormAudit) -> tuple[Report, DamagedInputsError | None]:
    """Look at each capture; returns what was found in all, and what is wrong with some; raises as `count_each`."""
    from dovetool.jobs.corpus_auditing import Auditing, AuditingParts, found_in

    tasks = corpus.tasks(job.roles, rejects=job.rejects)
    failures = Failures()
    auditing = Auditing(job, audit)
    coming = watched("validate", len(tasks), corpus.outcomes(auditing, tasks, AuditingParts(audit.vnid_map)))
    report = found_in(failures.among(coming), job, audit.vnid_map)
    return report, _told(failures)


def inform_each(crew: Crew, job: Informing) -> Iterator[About | CaptureError]:
    """Ask each capture about itself; what is to be told of it, or why it is none."""
    from dovetool.jobs.corpus_informing import InformingEach, told_of

    job.refuse_read_once()
    corpus = Corpus(job.inputs.paths, crew)
    return told_of(watched("info", len(corpus.paths), corpus.outcomes(InformingEach(job), corpus.tasks(Roles()))))


def _told(failures: Failures) -> DamagedInputsError | None:
    """The error about all failures, which is raised where nothing came of any capture."""
    error = failures.error
    if error is not None and not failures.is_any_good:
        raise error
    return error
